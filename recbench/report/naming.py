"""Naming: different things get different names, which say what differs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from recbench.hashing import digest

if TYPE_CHECKING:
    from recbench.report.rows import Place, Row

Facts = Mapping[str, Any]

_SHORT = 6
"""Letters of a hash that a reader can compare."""


def named(things: Mapping[str, tuple[str, Facts | None]]) -> dict[str, str]:
    """Return a name for each thing that no other one has.

    Args:
        things: by an identity, each thing's own name and its facts. Things of the same name are told apart
            by the facts in which they differ, such as ``mlp (epochs=50)``.
    """
    groups: dict[str, dict[str, Facts | None]] = {}
    for identity, (name, facts) in things.items():
        groups.setdefault(name, {})[identity] = facts
    names: dict[str, str] = {}
    for name, group in groups.items():
        names |= {identity: with_words(name, words) for identity, words in told_apart(group).items()}
    return names | _distinct({one: names[one] for one, (_, facts) in things.items() if facts is not None})


def told_apart(things: Mapping[str, Facts | None]) -> dict[str, str]:
    """Return for each of several things, by identity, the facts in which it differs from the others.

    A fact that one lacks is left out there. A thing with None, of which nothing is known, is taken for the
    only other one if there is one.
    """
    known = {identity: facts for identity, facts in things.items() if facts is not None}
    differing = [
        name
        for name in dict.fromkeys(name for facts in known.values() for name in facts)
        if len({_plain(facts[name]) if name in facts else "" for facts in known.values()}) > 1
    ]
    words = {
        identity: ", ".join(f"{name}={facts[name]}" for name in differing if name in facts)
        for identity, facts in known.items()
    }
    return dict.fromkeys(things, "unknown" if len(known) > 1 else "") | _distinct(words)


def with_words(name: str, *words: str) -> str:
    """Return a name and, in brackets, what else is said of it."""
    said = ", ".join(word for word in words if word)
    return f"{name} ({said})" if said else name


def short_hashes(hashes: Iterable[str]) -> dict[str, str]:
    """Return the beginning of each hash, long enough to be told from the others."""
    known = set(hashes)
    longest = max(map(len, known), default=0)
    length = next(
        (n for n in range(_SHORT, longest) if len({one[:n] for one in known}) == len(known)), longest
    )
    return {one: one[:length] for one in known}


def _distinct(names: dict[str, str]) -> dict[str, str]:
    """Return the names, those that are still equal with a few letters of the thing's hash."""
    taken: dict[str, list[str]] = {}
    for identity, name in names.items():
        taken.setdefault(name, []).append(identity)
    return {
        identity: name if len(taken[name]) == 1 else f"{name} #{digest(identity, _SHORT)}".strip()
        for identity, name in names.items()
    }


def spelt(params: Facts) -> dict[str, Any]:
    """Return parameters as users write them: ``lambda``, not the ``lambda_`` that Python needs."""
    return {name.rstrip("_"): value for name, value in params.items()}


def tell_apart(rows: Sequence[Row]) -> None:
    """Give tables, classifiers, places and rows names that say in what they differ."""
    hashes = short_hashes(row.experiment.data_hash for row in rows if row.experiment)
    tables = named({_table(row): (row.dataset, _data(row, hashes)) for row in rows})
    classifiers = named({_classifier(row): (row.classifier, _classifier_params(row)) for row in rows})
    for row in rows:
        row.dataset, row.classifier = tables[_table(row)], classifiers[_classifier(row)]
    for here in _by_place(rows):
        settings = told_apart({_task(row): row.experiment.task if row.experiment else None for row in here})
        for row in here:
            row.setting = settings[_task(row)]
    for here in _by_place(rows):
        labels = named({_identity(row): (row.label, _facts(row)) for row in here})
        for row in here:
            row.label = labels[_identity(row)]
            row.method = with_words(row.label, row.setting)


def _by_place(rows: Sequence[Row]) -> list[list[Row]]:
    places: dict[Place, list[Row]] = {}
    for row in rows:
        places.setdefault(row.place, []).append(row)
    return list(places.values())


def _data(row: Row, hashes: Mapping[str, str]) -> Facts | None:
    return {"data": hashes[row.experiment.data_hash]} if row.experiment else None


def _classifier_params(row: Row) -> Facts | None:
    return row.experiment.recipe.classifier.params if row.experiment else None


def _facts(row: Row) -> Facts | None:
    """Return what can differ between rows of one place."""
    known = row.experiment
    if known is None:
        return None
    return {**spelt(known.params), "method": known.method, "device": known.device}


# Identities, of which equal ones mean the same. Names are changed while rows are told apart, so those of
# the label are taken before.


def _plain(*parts: Any) -> str:
    return json.dumps(parts, sort_keys=True, default=str)


def _table(row: Row) -> str:
    return _plain(row.dataset, row.experiment.data_hash if row.experiment else None)


def _classifier(row: Row) -> str:
    return _plain(row.classifier, _classifier_params(row))


def _task(row: Row) -> str:
    return _plain(row.experiment.task if row.experiment else None)


def protocol_of(row: Row) -> str:
    """Return table, classifier and task of a row; equal ones mean the same."""
    return _table(row) + _classifier(row) + _task(row)


def _identity(row: Row) -> str:
    return _plain(row.label, row.experiment.model_dump(mode="json") if row.experiment else None)
