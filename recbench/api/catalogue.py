"""Catalogue: what there is to benchmark, and what its parameters mean."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from recbench.api.tables import data_state
from recbench.errors import unknown_name
from recbench.plugins import registry
from recbench.plugins.cards import Card, ClassifierCard, DatasetCard, MethodCard, MetricCard
from recbench.plugins.registry import Listing, Registry, RegistryWithParams
from recbench.plugins.wording import Parameter, describe as parameters_of
from recbench.report.figures import FIGURES
from recbench.suite import known_suites, load_suite

__all__ = [
    "Catalogue",
    "Description",
    "Entry",
    "classifiers",
    "datasets",
    "describe",
    "figures",
    "methods",
    "metrics",
    "suites",
]


@dataclass(frozen=True)
class Entry:
    """One thing that can be named.

    Attributes:
        name: what users type.
        traits: what it is like, in a few words.
        summary: one line.
        more: a second line: what to cite, or where it is.
        unavailable: why it cannot be used here; empty if it can.
        facts: everything that is known of it, as plain data.
        lines: what else is said of it alone.
    """

    name: str
    traits: str
    summary: str
    more: str
    unavailable: str
    facts: dict[str, Any]
    lines: tuple[str, ...] = ()


class Catalogue(Sequence[Entry]):
    """Things that can be named, sorted by name; a table in a notebook."""

    def __init__(self, kind: str, entries: Sequence[Entry]) -> None:
        self.kind, self._entries = kind, list(entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, str):
            found = {entry.name: entry for entry in self._entries}
            if at not in found:
                raise unknown_name(self.kind, at, found)
            return found[at]
        return self._entries[at]

    @property
    def names(self) -> list[str]:
        """The names of those that can be used here."""
        return [entry.name for entry in self._entries if not entry.unavailable]

    def __repr__(self) -> str:
        return "\n".join(f"{entry.name}: {entry.unavailable or entry.summary}" for entry in self._entries)

    def _repr_html_(self) -> str:
        def line(entry: Entry) -> str:
            cells = (entry.name, entry.traits, entry.unavailable or entry.summary)
            return "".join(f"<td>{html.escape(text)}</td>" for text in cells)

        lines = "".join(f"<tr>{line(entry)}</tr>" for entry in self._entries)
        return f"<table><tr><th>{html.escape(self.kind)}</th><th></th><th></th></tr>{lines}</table>"


def methods() -> Catalogue:
    """Return the recourse methods: traits, one line of help, and what to cite."""
    return _catalogue(registry.methods)


def datasets() -> Catalogue:
    """Return the data sets of the catalogue."""
    return _catalogue(registry.datasets)


def classifiers() -> Catalogue:
    """Return the classifiers that a method can be asked to explain."""
    return _catalogue(registry.classifiers)


def metrics() -> Catalogue:
    """Return the metrics, each with its definition and the better side."""
    return _catalogue(registry.metrics)


def figures() -> dict[str, str]:
    """Return the figures that can be drawn, each with one line on what it shows."""
    return {card.name: card.summary for card in FIGURES.values()}


def suites() -> Catalogue:
    """Return the suites that :func:`recbench.run` knows by name."""
    found = []
    for name, path in known_suites().items():
        summary = load_suite(str(path)).description
        facts = {"name": name, "file": str(path), "summary": summary}
        found.append(Entry(name, "", summary, str(path), "", facts))
    return Catalogue("suite", found)


def _catalogue(kind: Registry[Any]) -> Catalogue:
    return Catalogue(kind.kind, [_entry(listing) for listing in kind.listings()])


def _entry(listing: Listing[Any]) -> Entry:
    card = listing.card
    facts = {} if card is None else asdict(card)
    said = {"unavailable": listing.unavailable, "distribution": listing.distribution}
    facts = {**facts, "name": listing.name, **said}
    if card is None:
        return Entry(listing.name, "", "", "", listing.unavailable, facts)
    if isinstance(card, DatasetCard):
        state = data_state(card)
        lines = (f"source: {card.source}", f"licence: {card.licence}", f"cite: {card.citation}")
        facts["state"] = state
        traits = f"{_size(card)}, {state}"
        return Entry(listing.name, traits, card.summary, card.licence, listing.unavailable, facts, lines)
    more = card.citation if isinstance(card, MethodCard) else ""
    told = (f"cite: {more}" if more else "", card.url if isinstance(card, MethodCard) else "")
    return Entry(listing.name, _traits(card), card.summary, more, listing.unavailable, facts, told)


def _size(card: DatasetCard) -> str:
    if card.rows is None:
        return "size unknown"
    return f"{card.rows[0]:,} + {card.rows[1]:,} rows, {card.features} features"


def _traits(card: Card) -> str:
    if isinstance(card, MethodCard):
        return " ".join(card.traits.words())
    if isinstance(card, ClassifierCard):
        return "differentiable" if card.differentiable else "no gradients"
    if isinstance(card, MetricCard):
        return f"{card.better or 'neither'} is better" + ("" if card.default else ", on request")
    return ""


@dataclass(frozen=True)
class Description:
    """One plug-in: what it is and, if it has any, its parameters.

    Attributes:
        kind: ``method``, ``classifier``, ``metric`` or ``data set``.
        entry: what listings say of it.
        parameters: in the order in which its model has them.
    """

    kind: str
    entry: Entry
    parameters: tuple[Parameter, ...]

    def __str__(self) -> str:
        lines = [f"{self.entry.name} ({self.kind}): {self.entry.unavailable or self.entry.summary}"]
        lines += [text for text in (self.entry.traits, *self.entry.lines) if text]
        for one in self.parameters:
            limits = one.range or ", ".join(map(str, one.choices))
            what = ", ".join(word for word in (one.kind, limits) if word)
            lines.append(f"  {one.name} = {one.default}  ({what})  {one.description}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)

    def plain(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {**self.entry.facts, "kind": self.kind, "parameters": [asdict(one) for one in self.parameters]}


def describe(name: str, kind: str | None = None) -> Description:
    """Return what a method, classifier, metric or data set is, and what its parameters mean.

    Args:
        name: what it is called.
        kind: where to look; None is everywhere, methods first.

    Raises:
        UsageError: there is none of that name.
    """
    kinds = {one.kind: one for one in registry.ALL}
    if kind is not None and kind not in kinds:
        raise unknown_name("kind", kind, kinds)
    searched = list(kinds.values()) if kind is None else [kinds[kind]]
    for one in searched:
        if name in one.names():
            entry = _entry(one.listing(name))
            return Description(one.kind, entry, _parameters(one, name, entry))
    everything = [found for one in searched for found in one.names()]
    raise unknown_name(kind or "method, classifier, metric or data set", name, everything)


def _parameters(kind: Registry[Any], name: str, entry: Entry) -> tuple[Parameter, ...]:
    if entry.unavailable or not isinstance(kind, RegistryWithParams):
        return ()
    return tuple(parameters_of(kind.params(name)))
