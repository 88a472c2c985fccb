"""What each command costs: CPU seconds, wall seconds and peak memory, on results that it makes itself.

    python -m benchmarks.speed.commands --repeats 5

The results are those of the suite `quick` (four methods on `loan`, two seeds), mirrored in MLflow. Each
command runs in a process of its own, all of them in turn, `--repeats` times; medians are given. Beside them
stand what must be loaded to draw anything, what one small cell costs, and a `quick` sweep by phase.
"""

from __future__ import annotations

import json
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import click

import recbench as rb
from benchmarks.speed.machine import machine
from benchmarks.speed.process import Used, median, recbench, used

_OUT = Path(__file__).resolve().parents[2] / "results" / "reference" / "speed" / "commands.md"
_LEAST = (
    "from matplotlib.figure import Figure; figure = Figure(layout='constrained');"
    " ax = figure.subplots(); ax.plot([1, 2]); [figure.savefig({out!r} + end) for end in ('.pdf', '.png')]"
)
"""An empty drawing: less no figure can take."""
_PHASES = ("import", "prepare", "fit", "generate", "score, store, mirror", "around")

Phases = dict[str, tuple[float, float]]
"""Seconds and CPU seconds of each phase."""


@click.command()
@click.option("--repeats", default=5, show_default=True, help="Of each command; medians are given.")
@click.option("--cells", default=120, show_default=True, help="Small cells, of which one's cost is taken.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=_OUT, show_default=True, help="The Markdown file."
)
def command(repeats: int, cells: int, out: Path) -> None:
    """Measure, and write a page of tables."""
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        sweeps = {
            "without MLflow": [_sweep(home / f"bare-{at}", "--no-mirror") for at in range(repeats)],
            "with MLflow": [_sweep(home / f"quick-{at}") for at in range(repeats)],
        }
        words = dict(_commands(home / "quick-0", home / "drawn"))
        took: dict[str, list[Used]] = {name: [] for name in words}
        for _ in range(repeats):
            for name, one in words.items():
                took[name].append(used(one))
        small = {
            "without MLflow": _small_cells(home / "small", cells, repeats, "--no-tracking"),
            "with MLflow": _small_cells(home / "small", cells, repeats),
        }
    page = _page(repeats, cells, {name: median(some) for name, some in took.items()}, small, sweeps)
    click.echo(page, nl=False)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(page, encoding="utf-8")


def _commands(results: Path, drawn: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the name and the command line of everything that is measured."""
    for words in ("--help", "methods", "datasets"):
        yield f"`recbench {words}`", recbench(words)
    for words in ("status", "store list", "table", "show"):
        yield f"`recbench {words}`", recbench(*words.split(), "--results", results)
    yield "`recbench table --against genre`", recbench("table", "--against", "genre", "--results", results)
    stored = recbench("run", "quick", "--results", results)
    yield "`recbench run quick`, all stored and mirrored", stored
    yield "`recbench run quick --no-tracking`, all stored", [*stored, "--no-tracking"]
    figures = ["--results", results, "--out", drawn]
    yield "`recbench plot --figures score`", recbench("plot", "--figures", "score", *figures)
    yield "`recbench plot`", recbench("plot", *figures)
    yield "`recbench report`", recbench("report", "--results", results, "--out", drawn / "report.html")
    least = _LEAST.format(out=str(drawn / "least"))
    yield "for comparison: Matplotlib alone, an empty figure as PDF and PNG", [sys.executable, "-c", least]


def _small_cells(home: Path, cells: int, repeats: int, *more: str) -> Used:
    """Return what one further cell takes: `nnr` with other parameters, on a task that is prepared."""
    suites = {}
    for count in (1, cells):
        bars = [round(0.5 + 0.4 * at / cells, 6) for at in range(count)]
        suites[count] = home.with_name(f"small-{count}.yaml")
        methods = json.dumps([{"name": "nnr", "vary": {"gamma": bars}}])
        suites[count].write_text(f"datasets: [loan]\nmethods: {methods}\nseeds: [0]\nfactuals: 200\n")
    used(recbench("run", suites[1], "--results", home, "--no-tracking"))
    took: dict[int, list[Used]] = {count: [] for count in suites}
    for _ in range(repeats):
        for count, suite in suites.items():
            results = home.with_name("small-results")
            shutil.rmtree(results, ignore_errors=True)
            shutil.copytree(home / "cache", results / "cache")
            took[count].append(used(recbench("run", suite, "--results", results, *more)))
    one, many = median(took[1]), median(took[cells])
    seconds, cpu, memory = ((more - less) / (cells - 1) for more, less in zip(many, one, strict=True))
    return Used(seconds, cpu, memory)


def _sweep(results: Path, *more: str) -> Phases:
    """Run `quick` from nothing in a process of its own and return what each phase took."""
    words = [sys.executable, "-m", __spec__.name, "--phases", str(results), *more]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    phases: Phases = json.loads(done.stdout.splitlines()[-1])
    return phases


class _Phases:
    """A watcher that adds up what each phase takes."""

    def __init__(self) -> None:
        self.took: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        self._now = "import"
        self._since = (0.0, 0.0)
        self._begun = time.perf_counter()

    def turn(self, phase: str) -> None:
        """From now on it is this phase."""
        at = (time.perf_counter() - self._begun, time.process_time())
        for kind in (0, 1):
            self.took[self._now][kind] += at[kind] - self._since[kind]
        self._now, self._since = phase, at

    def planned(self, cells: int, stored: int) -> None:
        self.turn("import")  # what cells need is imported when the first one begins

    def phase(self, cell: object, phase: str, fraction: float, text: str) -> None:
        if phase in ("prepare", "fit", "generate"):
            self.turn(phase)
        elif phase == "score":
            self.turn("score, store, mirror")

    def finished(self, record: rb.CellRecord, left: float | None) -> None:
        self.turn("around")

    def said(self, text: str) -> None: ...


def _run_phases(results: Path, mirror: bool) -> None:
    """Run `quick` and print the seconds of each phase as JSON."""
    watcher = _Phases()
    done = rb.run("quick", results=results, tracking=mirror, progress=watcher)
    str(done.table())
    watcher.turn("around")
    click.echo(json.dumps(watcher.took))


def _page(
    repeats: int, cells: int, took: dict[str, Used], small: dict[str, Used], sweeps: dict[str, list[Phases]]
) -> str:
    command = shlex.join(["python", "-m", "benchmarks.speed.commands", "--repeats", str(repeats)])
    libraries = ("torch", "numpy", "pandas", "matplotlib", "scikit-learn", "mlflow")
    parts = [
        "# What commands cost",
        f"`{command}`",
        machine(*libraries),
        f"Medians of {repeats}; each command in a process of its own, on the results of the suite `quick`."
        " CPU seconds are those of all threads, in user and system mode; memory is the peak of the process.",
        _table(
            ["Command", "CPU s", "Seconds", "Peak memory (MiB)"],
            [
                [name, f"{one.cpu:.2f}", f"{one.seconds:.2f}", f"{one.memory:.0f}"]
                for name, one in took.items()
            ],
        ),
        "## A small cell",
        f"What one further cell of `nnr` on `loan` takes, 200 people, in a sweep of {cells} on a task that is"
        " prepared: fit, generate, judge and metrics, store, and MLflow.",
        _table(
            ["", "CPU ms", "ms"],
            [[name, f"{1e3 * one.cpu:.0f}", f"{1e3 * one.seconds:.0f}"] for name, one in small.items()],
        ),
        "## A sweep from nothing, by phase",
        "The suite `quick`: four methods on `loan`, two seeds, 200 people each. The first cell's `score`"
        " imports what metrics need, and MLflow.",
        _table(
            ["Phase", *(f"{kind}, {name}" for name in sweeps for kind in ("CPU s", "seconds"))],
            [[phase, *_numbers(phase, sweeps)] for phase in (*_PHASES, "together")],
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _numbers(phase: str, sweeps: dict[str, list[Phases]]) -> Iterator[str]:
    for runs in sweeps.values():
        for kind in (1, 0):
            several = [
                sum(took[kind] for name, took in run.items() if phase in (name, "together")) for run in runs
            ]
            yield f"{statistics.median(several):.2f}"


def _table(heads: list[str], rows: list[list[str]]) -> str:
    rule = "|---|" + "---:|" * (len(heads) - 1)
    return "\n".join([f"| {' | '.join(heads)} |", rule, *(f"| {' | '.join(row)} |" for row in rows)])


if __name__ == "__main__":
    if sys.argv[1:2] == ["--phases"]:
        _run_phases(Path(sys.argv[2]), "--no-mirror" not in sys.argv)
    else:
        command()
