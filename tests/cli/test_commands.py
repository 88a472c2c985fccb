"""The other commands, on results of a person's own table."""

from __future__ import annotations

import csv
import io
import itertools
import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pandas as pd
import pytest
import yaml

from tests.conftest import Recbench

HEAVY = ("torch", "mlflow", "sklearn", "seaborn", "matplotlib", "pandas", "numpy")


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["methods"],
        ["datasets"],
        ["metrics"],
        ["classifiers"],
        ["methods", "--json"],
        ["run", "--help"],
    ],
)
def test_light_commands_import_nothing_heavy(words: list[str]) -> None:
    script = (
        "import sys\nfrom recbench.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit as end:\n    assert end.code == 0\n"
        f"loaded = [name for name in {HEAVY!r} if name in sys.modules]\nassert not loaded, loaded\n"
    )
    done = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_help_teaches_every_command(recbench) -> None:  # type: ignore[no-untyped-def]
    from recbench.cli import _COMMANDS, cli

    overview = recbench("--help").stdout
    for name, (_, summary) in _COMMANDS.items():
        assert name in overview
        assert summary in overview
        command = cli.get_command(None, name)  # type: ignore[arg-type]
        assert command is not None
        assert command.help, f"{name} has no help"
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{name} {parameter.name} has no help"


def examples() -> Iterator[str]:
    """The command lines that help pages show."""
    from recbench.cli import cli

    pages: list[click.Command] = [cli]
    while pages:
        page = pages.pop()
        if isinstance(page, click.Group):
            names = page.list_commands(click.Context(page))
            pages += [found for name in names if (found := page.get_command(click.Context(page), name))]
        lines = [line.strip() for line in (page.help or "").splitlines()]
        yield from (line for line in lines if line.startswith("recbench "))


@pytest.mark.parametrize("example", sorted(set(examples())))
def test_the_examples_of_a_help_page_are_right(
    example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from recbench.cli import cli
    from recbench.plugins import registry
    from recbench.plugins.params import make_params

    monkeypatch.chdir(tmp_path)
    for name in ("people.csv", "people.yaml"):
        Path(name).touch()
    words = shlex.split(example)[1:]
    command: click.Command | None = cli
    while isinstance(command, click.Group):
        command = command.get_command(click.Context(command), words.pop(0))
    assert command is not None
    command.make_context(example, list(words))
    for option, given in itertools.pairwise(words):
        if option in ("--set", "--search"):
            target, _, values = given.partition("=")
            name, parameter = target.split(".") if "." in target else (words[0], target)
            for value in values.split(","):
                make_params(registry.methods.params(name), {parameter: yaml.safe_load(value)}, name)


def test_listings_say_what_things_are(recbench) -> None:  # type: ignore[no-untyped-def]
    methods = {row["name"]: row for row in json.loads(recbench("methods", "--json").stdout)}
    assert {"genre", "wachter", "nnr", "unchanged"} <= set(methods)
    for row in methods.values():
        assert row["unavailable"] or (row["summary"] and row["traits"])
    metrics = {row["name"]: row for row in json.loads(recbench("metrics", "--json").stdout)}
    assert "k=5" in metrics["lof"]["summary"]
    suites = json.loads(recbench("suites", "--json").stdout)
    assert {"quick", "genre-paper"} <= {row["name"] for row in suites}
    assert all(row["summary"] for row in suites)


def test_an_unknown_command_names_the_nearest(recbench) -> None:  # type: ignore[no-untyped-def]
    done = recbench("tabel")
    assert done.returncode == 2
    assert done.stderr.strip() == "error: unknown command 'tabel'. Did you mean table?"


def test_table_formats(recbench, results: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    plain = recbench("table", "--results", results).stdout
    assert "| people | mlp | nnr | 20 | 1 |" in plain
    assert "LocalOutlierFactor" in plain
    rows = json.loads(recbench("table", "--results", results, "--format", "json").stdout)
    assert {"dataset", "classifier", "method", "people", "cost", "validity", "lof", "score"} <= set(rows[0])
    assert set(rows[0]["score"]) == {"mean", "std", "low", "high"}
    lines = list(
        csv.DictReader(io.StringIO(recbench("table", "--results", results, "--format", "csv").stdout))
    )
    assert len(lines) == 2
    latex = recbench("table", "--results", results, "--format", "latex", "--out", tmp_path / "t" / "t.tex")
    assert latex.returncode == 0
    assert r"\toprule" in (tmp_path / "t" / "t.tex").read_text()


def test_table_of_nothing_is_a_clear_error(recbench, results: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    none = recbench("table", "--results", tmp_path)
    assert (none.returncode, len(none.stderr.splitlines())) == (2, 1)
    assert "there are no results in" in none.stderr
    wrong = recbench("table", "--results", results, "--metrics", "cots")
    assert wrong.returncode == 2
    assert "unknown metric 'cots'. Did you mean cost" in wrong.stderr


def test_show_marks_what_changed_in_own_units(recbench, results: Path) -> None:  # type: ignore[no-untyped-def]
    shown = json.loads(recbench("show", "--results", results, "--methods", "nnr", "--json").stdout)
    before = {line["feature"]: line["before"] for line in shown["features"]}
    assert before["sex"] in ("f", "m")
    assert before["age"] >= 18
    for line in shown["features"]:
        assert line["changed"] == (line["before"] != line["after"])
    assert any(line["changed"] for line in shown["features"])
    text = recbench("show", "--results", results, "--methods", "nnr", "--person", shown["person"]).stdout
    assert "→" in text
    assert str(shown["person"]) in text
    missing = recbench("show", "--results", results, "--person", "nobody")
    assert missing.returncode == 2
    assert "person 'nobody' is not in this cell." in missing.stderr


def test_score_adds_metrics_without_running_methods(recbench, people_files, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    data, schema = people_files
    own = ("--data", data, "--schema", schema)
    words = ("--methods", "unchanged", "--metrics", "cost", "--factuals", "10", "--no-tracking")
    assert recbench("run", *words, *own, "--results", tmp_path).returncode == 0
    (before,) = json.loads(recbench("store", "list", "--results", tmp_path, "--json").stdout)
    assert set(before["scores"]) == {"cost"}
    done = recbench("score", "--results", tmp_path, "--metrics", "cost,validity,lof", *own)
    assert done.stdout == "1 cells were scored anew.\n", done.stderr
    (after,) = json.loads(recbench("store", "list", "--results", tmp_path, "--json").stdout)
    assert set(after["scores"]) == {"cost", "validity", "lof"}
    assert after["fit_seconds"] == before["fit_seconds"]
    assert recbench("score", "--results", tmp_path, "--metrics", "cost", *own).stdout.startswith("0 cells")
    other = recbench("score", "--results", tmp_path, "--neighbours", "9", "--metrics", "lof", *own)
    assert other.stdout.startswith("1 cells"), other.stderr
    lost = recbench("score", "--results", tmp_path, "--metrics", "found")
    assert lost.returncode == 3
    assert "unknown data set 'people'" in lost.stderr


def test_store_exports_verifies_and_imports(recbench, results: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert recbench("store", "verify", "--results", results).stdout == "2 cells, 0 damaged.\n"
    keys = [line.split()[0] for line in recbench("store", "list", "--results", results).stdout.splitlines()]
    assert len(keys) == 2
    one = recbench("store", "export", "--results", results, "--cell", keys[0][:6], tmp_path / "one.csv")
    assert one.returncode == 0, one.stderr
    frame = pd.read_csv(tmp_path / "one.csv")
    assert len(frame) == 20
    assert not [name for name in frame.columns if name.startswith("e__")]
    assert recbench("store", "export", "--results", results, tmp_path / "all.tar.gz").returncode == 0
    done = recbench("store", "import", "--results", tmp_path / "other", tmp_path / "all.tar.gz")
    assert "Added 2 cells" in done.stdout
    (tmp_path / "other" / "cells" / keys[0] / "people.parquet").write_bytes(b"x")
    damaged = recbench("store", "verify", "--results", tmp_path / "other")
    assert damaged.returncode == 1
    assert "does not match its checksum: set aside in" in damaged.stderr


@pytest.mark.parametrize("words", [[], ["store"], ["data"]])
def test_a_group_alone_shows_its_help_whole(recbench: Recbench, words: list[str]) -> None:
    done = recbench(*words)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == recbench(*words, "--help").stdout
    assert len(done.stdout.splitlines()) > 8
