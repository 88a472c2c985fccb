"""Every command on a table whose every name, category, id and label is something to obey."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import unicodedata
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree as ET

import html5lib
import pandas as pd
import pytest
from markdown_it import MarkdownIt
from PIL import Image
from pylatexenc.latexwalker import LatexWalker

from tests.hostile import IDS, LABELS, NAMES, STEM, Hostile, obeyed, recbench_here

TABLES = [[], ["--wide"], ["--against", "unchanged"]]


def seen(text: str) -> str:
    """Return text as it is shown: what cannot be seen is written out."""
    return "".join(
        letter.encode("unicode_escape").decode() if unicodedata.category(letter) in ("Cc", "Cf") else letter
        for letter in text
    )


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "2000")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)


def asked(hostile: Hostile, *words: object, terminal: bool = False) -> str:
    code, out, err = recbench_here(*words, "--results", hostile.results, terminal=terminal)
    assert code == 0, err
    assert not obeyed(err)
    return out


@pytest.mark.parametrize("terminal", [False, True], ids=["piped", "terminal"])
@pytest.mark.parametrize("words", [["table"], ["table", "--wide"], ["status"], ["store", "list"]])
def test_a_terminal_obeys_nothing(hostile: Hostile, words: list[str], terminal: bool) -> None:
    printed = asked(hostile, *words, terminal=terminal)
    assert not obeyed(printed)
    assert "\x1b[31mred" not in printed
    if words != ["status"] and (terminal or words[0] == "store"):
        assert seen(LABELS[0]) in re.sub(r"\x1b\[[\d;]*m", "", printed)


@pytest.mark.parametrize("terminal", [False, True], ids=["piped", "terminal"])
def test_show_shows_every_name_as_it_is(hostile: Hostile, terminal: bool) -> None:
    printed = asked(hostile, "show", "--methods", "nnr", terminal=terminal)
    assert not obeyed(printed)
    plain = re.sub(r"\x1b\[[\d;]*m", "", printed)
    for name in NAMES:
        assert seen(name) in plain, f"{name!r} is not shown"
    assert "\x1b[31mred" not in printed
    assert f"{seen(LABELS[0])} on {seen(STEM)}" in plain


def test_show_finds_a_hostile_person(hostile: Hostile) -> None:
    people = json.loads(asked(hostile, "show", "--json"))
    person = people["person"]
    assert json.loads(asked(hostile, "show", "--person", person, "--json"))["person"] == person
    assert {line["feature"] for line in people["features"]} == set(NAMES)


@pytest.mark.parametrize("words", TABLES)
def test_markdown_has_its_cells_and_nothing_but_words(hostile: Hostile, words: list[str]) -> None:
    printed = asked(hostile, "table", *words, "--format", "markdown")
    tokens = MarkdownIt("commonmark").enable("table").parse(printed)
    (head,) = (line for line in printed.splitlines() if re.fullmatch(r"[|:-]+", line))
    rows = [token for token in tokens if token.type == "tr_open"]
    assert len([token for token in tokens if token.type in ("th_open", "td_open")]) == len(rows) * (
        head.count("|") - 1
    )
    kinds = {child.type for token in tokens if token.type == "inline" for child in token.children or []}
    assert kinds <= {"text", "text_special", "softbreak", "strong_open", "strong_close"}
    cells = ["".join(child.content for child in token.children or []) for token in tokens if token.children]
    assert seen(LABELS[0]) in cells
    assert {token.type for token in tokens} & {"html_block", "heading_open", "fence", "code_block"} == set()


@pytest.mark.parametrize("words", TABLES)
def test_latex_has_its_columns_and_no_command_of_a_name(hostile: Hostile, words: list[str]) -> None:
    printed = asked(hostile, "table", *words, "--format", "latex")
    nodes = LatexWalker(printed, tolerant_parsing=False).get_latex_nodes()[0]
    found, names = list(nodes), set()
    while found:
        node = found.pop()
        names |= {node.macroname} if hasattr(node, "macroname") else set()
        found += getattr(node, "nodelist", None) or []
    assert not {"input", "script", "u", "x1b"} & names
    assert [node.environmentname for node in nodes if hasattr(node, "environmentname")] == ["tabular"]
    # Nothing leaves the table or its comments.
    after = printed.partition(r"\end{tabular}")[2].splitlines()
    assert all(line.startswith("% ") for line in after if line)
    lines = [line for line in printed.splitlines() if line.endswith(r"\\")]
    spans = [sum(int(n) - 1 for n in re.findall(r"multicolumn\{(\d+)\}", line)) for line in lines]
    counts = {len(re.findall(r"(?<!\\)&", line)) + more for line, more in zip(lines, spans, strict=True)}
    assert len(counts) == 1
    assert not any(line.startswith(("[", "*")) for line in printed.splitlines())
    assert not obeyed(printed)


@pytest.mark.parametrize("words", TABLES)
def test_csv_holds_no_formula(hostile: Hostile, words: list[str]) -> None:
    printed = asked(hostile, "table", *words, "--format", "csv")
    head, *rows = csv.reader(io.StringIO(printed))
    assert rows and all(len(row) == len(head) for row in rows)
    for cell in (cell for row in rows for cell in row if cell):
        assert cell[0] not in "=+@\t\r" and (cell[0] != "-" or float(cell) < 0)
    assert not obeyed(printed)
    assert rows[0][0] == f"'{seen(STEM)}"


def test_exported_people_hold_no_formula_and_keep_their_numbers(hostile: Hostile, tmp_path: Path) -> None:
    key = json.loads(asked(hostile, "show", "--json"))["cell"]
    asked(hostile, "store", "export", "--cell", key, tmp_path / "people.csv")
    exported = pd.read_csv(tmp_path / "people.csv", keep_default_na=False)
    stored = pd.read_parquet(hostile.results / "cells" / key / "people.parquet")
    assert len(exported) == len(stored)
    for name in exported:
        if pd.api.types.is_numeric_dtype(stored[name]):
            assert pd.to_numeric(exported[name]).tolist() == stored[name].tolist()
        else:
            assert not exported[name].astype(str).str.match(r"[=+\-@\t\r\n]").any()
            assert exported[name].str.replace(r"^'(?='*[=+\-@\t\r\n])", "", regex=True).tolist() == (
                stored[name].fillna("").tolist()
            )


def test_html_is_valid_and_holds_no_element_of_a_name(hostile: Hostile, tmp_path: Path) -> None:
    asked(hostile, "report", "--out", tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    body = html5lib.HTMLParser(strict=True).parse(page)
    elements = list(body.iter())
    tags = {str(element.tag).rpartition("}")[2] for element in elements}
    assert not tags & {"iframe", "object", "link"}
    own = files("recbench.report").joinpath("templates/sort.js").read_text(encoding="utf-8")
    assert [element.text for element in elements if str(element.tag).endswith("}script")] == [own]
    attributes = {name for element in elements for name in element.attrib}
    assert attributes <= {
        *("lang", "charset", "name", "content", "class", "scope", "colspan", "id", "src", "alt", "href"),
        *("http-equiv", "type", "data-file"),
    }
    assert all(element.get("href", "#").startswith("#") for element in elements)
    assert all(
        element.get("src", "data:image/svg+xml").startswith("data:image/svg+xml") for element in elements
    )
    ids = [element.get("id") for element in elements if element.get("id")]
    assert len(set(ids)) == len(ids) and all(re.fullmatch(r"[\w.\-]+", name) for name in ids)
    words = [" ".join("".join(cell.itertext()).split()) for cell in body.findall(".//{*}td")]
    assert seen(LABELS[1]) in words
    assert not obeyed(page)


def test_the_suite_of_a_report_can_be_run_again(hostile: Hostile, tmp_path: Path) -> None:
    import yaml

    asked(hostile, "report", "--out", tmp_path / "report.html")
    body = html5lib.HTMLParser().parse((tmp_path / "report.html").read_text(encoding="utf-8"))
    suite = yaml.safe_load("".join(body.find(".//{*}pre").itertext()))
    assert [spec["label"] for spec in suite["methods"]] == list(LABELS)


def test_pictures_are_drawn_and_stay_in_their_folder(hostile: Hostile, tmp_path: Path) -> None:
    shutil.copytree(hostile.results, tmp_path / "results")
    code, out, err = recbench_here(
        *("plot", "--results", tmp_path / "results", "--out", tmp_path / "figures", "--format", "pdf,png,svg")
    )
    assert code == 0, err
    drawn = [Path(line) for line in out.splitlines()]
    assert {path.parent for path in drawn} == {tmp_path / "figures"}
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {path.name for path in drawn} | {
        "captions.json"
    }
    stems = {path.stem.partition("-")[0] for path in drawn}
    assert stems == {"tradeoff", "score", "distributions", "changes", "speed"}
    for path in drawn:
        assert re.fullmatch(r"[\w.\-]+", path.name)
        if path.suffix == ".png":
            Image.open(path).verify()
        elif path.suffix == ".svg":
            ET.parse(path)
        else:
            assert path.read_bytes().startswith(b"%PDF")
    captions = json.loads((tmp_path / "figures" / "captions.json").read_text(encoding="utf-8"))
    assert set(captions) == {path.stem for path in drawn}
    assert not obeyed("".join(entry["caption"] for entry in captions.values()))


def test_every_run_is_mirrored_under_a_name_that_mlflow_keeps(hostile: Hostile) -> None:
    from mlflow import MlflowClient

    from recbench.tracking.client import default_uri

    client = MlflowClient(default_uri(hostile.results))
    experiments = [one for one in client.search_experiments() if one.name != "Default"]
    assert len(experiments) == 1 and not obeyed(experiments[0].name)
    runs = client.search_runs([experiments[0].experiment_id])
    assert len(runs) == 3, "two cells and the summary"
    for run in runs:
        assert len(run.info.run_name) <= 250 and not obeyed(run.info.run_name)
        assert not obeyed("".join(run.data.tags.values()) + "".join(run.data.params.values()))
    assert len({run.info.run_name for run in runs}) == 3
    pages = [page.read_text() for page in hostile.results.glob("mlartifacts/**/people.html")]
    assert len(pages) == 2
    for page in pages:
        assert not obeyed(page)
        assert "<script" not in page and "&lt;script&gt;alert(1)" in page


def test_bars_of_a_run_take_no_name_for_markup(hostile: Hostile, tmp_path: Path) -> None:
    words = ["--data", hostile.data, "--schema", hostile.schema, "--results", tmp_path / "results"]
    code, out, err = recbench_here("run", hostile.suite, *words, "--no-tracking", terminal=True)
    assert code == 0, err
    assert not obeyed(out) and not obeyed(err)
    assert seen(LABELS[0]) in re.sub(r"\x1b\[[\d;]*m", "", err)


@pytest.mark.parametrize(
    "words",
    [
        ["table", "\x1b[2J\x07.yaml"],
        ["show", "--person", "[/b]\x1b[2J"],
        ["show", "--datasets", "\x1b]0;x\x07"],
        ["run", "--methods", "\x1b[2J"],
        ["\x1b[2J"],
        ["plot", "--figures", "\u202e\x1b[2J"],
        ["table", "--against", "\x9b2J"],
    ],
)
def test_an_error_line_is_one_line_that_nothing_obeys(hostile: Hostile, words: list[str]) -> None:
    where = [] if len(words) == 1 or words[0] == "run" else ["--results", hostile.results]
    code, _, err = recbench_here(*words, *where, terminal=True)
    assert code == 2
    assert err.startswith("error: ") and err.count("\n") == 1
    assert not obeyed(err)


def test_ids_are_hostile_too(hostile: Hostile) -> None:
    people = pd.concat(pd.read_parquet(path) for path in hostile.results.glob("cells/*/people.parquet"))
    assert sum(people["person"].str.startswith(one).any() for one in IDS) >= 3
