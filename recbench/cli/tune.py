"""``recbench tune``: find parameters without looking at test people."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recbench.cli.options import data_options, json_option, once, own_data
from recbench.cli.quantities import Duration, Names, Settings
from recbench.cli.terminal import echo, say

if TYPE_CHECKING:
    from recbench.api.tuning import Trial, Tuned

_SEED = click.IntRange(0, 2**32 - 1)


@click.command("tune")
@click.argument("method")
@click.option("--datasets", type=Names(), help="Data sets, each tuned by itself. Default: loan (embedded).")
@data_options
@click.option("--budget", type=Duration(), default="5m", show_default=True, help="Time per data set.")
@click.option(
    "--search",
    "searches",
    multiple=True,
    metavar="PARAM=A,B,C",
    type=Settings("gamma=0.6,0.7,0.8", several=True),
    help="Values to try.",
)
@click.option("--set", "settings", multiple=True, type=Settings("draws=20"), help="Fix a parameter.")
@click.option("--classifiers", type=Names(), help="Classifier. Default: mlp.")
@click.option("--judge", type=click.Choice(["forest", "known"]), help="Who says what is valid.")
@click.option("--factuals", default="200", show_default=True, help="Held-out people per split, or 'all'.")
@click.option(
    "--splits", type=click.IntRange(1, 1000), default=3, show_default=True, help="Quarters held out."
)
@click.option("--seed", type=_SEED, default=0, show_default=True, help="Seed of the search.")
@click.option("--metric", default="score", show_default=True, help="What to optimise.")
@click.option("--device", help="Where torch computes: cpu or cuda. Default: cpu.")
@click.option("--threads", type=click.IntRange(1, 1024), help="Threads. Default: 1.")
@json_option
def command(
    method: str,
    datasets: tuple[str, ...] | None,
    data: Path | None,
    schema: Path | None,
    budget: float,
    searches: tuple[tuple[str, Any], ...],
    settings: tuple[tuple[str, Any], ...],
    classifiers: tuple[str, ...] | None,
    as_json: bool,
    **asked: Any,
) -> None:
    """Search METHOD's parameters on people held out of the training rows.

    No test row is read: a quarter of the training rows stands for the people, and the judge is fitted
    on training rows alone. Prints what to write into a suite. The defaults are tried first, on one split
    at least, even if that takes longer than the budget.

    \b
    Examples:
      recbench tune genre --datasets compas --budget 5m
      recbench tune nnr --search gamma=0.5,0.6,0.7,0.8 --budget 30s
      recbench tune genre-plus --data people.csv --schema people.yaml
    """
    from recbench import tune
    from recbench.api.catalogue import describe

    describe(method, "method")  # a misspelt name need not wait for torch
    describe(asked["metric"], "metric")
    fixed = once(tuple((name.removeprefix(f"{method}."), value) for name, value in settings), "--set")
    found = tune(
        method,
        own_data(data, schema) or datasets or "loan",
        budget=budget,
        search=once(searches, "--search"),
        params=fixed,
        classifiers=classifiers,
        watch=_Watcher(quiet=as_json),
        **asked,
    )
    if as_json:
        click.echo(json.dumps({name: tuned.plain() for name, tuned in found.items()}, indent=1))
    else:
        _say(method, fixed, found)


class _Watcher:
    """Says how each trial did, on standard error."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._counts: dict[str, int] = {}

    def __call__(self, dataset: str, trial: Trial, best: Trial) -> None:
        self._counts[dataset] = self._counts.get(dataset, 0) + 1
        if self._quiet:
            return
        shown = ", ".join(f"{name}={value}" for name, value in trial.params.items()) or "defaults"
        scores = " ".join(f"{score:.3f}" for score in trial.scores) or "failed"
        mark = "  <- best" if trial is best else ""
        say(f"{dataset}: trial {self._counts[dataset]}: {shown}: {scores} ({trial.seconds:.0f} s){mark}")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _say(method: str, fixed: dict[str, Any], found: dict[str, Tuned]) -> None:
    from recbench.api.tuning import as_suite

    for name, tuned in found.items():
        splits = len(tuned.default.scores)
        best, default = tuned.best.mean(splits), tuned.default.mean(splits)
        if tuned.best is tuned.default:
            said = f"nothing beat the defaults ({tuned.metric} {default:.4f})"
        else:
            said = f"{tuned.metric} {best:.4f}, defaults {default:.4f}"
        effort = f"{_count(len(tuned.trials), 'trial')}, {_count(splits, 'split')} of the training rows"
        echo(f"# {name}: {said}, {effort}")
        if len(tuned.trials) == 1:
            echo(f"# {name}: the defaults took the whole budget ({tuned.default.seconds:.0f} s); give more.")
    better = {name: {**fixed, **tuned.best.params} for name, tuned in found.items() if tuned.best.params}
    if better:
        # The best of many trials flatters itself: held-out people chose it.
        click.echo("# The best of many trials looks better than it is; judge it on test people, once.")
        echo(f"# found by: {shlex.join(['recbench', *click.get_current_context().obj])}")
        click.echo(as_suite(method, better), nl=False)
