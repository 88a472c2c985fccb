"""The comparison as Markdown: ratios first, then everything that was measured."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

_ABOUT = """\
The same people and the same network (a copy whose probabilities agree within 1e-5). Contestants of a group
are ready before the first is timed, then take turns; numbers are medians of {repeats} turn(s) (one where a
turn takes more than half a minute). What is compiled or loaded on first use is left out: *first call* is one
for all people with jax-relax, one for two with the others. recbench and what its registry wraps run on one
thread, peers with an environment of their own on as many as they take as shipped. CPU seconds are those of
all threads of the process."""

_RATIOS = """\
People per second, and per CPU-second. *Ratio* is ours through theirs for the same people: above 1 recbench is
faster. *Valid* is the share whom the classifier accepts after rounding to values that the person can have;
*cost* is the mean over those whom it accepts as answered. Both: ours / theirs. Peers that take one person at
a time are given few people, and ours answers many in hardly more time than few: with more people these ratios
grow."""

_MEASURED = """\
*Valid* and *cost*: as answered / after rounding to what the person can become (steps, categories, immutables,
directions, bounds); cost is a mean over the people whom the classifier accepts. *Off grid* is the share of
values on no step of the schema, *rules broken* the share of people with a value that they cannot have, both
as answered. *Peak* is the most that was resident in the process, libraries included. Fitting is timed
once."""


def markdown(rows: pd.DataFrame, command: str, machine: str, lacks: Mapping[str, str]) -> str:
    """Return the page.

    Args:
        rows: of :func:`benchmarks.speed.peers.duel.duel`.
        command: that made them.
        machine: where.
        lacks: rules that contestants do not know, by label.
    """
    timed = rows[rows["seconds"].notna()] if "seconds" in rows else rows[:0]
    repeats = int(timed["repeats"].max()) if len(timed) else 0
    parts = [
        "# recbench and its peers, side by side",
        f"`{command}`",
        machine,
        _ABOUT.format(repeats=repeats),
    ]
    if len(timed):
        parts += ["## Ratios", _RATIOS, _table(_RATIO_HEADS, _ratios(timed))]
        parts += ["## What was measured", _MEASURED, _table(_HEADS, _lines(timed))]
    known = [f"* {label}: {what}" for label, what in lacks.items() if label in set(timed["method"])]
    if known:
        parts += ["Rules of the schema that peers are not able to hold:\n\n" + "\n".join(known)]
    failed = rows[rows["failure"] != ""].drop_duplicates(["dataset", "method"])
    if len(failed):
        said = [f"* {row.dataset}, {row.method}: {row.failure}" for row in failed.itertuples()]
        parts += ["## Not measured to the end", "\n".join(said)]
    return "\n\n".join(parts) + "\n"


_RATIO_HEADS = [
    "Data", "Ours", "Theirs", "People", "Ours / s", "Theirs / s", "Ratio", "Ours / CPU-s", "Theirs / CPU-s",
    "Ratio, CPU", "Valid after rounding", "Cost",
]  # fmt: skip
_HEADS = [
    "Data", "Method", "People", "Seconds", "CPU-s", "Fit s", "Fit CPU-s", "First call s", "Peak MiB", "Valid",
    "Cost", "Off grid", "Rules broken",
]  # fmt: skip


def ratios(timed: pd.DataFrame) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield the rows of each of our methods and each of its peers that were timed for the same people."""
    for _, part in timed.groupby(["dataset", "group", "people"], sort=False):
        records = part.to_dict("records")
        for ours in (one for one in records if one["ours"]):
            for theirs in (one for one in records if not one["ours"]):
                yield ({str(k): v for k, v in ours.items()}, {str(k): v for k, v in theirs.items()})


def _ratios(timed: pd.DataFrame) -> Iterator[list[str]]:
    for ours, theirs in ratios(timed):
        cells = [ours["dataset"], f"`{ours['method']}`", theirs["method"], f"{ours['people']:,}"]
        for rate in ("per_second", "per_cpu_second"):
            cells += [rounded(ours[rate]), rounded(theirs[rate]), f"**{rounded(ours[rate] / theirs[rate])}**"]
        cells.append(f"{_shown(ours['valid_rounded'])} / {_shown(theirs['valid_rounded'])}")
        cells.append(f"{_shown(ours['cost'])} / {_shown(theirs['cost'])}")
        yield cells


def _lines(timed: pd.DataFrame) -> Iterator[list[str]]:
    for row in timed.to_dict("records"):
        yield [
            str(row["dataset"]),
            f"`{row['method']}`" if row["ours"] else str(row["method"]),
            f"{row['people']:,}",
            *(rounded(row[name]) for name in ("seconds", "cpu", "fit_seconds", "fit_cpu", "first_seconds")),
            f"{row['peak']:,.0f}",
            f"{_shown(row['valid'])} / {_shown(row['valid_rounded'])}",
            f"{_shown(row['cost'])} / {_shown(row['cost_rounded'])}",
            f"{row['off_grid']:.0%}",
            f"{row['off_rules']:.0%}",
        ]


def _table(heads: list[str], lines: Iterator[list[str]]) -> str:
    words = {"Data", "Ours", "Theirs", "Method"}
    rule = "".join("---|" if head in words else "---:|" for head in heads)
    rows = ["| " + " | ".join(heads) + " |", "|" + rule]
    return "\n".join([*rows, *("| " + " | ".join(line) + " |" for line in lines)])


def rounded(number: float) -> str:
    """Return a positive number with two or three digits that say something; none is a dash."""
    if math.isnan(number):
        return "–"
    if number >= 100:
        return f"{float(f'{number:.3g}'):,.0f}"
    return f"{number:.2g}" if number < 10 else f"{number:.3g}"


def _shown(number: float) -> str:
    return "–" if math.isnan(number) else f"{number:.3f}"
