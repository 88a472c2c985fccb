"""The quick comparison with the last release: what fails it, and what does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from benchmarks.speed import quick


def run(
    measured: list[dict[str, float]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *words: str
) -> Result:
    turns: Iterator[dict[str, float]] = iter(measured)
    monkeypatch.setattr(quick, "measure", lambda people, repeats: next(turns))
    path = tmp_path / "baseline.json"
    if not path.exists():
        said = {"recbench": "0.0", "date": "2026-01-01", "people": 100, "ratios": {"nnr": 2.0, "gone": 1.0}}
        path.write_text(json.dumps(said))
    return CliRunner().invoke(quick.command, ["--baseline", str(path), *words])


def test_half_as_slow_again_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = run([{"nnr": 3.1}, {"nnr": 3.0}], tmp_path, monkeypatch)
    assert done.exit_code == 1
    assert "slower by half or more: nnr" in done.output


def test_what_is_slow_once_was_noise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = run([{"nnr": 9.0, "new": 5.0}, {"nnr": 2.9, "new": 5.0}], tmp_path, monkeypatch)
    assert done.exit_code == 0, done.output
    assert "| nnr | 2.9 | 2 | 1.45 |" in done.output
    assert "| new | 5 | – | – |" in done.output


def test_a_baseline_is_recorded_and_one_of_other_people_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run([{"nnr": 4.321}], tmp_path, monkeypatch, "--record")
    assert json.loads((tmp_path / "baseline.json").read_text())["ratios"] == {"nnr": 4.32}
    done = run([{"nnr": 4.0}], tmp_path, monkeypatch, "--people", "50")
    assert "the baseline is of 100 people" in done.output


def test_the_recorded_baseline_is_of_the_methods_that_are_measured() -> None:
    known = json.loads(quick.BASELINE.read_text())
    assert set(known["ratios"]) == {*quick.METHODS, *(f"{name}, fit" for name in quick._FITS)}


def test_ratios_are_to_reference_work_of_the_same_run(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = {"reference: a": 0.5, "reference: b": 2.0, "mine": 3.0}
    monkeypatch.setattr(quick, "_reference", lambda: {name: name for name in seconds if name != "mine"})
    monkeypatch.setattr(quick, "_methods", lambda people: {"mine": "mine"})
    monkeypatch.setattr(quick, "_cpu", lambda work, calls: calls * seconds[work])
    assert quick.measure(100, 2) == pytest.approx({"mine": 3.0})
