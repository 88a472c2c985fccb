"""Every example of README, docs and CONTRIBUTING runs, or says in a hidden comment why it does not."""

from __future__ import annotations

import doctest
import importlib
import re
import shlex
from collections.abc import Callable
from contextlib import chdir
from importlib.util import find_spec
from pathlib import Path
from subprocess import CompletedProcess

import click
import numpy as np
import pandas as pd
import pytest

import recbench as rb
from recbench.api.tables import verify

from .examples import PAGES, RECORDS, ROOT, Block, blocks, commands, hinted, spoken

Recbench = Callable[..., CompletedProcess[str]]

SLOW = {"README.md", "docs/python.md", "docs/your-own-data.md"}
REASONS = {"a server", "a cluster", "a GPU", "a test of its own", "takes minutes"}
"""Why an example is not run. Another one wants a good look."""


WITH_EXAMPLES = [
    pytest.param(page, marks=[pytest.mark.slow] if page in SLOW else [])
    for page in PAGES
    if any(block.language in ("python", "sh") for block in blocks(page))
]


@pytest.mark.parametrize("page", WITH_EXAMPLES)
def test_the_examples_of_a_page_run(page: str, recbench: Recbench, tmp_path: Path) -> None:
    found = blocks(page)
    for block in found:
        # Before anything runs: what was not to be run may take hours.
        assert not block.unfitting(), f"{block.place}: nothing begins like {block.unfitting()}"
    _customers().to_csv(tmp_path / "people.csv", index=False)
    (schema,) = [block.text for block in blocks("docs/your-own-data.md") if block.file == "people.yaml"]
    (tmp_path / "people.yaml").write_text(schema)
    names: dict[str, object] = {}
    with chdir(tmp_path):
        for block in found:
            if block.file:
                continue
            for line in block.first:
                _done(block, recbench(*shlex.split(line)[1:]))
            if block.language == "python" and block.note("") is None:
                code = "\n" * int(block.place.rpartition(":")[2]) + block.text
                exec(compile(code, str(ROOT / page), "exec"), names)
            elif block.language == "sh":
                for words in commands(block.text):
                    _run(block, words, recbench)


def _customers() -> pd.DataFrame:
    """Return people as the schema of docs/your-own-data.md describes them; income and education help."""
    rng, rows = np.random.default_rng(1), 600
    frame = pd.DataFrame(
        {
            "customer": [f"c{row}" for row in range(rows)],
            "age": rng.integers(18, 80, rows),
            "sex": rng.choice(["f", "m"], rows),
            "education": rng.choice(["low", "middle", "high"], rows),
            "income": 50 * rng.integers(10, 120, rows),
        }
    )
    school = frame["education"].map({"low": 0, "middle": 1, "high": 2})
    chance = 1 / (1 + np.exp(-(frame["income"] - 3000) / 800 - (school - 1)))
    return frame.assign(repaid=np.where(rng.random(rows) < chance, "yes", "no"))


def _run(block: Block, words: list[str], recbench: Recbench) -> None:
    tool, note = words[0], block.note(shlex.join(words))
    if note is not None and note.how == "not run":
        return
    if tool == "recbench":
        if note is None:
            _done(block, recbench(*words[1:]))
        elif note.how == "planned" and all(isinstance(one, str) or one.is_ready for one in verify()):
            _done(block, recbench(*words[1:], "--dry-run"))
        else:
            _parse(words, block.place)
    elif tool == "make":
        targets = [word for word in words[1:] if "=" not in word]
        assert targets and all(f"\n{target}:" in (ROOT / "Makefile").read_text() for target in targets)
    elif tool.startswith("python") and words[1:2] == ["-m"] and words[2].startswith(("tests", "benchmarks")):
        assert find_spec(words[2]) is not None, f"{block.place}: there is no module {words[2]}"


def _done(block: Block, done: CompletedProcess[str]) -> None:
    said = f"{block.place}: recbench {shlex.join(done.args)}\n{done.stderr}"
    assert done.returncode == 0 and "Traceback" not in done.stderr, said


def _parse(words: list[str], place: str, lenient: bool = False) -> None:
    """Check the names of commands and options, and what is given for them; nothing is done."""
    from recbench.cli import cli

    command: click.Command | None = cli
    rest = words[1:]
    try:
        while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
            if lenient and rest[0].isupper():
                return
            name, _, others = rest.pop(0).partition("|")
            for other in filter(None, others.split("|")):
                assert command.get_command(click.Context(command), other), f"{place}: no command {other}"
            command = command.get_command(click.Context(command), name)
            assert command is not None, f"{place}: no command {name}"
        if isinstance(command, click.Group) or "--help" in rest:
            return
        assert command is not None
        with command.make_context(words[0], rest):
            pass
    except click.MissingParameter:
        assert lenient, f"{place}: {shlex.join(words)} lacks an argument"
    except (click.ClickException, rb.RecbenchError) as error:
        pytest.fail(f"{place}: {shlex.join(words)}: {error}")


def test_what_is_not_run_says_why(record_property: Callable[[str, object], None]) -> None:
    for page in PAGES:
        for block in blocks(page):
            for note in block.notes:
                print(f"{block.place}: {note.how} ({note.reason}): {note.begins or 'the whole block'}")
                assert note.reason in REASONS
                record_property(block.place, f"{note.how}: {note.reason}")


def test_blocks_for_a_shell_are_called_sh() -> None:
    known = {"sh", "python", "yaml", "toml", ""}
    assert {block.language for page in [*PAGES, *RECORDS] for block in blocks(page)} <= known


@pytest.mark.parametrize("page", RECORDS)
def test_the_commands_that_made_something_are_commands(page: str) -> None:
    for block in blocks(page):
        for words in commands(block.text):
            if words[:1] == ["recbench"]:
                _parse(words, block.place)
            elif words[:2] == ["python", "-m"]:
                assert find_spec(words[2]) is not None, f"{block.place}: there is no module {words[2]}"


def test_commands_inside_sentences_are_commands() -> None:
    found = [(page, line) for page in [*PAGES, *RECORDS] for line in spoken(page)]
    assert len(found) > 30
    for place, line in [*found, *hinted()]:
        for words in commands(line):
            if words[:1] == ["recbench"]:
                _parse(words, place, lenient=True)


@pytest.mark.slow
@pytest.mark.parametrize("module", ["recbench", "recbench.conformance"])
def test_the_examples_of_a_docstring_are_right(module: str) -> None:
    result = doctest.testmod(importlib.import_module(module))
    assert result.attempted > 1 and result.failed == 0


def test_the_reference_has_every_public_name() -> None:
    listed = set(re.findall(r"^::: (\S+)$", (ROOT / "docs/reference.md").read_text(), re.MULTILINE))
    public = {f"{home}.{name}" for name, home in rb._HOMES.items()}
    assert public <= listed
    for name in listed:
        module, _, attribute = name.rpartition(".")
        assert hasattr(importlib.import_module(module), attribute), name
