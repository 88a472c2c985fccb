"""`recbench plot` and `recbench report` in processes of their own, as a user runs them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import html5lib
import pytest

from tests.conftest import Recbench


def test_list_names_every_figure(recbench) -> None:  # type: ignore[no-untyped-def]
    done = recbench("plot", "--list")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines][:3] == ["tradeoff", "score", "distributions"]
    assert all(len(line.split()) > 3 for line in lines)


def test_plot_writes_the_figures_and_says_what_it_skips(recbench, results: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    words = ["--figures", "tradeoff,speed,lambda", "--format", "png,svg", "--out", tmp_path]
    done = recbench("plot", "--results", results, *words)
    assert done.returncode == 0, done.stderr
    names = {file.name for file in tmp_path.iterdir()}
    assert names == {"tradeoff.png", "tradeoff.svg", "speed.png", "speed.svg", "captions.json"}
    assert "skipped lambda: no method was run with several values of lambda" in done.stderr
    assert json.loads((tmp_path / "captions.json").read_text())["speed"]["cells"]


def test_wrong_names_are_refused_with_the_nearest(recbench, results: Path) -> None:  # type: ignore[no-untyped-def]
    done = recbench("plot", "--results", results, "--figures", "tradeof")
    assert done.returncode == 2
    assert "Did you mean tradeoff?" in done.stderr
    assert recbench("plot", "--results", results, "--format", "gif").returncode == 2
    assert recbench("plot", "--results", results, "--figures", "temperature").returncode == 2


def test_report_is_one_valid_page_without_addresses(recbench, results: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    done = recbench("report", "--results", results, "--against", "nnr", "--out", tmp_path / "page.html")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "page.html").read_text()
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)
    sources = [image.get("src") for image in tree.iter("img")]
    assert len(sources) >= 4
    assert all(source.startswith("data:image/svg+xml;base64,") for source in sources)
    assert not [link for link in tree.iter("a") if not link.get("href").startswith("#")]
    assert not list(tree.iter("link"))
    assert not [script for script in tree.iter("script") if script.get("src")]
    words = "".join(tree.itertext())
    for part in (
        "Every method against nnr",
        "every cell that was asked for finished",
        "All 2 cells finished.",
        "recbench run",
        "Holm",
        "test rows, 6 features",
        "SHA-256",
    ):
        assert part in words


def test_the_commands_of_a_report_give_the_same_cells(
    recbench: Recbench, results: Path, people_files: tuple[Path, Path], tmp_path: Path
) -> None:
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    assert recbench("report", "--results", results, "--out", tmp_path / "page.html").returncode == 0
    tree = parser.parse((tmp_path / "page.html").read_text())
    shutil.copy(people_files[0], tmp_path / "people.csv")
    blocks = list(tree.iter("pre"))
    for block in blocks:
        if block.get("data-file"):
            (tmp_path / block.get("data-file")).write_text(block.text)
    run, report = [block.text.split() for block in blocks if block.get("class") == "command"]
    assert run[:2] == ["recbench", "run"] and report[:2] == ["recbench", "report"]
    for words in ([*run[1:], "--no-tracking"], report[1:]):
        done = recbench(*words, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    again = parser.parse((tmp_path / "again.html").read_text())
    keys = [[block.text for block in page.iter("pre")][-1].split() for page in (tree, again)]
    assert keys[0] == keys[1] and len(keys[0]) == 2


def test_report_looks_for_the_reference_first(recbench, results: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    done = recbench("report", "--results", results, "--against", "genre", "--out", tmp_path / "page.html")
    assert done.returncode == 2
    assert "unknown method 'genre'" in done.stderr and "drew" not in done.stderr


@pytest.mark.parametrize("suffix", ["md", "tex", "html", "csv", "json"])
def test_table_takes_its_format_from_the_file(recbench, results: Path, tmp_path: Path, suffix: str) -> None:  # type: ignore[no-untyped-def]
    out = tmp_path / f"table.{suffix}"
    done = recbench("table", "--results", results, "--wide", "--out", out)
    assert done.returncode == 0, done.stderr
    start = {"md": "| Method", "tex": "% \\usepackage", "html": "<!DOCTYPE", "csv": "dataset,", "json": "["}
    assert out.read_text().startswith(start[suffix])


def test_table_compares_on_the_same_people(recbench, results: Path) -> None:  # type: ignore[no-untyped-def]
    done = recbench("table", "--results", results, "--against", "nnr", "--format", "json")
    assert done.returncode == 0, done.stderr
    tests = json.loads(done.stdout)
    assert {test["method"] for test in tests} == {"unchanged"}
    assert {test["test"] for test in tests} == {"Wilcoxon", "McNemar"}
    assert all(test["people"] <= 20 for test in tests)
