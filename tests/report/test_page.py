"""The page: readable, whole in itself, and honest about what it is about."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import html5lib
import pytest

from recbench.data.schema import Feature, Schema, Target
from recbench.errors import UsageError
from recbench.report import page as module, settings
from recbench.report.figures import FIGURES
from recbench.report.page import page
from recbench.report.reproduce import recipes, yaml_lines
from recbench.report.rows import Row
from recbench.report.selection import Selection, select
from recbench.store.datasets import DatasetNote
from recbench.store.folder import Store
from recbench.store.record import CellRecord
from recbench.store.sweeps import SweepNote


@pytest.fixture(scope="module")
def written(drawn: Path) -> str:
    return page(select(Store(drawn)), said=lambda name: None, written=date(2026, 3, 4))


@pytest.fixture(scope="module")
def tree(written: str) -> Any:
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(written)


def text(element: Any) -> str:
    return "".join(element.itertext())


def test_the_head_says_what_it_is_about_and_when(tree: Any) -> None:
    assert text(tree.find(".//h1")) == "6 methods on adult, compas and heloc"
    said = [text(line) for line in tree.iter("p") if line.get("class") == "origin"]
    assert said[0] == "Results folder results"
    assert said[1].startswith("Cells computed 2026-01-01; page written 2026-03-04 by recbench")


def test_the_summary_comes_first_and_speaks_of_every_data_set(tree: Any) -> None:
    body = list(tree.find("body"))
    sections = [element.get("id") for element in body if element.get("id")]
    assert sections[:2] == ["summary", "results"]
    summary = next(element for element in body if element.get("id") == "summary")
    assert [text(head) for head in summary.iter("h3")] == ["adult", "compas", "heloc", "Cells"]
    assert "has the best Score" in text(summary)
    assert "1 did not (wachter): failed: it broke." in text(summary)


def test_captions_are_numbered_and_begin_with_no_file_name(tree: Any) -> None:
    captions = [text(caption) for caption in tree.iter("figcaption")]
    assert [caption.split(". ")[0] for caption in captions] == [
        f"Figure {at + 1}" for at in range(len(captions))
    ]
    assert not [one for one in captions if one.split(". ")[1].startswith(tuple(FIGURES))]
    assert all(image.get("alt").endswith(".") and len(image.get("alt")) > 20 for image in tree.iter("img"))
    wide = [figure.get("class") for figure in tree.iter("figure")]
    assert wide == sorted(wide, key=lambda one: one is None), "narrow ones stand side by side, at the end"


def test_nothing_but_its_own_script_can_run(written: str, tree: Any) -> None:
    (script,) = tree.iter("script")
    digest = base64.b64encode(hashlib.sha256(script.text.encode()).digest()).decode()
    policy = next(meta for meta in tree.iter("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    assert f"script-src 'sha256-{digest}'" in policy.get("content") and "default-src 'none'" in policy.get(
        "content"
    )
    assert not [element for element in tree.iter() if any(name.startswith("on") for name in element.attrib)]
    assert "http://" not in re.sub(r"base64,[\w+/=]+", "", written)


def test_settings_are_words(tree: Any) -> None:
    facts = {
        text(row.find("th")): text(row.find("td"))
        for row in tree.iter("tr")
        if row.find("th") is not None and row.find("td") is not None
    }
    assert facts["Gold labeller"] == "kind = forest, trees = 100, folds = 5"
    assert facts["Classifier"] == "mlp as it is by default"
    assert "{" not in "".join(facts.values())
    assert "lambda = 5" in text(tree) and "lambda_" not in text(tree)


def test_a_reference_that_is_not_there_is_refused_before_anything_is_drawn(
    drawn: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "pictures", lambda *words: pytest.fail("it drew"))
    with pytest.raises(UsageError, match="unknown method 'gerne'"):
        page(select(Store(drawn)), "gerne")


def test_values_in_words() -> None:
    value = {"layers": [10, 10], "rate": 0.5, "balanced": True, "depth": None, "more": {}}
    assert settings.words(value) == "layers = 10 10, rate = 0.5, balanced = yes, depth = none, more = none"


def test_parameters_of_equal_rows_are_one_line() -> None:
    rows = [Row(data, "mlp", "genre", "genre", params={"draws": 10}) for data in ("adult", "loan")]
    rows += [
        Row("adult", "mlp", "nnr", "nnr", params={"gamma": 0.6}),
        Row("loan", "mlp", "wachter", "wachter"),
    ]
    assert settings.parameters(rows) == [
        ("genre", "everywhere", "draws = 10"),
        ("nnr", "adult / mlp", "gamma = 0.6"),
    ]


def asked(
    selection: Selection, made_up: Callable[..., CellRecord], monkeypatch: pytest.MonkeyPatch, **note: Any
) -> Any:
    """Return the recipe of a sweep over one data set that the folder remembers like this."""
    record = made_up(dataset=note["name"])
    sweep = SweepNote(
        id="s", started="2026", suite={"name": "x", "datasets": [note["name"]]}, cells={record.key: "genre"}
    )
    schema = Schema(
        features=(Feature(name="age", kind="integer"),), target=Target(name="y", favourable=("1",))
    )
    known = {"content_hash": "0", "rows": (30, 10), "data_schema": schema, "licence": "", "citation": ""}
    monkeypatch.setattr(
        "recbench.report.reproduce.noted_dataset", lambda root, content: DatasetNote(**known, **note)
    )
    made = Selection("x", selection.store, [record], [], [sweep, sweep.model_copy(update={"id": "t"})])
    (recipe,) = recipes(made)
    return recipe


def test_own_data_come_with_their_flags_and_schema(
    drawn: Path, made_up: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = select(Store(drawn))
    own = asked(folder, made_up, monkeypatch, name="people", source="/home/x/people.csv")
    assert own.commands == ["recbench run suite.yaml --data people.csv --schema schema.yaml --results again"]
    assert [name for name, _ in own.files] == ["suite.yaml", "schema.yaml"]
    assert own.tables == [("people.csv", "40 rows, of which 10 test rows; SHA-256 of the content 0")]
    # A file may be called like a data set that everybody has.
    assert (
        "--data loan.csv" in asked(folder, made_up, monkeypatch, name="loan", source="loan.csv").commands[0]
    )
    frame = asked(folder, made_up, monkeypatch, name="mine", source="")
    assert "--data mine.csv" in frame.commands[0] and "a frame in Python" in frame.tables[0][1]
    odd = asked(folder, made_up, monkeypatch, name="a\x1b b", source="/tmp/a\x1b b.parquet")
    assert re.search(r"--data a-b-[0-9a-f]{8}\.parquet ", odd.commands[0])
    known = asked(folder, made_up, monkeypatch, name="loan", source="generated by recbench")
    assert known.commands == ["recbench run suite.yaml --results again"] and not known.tables


def test_several_tables_of_a_sweep_have_a_command_each(
    drawn: Path, made_up: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = Schema(
        features=(Feature(name="age", kind="integer"),), target=Target(name="y", favourable=("1",))
    )
    records = [made_up(dataset=name, data_hash=str(at)) for at, name in enumerate(("mine", "loan", "yours"))]

    def noted(root: Path, content_hash: str) -> DatasetNote:
        name = records[int(content_hash)].cell.dataset
        facts: dict[str, Any] = {"rows": (3, 1), "data_schema": schema, "licence": "", "citation": ""}
        return DatasetNote(name=name, content_hash=content_hash, source="", **facts)

    monkeypatch.setattr("recbench.report.reproduce.noted_dataset", noted)
    suite = {"name": "x", "datasets": ["mine", "loan", "yours"]}
    sweep = SweepNote(id="s", started="2026", suite=suite, cells={records[0].key: "genre"})
    (recipe,) = recipes(Selection("x", select(Store(drawn)).store, records, [], [sweep]))
    assert recipe.commands == [
        "recbench run suite.yaml --datasets loan --results again",
        "recbench run suite.yaml --data mine.csv --schema schema.yaml --results again",
        "recbench run suite.yaml --data yours.csv --schema schema-2.yaml --results again",
    ]
    assert [name for name, _ in recipe.files] == ["suite.yaml", "schema.yaml", "schema-2.yaml"]


def test_a_suite_says_everybody_where_it_means_everybody(drawn: Path, made_up: Any) -> None:
    suite = {"name": "x", "datasets": ["loan"], "methods": [{"name": "nnr", "label": None}], "factuals": None}
    sweep = SweepNote(id="s", started="2026", suite={**suite, "weights": {}}, cells={made_up().key: "nnr"})
    (recipe,) = recipes(Selection("x", select(Store(drawn)).store, [made_up()], [], [sweep]))
    assert recipe.files[0][1] == [
        *("name: x", "datasets:", "- loan", "methods:", "- name: nnr", "factuals: all"),
    ]


def test_files_of_a_page_hide_nothing() -> None:
    assert yaml_lines({"name": "日本"}) == ["name: 日本"]
    (line,) = yaml_lines({"name": "a\u202eb"})
    assert line.isascii()
