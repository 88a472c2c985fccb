"""Versions: the code behind a cell's recourse and behind a score, and whether stored cells are stale."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache

from recbench.errors import RecbenchError
from recbench.hashing import digest
from recbench.method.oracle import ORACLE
from recbench.plugins import registry
from recbench.plugins.cards import MethodCard
from recbench.source import Code, code_of
from recbench.store.record import OLDEST_KEYS, CellRecord
from recbench.task.recipes import GoldRecipe, LofRecipe

_TASK = ("recbench.protocol.prepare",)
"""What makes a task, beside the classifier."""

_RECOURSE = (*_TASK, "recbench.run.recourse")
"""What produces recourse, beside method and classifier."""

_ORACLE = ("recbench.method.oracle", "recbench.method.oracle.search")

_SCORES = ("recbench.run.scoring",)
"""What computes scores, beside the metric."""


def method_card(name: str) -> MethodCard:
    """Return the card of a cell's method: a plug-in's, or the oracle's.

    Raises:
        RecbenchError: there is no such method, or it is unavailable.
    """
    if name == ORACLE.name:
        return ORACLE
    return registry.methods.card(name)


@cache
def recourse_code(method: str, classifier: str, equation: str = "") -> Code:
    """Return what a cell of this method can run on its way to recourse.

    Args:
        method: registered name, or the oracle's.
        classifier: registered name.
        equation: the module of the label equation, where gold labels come from one.

    Raises:
        RecbenchError: one of them is unknown, or its source cannot be followed.
    """
    own = _ORACLE if method == ORACLE.name else registry.methods.modules(method)
    roots = [*_RECOURSE, *own, *registry.classifiers.modules(classifier)]
    return code_of(*roots, *([equation] if equation else []))


@cache
def score_code(metric: str) -> Code:
    """Return what computes a metric of a given recourse.

    Raises:
        RecbenchError: it is unknown, or its source cannot be followed.
    """
    return code_of(*_SCORES, *registry.metrics.modules(metric))


@cache
def score_key(gold: GoldRecipe, lof: LofRecipe, metric: str) -> str:
    """Return what a metric's value depends on beside the recourse: same key, same score of a cell."""
    card = registry.metrics.card(metric)
    version = score_code(metric).version
    return digest([metric, card.version, version, gold.model_dump(), lof.model_dump()])


@cache
def score_keys(gold: GoldRecipe, lof: LofRecipe, metrics: tuple[str, ...]) -> dict[str, str]:
    """Return the score key of each metric."""
    return {name: score_key(gold, lof, name) for name in metrics}


def missing_scores(
    scores: Mapping[str, str], gold: GoldRecipe, lof: LofRecipe, metrics: Sequence[str]
) -> list[str]:
    """Return the metrics that are missing, or there under another definition or judge.

    Args:
        scores: the score key of each metric that a cell has.
        gold: the gold labeller wanted.
        lof: the LOF wanted.
        metrics: those wanted.
    """
    wanted = score_keys(gold, lof, tuple(metrics))
    return [name for name, key in wanted.items() if scores.get(name) != key]


def made_by(method: str) -> str:
    """Return the distribution that registered a method, with its version."""
    if method == ORACLE.name:
        from recbench import __version__

        return f"recbench-recourse {__version__}"
    return registry.methods.listing(method).distribution


def outdated(record: CellRecord, modules: Callable[[], Mapping[str, str]] = dict) -> str:
    """Return why a stored cell is stale, so that no run can use it; nothing if it is not.

    Args:
        record: the cell's.
        modules: gives the hashes of the modules it ran, to say which of them changed.
    """
    if record.format < OLDEST_KEYS:
        return f"made by {record.cell.made_by or 'an older version'}, which had other keys"
    try:
        now = recourse_code(record.cell.method, record.cell.classifier, record.cell.equation)
    except RecbenchError as error:
        return error.message.rstrip(".")
    if now.version == record.cell.code.version:
        return ""
    then = modules()
    changed = sorted(name for name in then.keys() & now.modules.keys() if then[name] != now.modules[name])
    came, went = sorted(now.modules.keys() - then.keys()), sorted(then.keys() - now.modules.keys())
    differing = {"changed": changed, "new": came if then else [], "gone": went}
    said = [f"{word}: {', '.join(names)}" for word, names in differing.items() if names]
    return "; ".join(said) or "it imports from elsewhere"


def task_outdated(record: CellRecord, modules: Mapping[str, str]) -> str:
    """Return why the task of a stored cell cannot be made again, so that it can only be run anew.

    Args:
        record: the cell's.
        modules: hashes of the modules it ran.
    """
    if record.format < OLDEST_KEYS:
        return outdated(record)
    roots = [*_TASK, *registry.classifiers.modules(record.cell.classifier)]
    now = code_of(*roots, *([record.cell.equation] if record.cell.equation else [])).modules
    changed = sorted(name for name in now if modules.get(name) != now[name])
    return f"changed: {', '.join(changed)}" if changed else ""
