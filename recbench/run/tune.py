"""Tune: look for a method's parameters without ever looking at a test person.

Part of the *training* rows are held out as people, and the judge is fitted on training rows alone:
the same protocol as a benchmark run, on a smaller data set that has no test rows of the real one. A
method declares what may be searched in its parameters, ``Field(..., json_schema_extra=searched(1, 2,
5))``; the search is random, seeded, and begins with the defaults.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from recbench.data.dataset import Dataset
from recbench.errors import RecbenchError, UsageError
from recbench.hashing import digest
from recbench.plugins import registry
from recbench.plugins.params import Params, make_params
from recbench.plugins.wording import describe
from recbench.rng import Rng
from recbench.run.plan import plan
from recbench.suite import MethodSpec, Suite

if TYPE_CHECKING:
    from recbench.judge import Judge
    from recbench.protocol.prepare import Prepared

SHARE = 0.25
"""Share of the training rows held out as people: as many as the test rows of the paper's tables."""

Space = Mapping[str, Sequence[Any]]
"""Values to try, by parameter."""


@dataclass
class Trial:
    """One set of parameters and how it did.

    Attributes:
        params: those that differ from the defaults.
        scores: mean of the metric over the held-out people of each split tried so far.
        seconds: spent on it.
    """

    params: dict[str, Any]
    scores: list[float] = field(default_factory=list)
    seconds: float = 0.0

    def mean(self, splits: int) -> float:
        """Return the mean of the first ``splits`` scores."""
        return float(np.mean(self.scores[:splits]))


@dataclass(frozen=True)
class Tuned:
    """What a search found.

    Attributes:
        best: the best trial that was tried on every split that the defaults were tried on.
        default: the trial of the defaults.
        trials: all of them, in order.
        metric: what was optimised.
    """

    best: Trial
    default: Trial
    trials: list[Trial]
    metric: str

    def plain(self) -> dict[str, Any]:
        """Return everything as plain data."""

        def plain(trial: Trial) -> dict[str, Any]:
            return {"params": trial.params, "scores": trial.scores, "seconds": round(trial.seconds, 2)}

        return {
            "metric": self.metric,
            "best": plain(self.best),
            "default": plain(self.default),
            "trials": [plain(trial) for trial in self.trials],
        }


def held_out(dataset: Dataset, split: int) -> Dataset:
    """Return a data set made of the training rows alone: a quarter of them stands for test people.

    What is chosen by looking at it (a parameter, a method, an idea) has not seen the test people.

    Args:
        dataset: its training rows are used, its test rows are not.
        split: which quarter, at random; the same number is the same quarter.

    Raises:
        RecbenchError: there are too few training rows.
    """
    count = round(len(dataset.train) * SHARE)
    if count < 10:
        raise RecbenchError(f"data set {dataset.name!r} has too few training rows to hold any out.")
    order = Rng(split).stream("tune", "split").numpy().permutation(len(dataset.train))
    people, others = np.sort(order[:count]), np.sort(order[count:])
    train = dataset.train
    name = f"{dataset.name} (split {split})"
    return replace(dataset, name=name, train=train.iloc[others], test=train.iloc[people], drawn=True)


def search_space(model: type[Params]) -> dict[str, list[Any]]:
    """Return the values that a method's parameters declare for searching, by parameter."""
    return {one.name: list(one.searched) for one in describe(model) if one.searched}


def tune(
    suite: Suite,
    dataset: Dataset,
    space: Space,
    seconds: float,
    splits: int = 3,
    seed: int = 0,
    metric: str = "score",
    watch: Callable[[Trial, Trial], None] = lambda trial, best: None,
) -> Tuned:
    """Search the parameters of the suite's first method on one data set.

    Every trial begins on the first split and goes on to the next only while it is ahead of the best
    so far on the same splits, so that poor ones cost little.

    Args:
        suite: the method with its fixed parameters, the classifier, the judge and how many people.
        dataset: its training rows are used, its test rows are not.
        space: values to try.
        seconds: when to stop; the trial under way is finished, and the defaults are always tried.
        splits: how many different quarters to hold out.
        seed: of the search.
        metric: what to optimise, in the direction that its card calls better.
        watch: told of each trial, and of the best so far.

    Raises:
        UsageError: nothing to search, a value that the method refuses, or a metric without direction.
        RecbenchError: the defaults fail.
    """
    spec = suite.methods[0]
    model = registry.methods.params(spec.name)
    _check(spec, model, space)
    evaluate = _Evaluation(suite, dataset, metric)
    end = time.monotonic() + seconds
    default = Trial({})
    for split in range(splits):
        evaluate(default, split)
        if time.monotonic() > end:
            break
    done = len(default.scores)
    trials, best = [default], default
    watch(default, best)
    for params in _draws(space, make_params(model, spec.params, spec.name).plain(), seed):
        if time.monotonic() > end:
            break
        trial = Trial(params)
        trials.append(trial)
        try:
            for split in range(done):
                evaluate(trial, split)
                if not evaluate.ahead(trial, best, split + 1) or time.monotonic() > end:
                    break
        except RecbenchError:
            # Parameters under which the method fails are no good; that is all there is to know.
            trial.scores = []
        if len(trial.scores) == done and evaluate.ahead(trial, best, done):
            best = trial
        watch(trial, best)
    return Tuned(best, default, trials, metric)


class _Evaluation:
    """Scores trials, and keeps the prepared tasks and judges of the splits."""

    def __init__(self, suite: Suite, dataset: Dataset, metric: str) -> None:
        card = registry.metrics.card(metric)
        if not card.better:
            raise UsageError(f"metric {metric!r} has no better direction: it cannot be optimised.")
        self._sign = 1.0 if card.better == "higher" else -1.0
        self._suite, self._dataset, self._metric = suite, dataset, metric
        self._splits: dict[int, tuple[Dataset, Prepared, Judge]] = {}

    def __call__(self, trial: Trial, split: int) -> None:
        """Add the score of one split to the trial."""
        from recbench.run.execute import run_cell

        began = time.monotonic()
        dataset, prepared, judge = self._split(split)
        spec = self._suite.methods[0]
        named = MethodSpec(name=spec.name, params={**spec.params, **trial.params})
        changes = {"methods": [named], "seeds": [split], "metrics": [self._metric]}
        cell = plan(self._suite.model_copy(update=changes), {dataset.name: dataset})[0]
        record = run_cell(cell, prepared, judge, lambda phase, fraction, text: None).record
        trial.seconds += time.monotonic() - began
        value = record.scores[self._metric].mean if self._metric in record.scores else None
        if value is None:
            raise RecbenchError(f"{spec.name} failed on held-out people: {record.reason or 'no score'}.")
        trial.scores.append(value)

    def ahead(self, trial: Trial, other: Trial, splits: int) -> bool:
        """Return whether the trial did better than the other on the first ``splits``."""
        return self._sign * (trial.mean(splits) - other.mean(splits)) > 0

    def _split(self, split: int) -> tuple[Dataset, Prepared, Judge]:
        from recbench.protocol.judging import prepare_judge
        from recbench.protocol.prepare import prepare
        from recbench.task.cache import Cache

        if split not in self._splits:
            suite, cache = self._suite, Cache(None)
            dataset = held_out(self._dataset, split)
            recipe = suite.task_recipe(suite.classifiers[0])
            prepared = prepare(dataset, recipe, split, cache, suite.threads, suite.device)
            judge = prepare_judge(prepared, recipe, suite.judge.lof, split, cache)
            self._splits[split] = (dataset, prepared, judge)
        return self._splits[split]


def _check(spec: MethodSpec, model: type[Params], space: Space) -> None:
    if not space:
        raise UsageError(
            f"method {spec.name!r} declares nothing to search.",
            "Give values: --search PARAM=1,2,5.",
        )
    for name, values in space.items():
        if not values:
            raise UsageError(f"--search {name} lists no value.")
        for value in values:
            make_params(model, {**spec.params, name: value}, spec.name)


def _draws(space: Space, plain: Mapping[str, Any], seed: int) -> Iterator[dict[str, Any]]:
    """Yield changed parameters at random, each once; the defaults never."""
    generator = Rng(seed).stream("tune", "search").numpy()
    names = sorted(space)
    combinations = int(np.prod([float(len(space[name])) for name in names]))
    seen = {digest({})}
    misses = 0
    while len(seen) <= combinations and misses < 1000:
        # Few parameters at a time: around good defaults most combinations of many changes are bad.
        changed = generator.permutation(names)[: generator.integers(1, min(3, len(names)) + 1)]
        drawn = {str(name): space[name][int(generator.integers(len(space[name])))] for name in changed}
        params = {name: drawn[name] for name in sorted(drawn) if drawn[name] != plain.get(name)}
        if digest(params) in seen:
            misses += 1
            continue
        misses = 0
        seen.add(digest(params))
        yield params
