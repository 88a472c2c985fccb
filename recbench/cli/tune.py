"""``recbench tune``: find parameters without looking at test people."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recbench.cli.options import chosen_suite, json_option, load_datasets
from recbench.cli.quantities import Duration, PlainPath
from recbench.cli.terminal import echo
from recbench.errors import UsageError
from recbench.plugins import registry

if TYPE_CHECKING:
    from recbench.run.tune import Trial, Tuned


_SEED = click.IntRange(0, 2**32 - 1)


@click.command("tune")
@click.argument("method")
@click.option("--datasets", help="Data sets, separated by commas. Default: loan (embedded).")
@click.option("--data", type=PlainPath(path_type=Path), help="Your own CSV or Parquet table.")
@click.option("--schema", type=PlainPath(path_type=Path), help="The YAML schema of --data.")
@click.option("--budget", type=Duration(), default="5m", show_default=True, help="Time per data set.")
@click.option("--search", "searches", multiple=True, metavar="PARAM=A,B,C", help="Values to try.")
@click.option("--set", "settings", multiple=True, metavar="PARAM=VALUE", help="Fix a parameter.")
@click.option("--classifier", help="Classifier. Default: mlp.")
@click.option("--judge", type=click.Choice(["forest", "known"]), help="Who says what is valid.")
@click.option("--factuals", default="200", show_default=True, help="Held-out people per split, or 'all'.")
@click.option(
    "--splits", type=click.IntRange(1, 1000), default=3, show_default=True, help="Quarters held out."
)
@click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True, help="Seed of the search."
)
@click.option("--metric", default="score", show_default=True, help="What to optimise.")
@click.option("--device", help="Where torch computes: cpu or cuda. Default: cpu.")
@click.option("--threads", type=click.IntRange(1, 1024), help="Threads. Default: 1.")
@json_option
def command(
    method: str,
    budget: float,
    searches: tuple[str, ...],
    settings: tuple[str, ...],
    splits: int,
    seed: int,
    metric: str,
    as_json: bool,
    **flags: Any,
) -> None:
    """Search METHOD's parameters on people held out of the training rows.

    No test row is read: a quarter of the training rows stands for the people, and the judge is fitted
    on training rows alone. Prints what to write into a suite.

    \b
    Examples:
      recbench tune genre --datasets compas --budget 5m
      recbench tune nnr --search gamma=0.5,0.6,0.7,0.8 --budget 30s
      recbench tune genre-plus --data people.csv --schema people.yaml
    """
    registry.methods.card(method)
    registry.metrics.card(metric)
    fixed = tuple(f"{method}.{setting.removeprefix(f'{method}.')}" for setting in settings)
    suite = chosen_suite(None, {**flags, "methods": (method,), "settings": fixed, "seeds": "0"})
    datasets = load_datasets(suite, flags["data"], flags["schema"])

    from recbench.run.tune import search_space, tune

    space = _given(searches) or search_space(registry.methods.params(method))
    found = {}
    for name, dataset in datasets.items():
        watch = _Watcher(name, quiet=as_json)
        found[name] = tune(suite, dataset, space, budget, splits, seed, metric, watch)
    if as_json:
        click.echo(json.dumps({name: _plain(tuned) for name, tuned in found.items()}, indent=1))
    else:
        _say(method, suite.methods[0].params, found)


def _given(searches: tuple[str, ...]) -> dict[str, list[Any]]:
    from recbench.documents.reading import parse_value

    space: dict[str, list[Any]] = {}
    for search in searches:
        name, equals, text = search.partition("=")
        if not (name and equals and text.strip()):
            raise UsageError(f"--search {search!r} is malformed.", "Write --search gamma=0.6,0.7,0.8.")
        if name in space:
            raise UsageError(f"--search {name} is given twice.", "Give all values at once.")
        space[name] = parse_value(f"[{text}]", f"--search {name}: the list of values")
    return space


class _Watcher:
    """Says how each trial did, on standard error."""

    def __init__(self, dataset: str, quiet: bool) -> None:
        self._dataset, self._quiet, self._count = dataset, quiet, 0

    def __call__(self, trial: Trial, best: Trial) -> None:
        self._count += 1
        if self._quiet:
            return
        shown = ", ".join(f"{name}={value}" for name, value in trial.params.items()) or "defaults"
        scores = " ".join(f"{score:.3f}" for score in trial.scores) or "failed"
        mark = "  <- best" if trial is best else ""
        echo(
            f"{self._dataset}: trial {self._count}: {shown}: {scores} ({trial.seconds:.0f} s){mark}", err=True
        )


def _plain(tuned: Tuned) -> dict[str, Any]:
    def plain(trial: Trial) -> dict[str, Any]:
        return {"params": trial.params, "scores": trial.scores, "seconds": round(trial.seconds, 2)}

    return {
        "metric": tuned.metric,
        "best": plain(tuned.best),
        "default": plain(tuned.default),
        "trials": [plain(trial) for trial in tuned.trials],
    }


def _say(method: str, fixed: dict[str, Any], found: dict[str, Tuned]) -> None:
    from recbench.documents.reading import dump

    for name, tuned in found.items():
        splits = len(tuned.default.scores)
        best, default = tuned.best.mean(splits), tuned.default.mean(splits)
        if tuned.best is tuned.default:
            said = f"nothing beat the defaults ({tuned.metric} {default:.4f})"
        else:
            said = f"{tuned.metric} {best:.4f}, defaults {default:.4f}"
        echo(f"# {name}: {said}, {len(tuned.trials)} trials, {splits} splits of the training rows")
    better = {name: {**fixed, **tuned.best.params} for name, tuned in found.items() if tuned.best.params}
    if better:
        # The best of many trials flatters itself: held-out people chose it.
        click.echo("# The best of many trials looks better than it is; judge it on test people, once.")
        echo(f"# found by: {shlex.join(['recbench', *sys.argv[1:]])}")
        spec = {"methods": [{"name": method, "params_for": better}]}
        click.echo(dump(spec), nl=False)
