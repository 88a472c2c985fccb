"""``recbench status`` and ``recbench store prune`` on a finished sweep."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from recbench.data.dataset import Dataset
from recbench.run.plan import plan
from recbench.store.folder import Store
from recbench.store.live import Live, Running, Snapshot, snapshot
from recbench.store.paths import Paths
from recbench.store.record import Status
from recbench.suite import Suite

from .conftest import run_two


@pytest.fixture(scope="module")
def swept(recbench, people_files: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:  # type: ignore[no-untyped-def]
    """A results folder with one sweep, which no other test adds to."""
    return run_two(recbench, people_files, tmp_path_factory.mktemp("swept") / "results")


def test_a_finished_sweep(recbench, swept: Path) -> None:  # type: ignore[no-untyped-def]
    done = recbench("status", "--results", swept)
    assert done.returncode == 0, done.stderr
    assert "of suite adhoc, started 20" in done.stdout
    assert "2 done, 0 running, 0 waiting" in done.stdout
    said = json.loads(recbench("status", "--results", swept, "--json").stdout)
    assert said["ended"] == {"done": 2}
    assert not said["at_work"]
    done = recbench("status", "--results", swept, "--sweep", "nosuch")
    assert done.returncode == 2
    assert "there is no sweep 'nosuch'" in done.stderr


def test_a_driver_that_died_runs_nothing(recbench, swept: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    shutil.copytree(swept, tmp_path / "r")
    (live,) = (tmp_path / "r" / "sweeps").glob("*.live")
    gone = Snapshot(driver="0000", running={"a1": Running(cell="people / mlp / nnr / seed 0")})
    live.write_text(gone.model_dump_json())
    (cell, _) = (tmp_path / "r" / "cells").iterdir()
    shutil.rmtree(cell)
    done = recbench("status", "--results", tmp_path / "r")
    assert "1 done, 0 running, 1 waiting" in done.stdout
    assert "No driver is at work: the same `recbench run` goes on." in done.stdout


def test_time_left_counts_unknown_cells_as_the_mean(people, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "sweeps").mkdir()
    suite = Suite.model_validate({"methods": ["unchanged", "nnr", "wachter"]})
    one, two, three = plan(suite, {"people": people})
    live = Live(tmp_path, "5eed", "me", [(one, 4.0), (two, 6.0), (three, None)], lambda: 2)
    assert live.left is None, "nothing is known of the third"
    live.phase(one, "fit", 0.5)
    live.ended(one)
    assert live.left is not None and 3.0 <= live.left < 3.1
    live.ended(two)
    live.ended(three)
    assert live.left == 0
    live.close()
    said = snapshot(tmp_path, "5eed")
    assert said is not None and said.ended
    Paths(tmp_path).live("5eed").write_text("{")
    assert snapshot(tmp_path, "5eed") is None


def test_time_left_learns_by_method_and_not_from_what_is_shared(
    people: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sweeps").mkdir()
    suite = Suite.model_validate({"methods": ["nnr", "wachter"], "seeds": [0, 1, 2]})
    cells = plan(suite, {"people": people})
    nnr = [cell for cell in cells if cell.method == "nnr"]
    wachter = [cell for cell in cells if cell.method == "wachter"]
    clock = 100.0
    monkeypatch.setattr("recbench.store.live.time.monotonic", lambda: clock)
    live = Live(tmp_path, "5eed", "me", [(cell, None) for cell in cells], lambda: 1)
    live.phase(nnr[0], "prepare", 0.0)
    clock += 30
    live.phase(nnr[0], "fit", 0.0)
    clock += 1
    live.ended(nnr[0])
    assert live.left == 5.0, "wachter is unknown still and counts as the mean"
    live.phase(wachter[0], "fit", 0.0)
    clock += 20
    assert live.left == 4.0, "a cell that takes longer than expected does not shorten the others"
    live.ended(wachter[0])
    assert live.left == 2 * 1.0 + 2 * 20.0


def test_prune_says_first_and_deletes_with_yes(recbench, swept: Path, tmp_path: Path, made_up) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path / "r"
    shutil.copytree(swept, folder)
    store = Store(folder)
    store.write(made_up("dice", status=Status.LOST, reason="its process ended"), None)
    store.write(made_up("nosuchmethod", status=Status.SKIPPED), None)
    words = ("store", "prune", "--results", folder)
    assert "nothing was chosen" in recbench(*words).stderr
    done = recbench(*words, "--failed", "--stale", "--cache")
    assert done.returncode == 0, done.stderr
    assert "failed   cells/dice-loan-0" in done.stdout
    assert "stale    cells/nosuchmethod-loan-0" in done.stdout
    assert "cache    cache/gold-" in done.stdout
    assert "--yes would delete" in done.stdout
    assert (folder / "cells" / "dice-loan-0").exists()
    done = recbench(*words, "--failed", "--stale", "--cache", "--yes")
    assert "Deleted" in done.stdout
    assert not (folder / "cells" / "dice-loan-0").exists()
    assert len(list((folder / "cells").iterdir())) == 2, "current cells stay"
    assert not list((folder / "cache").iterdir())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--cell-timeout", "soon"], "'soon' is no time such as 90s, 5m or 1h. See"),
        (["--cell-memory", "8"], "'8' is no size such as 512M or 8G. See"),
        (["--jobs", "0"], "Invalid value for '--jobs'"),
        (["--resources", "GPU"], "--resources 'GPU' is malformed. Write --resources GPU=1."),
    ],
)
def test_malformed_limits_are_one_clear_line(  # type: ignore[no-untyped-def]
    recbench, tmp_path: Path, words: list[str], message: str
) -> None:
    done = recbench("run", "--methods", "unchanged", "--results", tmp_path, "--no-tracking", *words)
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
