"""What a terminal is given: text, never markup, emoji by name, or something to obey."""

from __future__ import annotations

import contextlib
import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from recbench.store.claims import Claims
from recbench.store.folder import Store
from recbench.store.live import Running, Snapshot
from tests.hostile import Terminal, obeyed, recbench_here

EVIL = "[/b] [red]x :smile: \x1b]0;title\x07 \u202e"
SHOWN = "[/b] [red]x :smile: \\x1b]0;title\\x07 \\u202e"


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "500")
    monkeypatch.setenv("TERM", "xterm-256color")


def plain(printed: str) -> str:
    assert not obeyed(printed)
    return re.sub(r"\x1b\[[\d;]*m", "", printed)


@pytest.mark.parametrize("terminal", [False, True], ids=["piped", "terminal"])
def test_suites_are_listed_as_they_are_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "[b] \x1b[2J.yaml").write_text(
        yaml.safe_dump({"description": EVIL, "methods": ["nnr"]}), encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    code, out, err = recbench_here("suites", terminal=terminal)
    assert code == 0, err
    assert SHOWN in plain(out) and "[b] \\x1b[2J" in plain(out)


@pytest.mark.parametrize("terminal", [False, True], ids=["piped", "terminal"])
def test_listings_show_what_a_plug_in_says(monkeypatch: pytest.MonkeyPatch, terminal: bool) -> None:
    from recbench.plugins import registry

    broken: registry.Listing[Any] = registry.Listing("[b]", None, EVIL, "")
    for kind in (registry.methods, registry.datasets):
        listings = kind.listings()
        monkeypatch.setattr(kind, "listings", lambda listings=listings: [broken, *listings])
    for words in (["methods"], ["datasets"]):
        code, out, err = recbench_here(*words, terminal=terminal)
        assert code == 0, err
        assert SHOWN in plain(out) and "[b]" in plain(out)


@pytest.mark.parametrize("terminal", [False, True], ids=["piped", "terminal"])
def test_check_shows_what_a_method_says(monkeypatch: pytest.MonkeyPatch, terminal: bool) -> None:
    from recbench import conformance
    from recbench.api import checking

    name = next(iter(conformance.checks())).name

    def run_checks(method: str, params: object, *, progress: object = None) -> list[conformance.CheckResult]:
        if callable(progress):
            progress("[/b] checking")
        return [conformance.CheckResult(name, conformance.Outcome.FAILED, EVIL)]

    monkeypatch.setattr(checking, "run_checks", run_checks)
    code, out, err = recbench_here("check", "nnr", terminal=terminal)
    assert code == 1, err
    assert SHOWN in plain(out)
    assert not obeyed(err)


def test_status_shows_what_runs_and_what_failed(filled: Store, made_up) -> None:  # type: ignore[no-untyped-def]
    failed = made_up("dice", status="failed", reason=EVIL, label="[/b]", scores={}, fit_seconds=None)
    filled.write(failed, None)
    (filled.root / "sweeps").mkdir(exist_ok=True)
    note = {"id": "a1", "started": "2030", "suite": {"name": EVIL}, "cells": {failed.key: "[/b]", "x": "y"}}
    (filled.root / "sweeps" / "a1.json").write_text(json.dumps(note))
    with Claims(filled.root) as claims:
        running = {"x": Running(cell=f"people / mlp / {EVIL}", phase=EVIL)}
        filled.paths.live("a1").write_text(Snapshot(driver=claims.id, running=running).model_dump_json())
        code, out, err = recbench_here("status", "--results", filled.root, terminal=True)
    assert code == 0, err
    assert f"running  people / mlp / {SHOWN} · {SHOWN}" in plain(out)
    assert f"failed   loan / mlp / [/b] / seed 0: failed: {SHOWN}" in plain(out)
    assert f"of suite {SHOWN}" in plain(out)


def test_bars_show_what_a_method_says_of_itself(monkeypatch: pytest.MonkeyPatch, made_up) -> None:  # type: ignore[no-untyped-def]
    from recbench.api.progress import watching

    record = made_up(label="[/b]", reason=EVIL, status="failed")
    screen = Terminal()
    with contextlib.redirect_stderr(screen), watching(None) as watcher:
        watcher.planned(1, 0)
        watcher.phase(record.cell, EVIL, 0.5, EVIL)
        watcher.said(EVIL)
        watcher.finished(record, None)
    printed = plain(screen.getvalue())
    assert f"loan / mlp / [/b] / seed 0: failed: {SHOWN}" in printed
    assert f"loan / mlp / [/b] / seed 0 · {SHOWN}" in printed


@pytest.mark.parametrize("terminal", [False, True], ids=["piped", "terminal"])
def test_json_is_plain_letters(filled: Store, made_up, terminal: bool) -> None:  # type: ignore[no-untyped-def]
    filled.write(made_up("dice", status="failed", reason="\x9b\u202e", key="odd", scores={}), None)
    for words in (["store", "list", "--json"], ["table", "--format", "json"]):
        code, out, err = recbench_here(*words, "--results", filled.root, terminal=terminal)
        assert code == 0, err
        assert out.isascii()
        assert json.loads(out)


def people(store: Store, made_up, key: str, **changes: object) -> None:  # type: ignore[no-untyped-def]
    frame = pd.DataFrame({"person": ["x"], "reason": "", "f__a": [1], "c__a": [2], "e__a": [0.5]})
    store.write(made_up("nnr", "people", key=key, **changes), frame)


def test_show_says_which_of_two_data_sets_it_shows(tmp_path: Path, made_up) -> None:  # type: ignore[no-untyped-def]
    store = Store(tmp_path / "results")
    people(store, made_up, "aaaa", data_hash="ab" * 32, finished="2026-01-01T00:00:00+00:00")
    words = ["show", "--methods", "nnr", "--datasets", "people", "--results", store.root]
    _, out, err = recbench_here(*words)
    assert "nnr on people, mlp, seed 0" in out and not err
    people(store, made_up, "bbbb", data_hash="cd" * 32, finished="2026-01-02T00:00:00+00:00")
    _, out, err = recbench_here(*words)
    assert "nnr on people (data=cdcdcd), mlp, seed 0" in out
    assert "2 data sets here are called 'people'; this is cell bbbb." in err
    _, out, err = recbench_here("show", "--cell", "aaaa", "--results", store.root)
    assert "nnr on people (data=ababab), mlp, seed 0" in out and not err
    _, out, _ = recbench_here(*words, "--json")
    assert json.loads(out)["data_hash"] == "cd" * 32
