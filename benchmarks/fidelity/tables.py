"""The comparison as Markdown."""

from __future__ import annotations

import math
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import pandas as pd

_TITLES = {
    "free": "## Without constraints",
    "kept": "## With constraints, where the original kept immutables and bounds",
}
_ABOUT = {
    "free": (
        "No immutables, directions or whole steps on either side, and no bounds where the original searches"
        " the inputs themselves. *Holds*: h accepts the native method's recourse for at least as many people,"
        " and over the people for whom it accepts both, the native one costs at most 10 % more; where it does"
        " not, the reason stands there."
        " Violations are counted against the real schema all the same: nobody was asked to keep it."
    ),
    "kept": (
        "The real schema, over the people for whom the original found recourse, left immutables alone and"
        " stayed within bounds (whole steps aside). *People* says how many of them there are."
    ),
}
_HEAD = (
    "| data | native / original | people | found | accepted by h | cost | cost where both accepted | LOF"
    " | immutables violated | out of domain | seconds fit | seconds generate | holds |"
)


def markdown(frame: pd.DataFrame, command: str, people: int, seed: int) -> str:
    """Return the whole page: two tables, what was skipped, and what differs on purpose."""
    versions = ", ".join(f"{name} {_version(name)}" for name in ("torch", "carla-recourse", "dice-ml"))
    parts = [
        "# Fidelity: native methods and their originals",
        f"`{command}`",
        f"{datetime.now(UTC).date()}; one thread, Python {platform.python_version()}, {versions}.",
        f"The same classifier (mlp) and the same {people} people per data set, seed {seed}."
        " In each cell: native / original. Cost is L1 in"
        " the encoded space over people with recourse; *cost where both accepted* is the ratio of the two"
        " means over the people for whom h accepts both; LOF is the share of inliers (scikit-learn"
        " LocalOutlierFactor, k=5, novelty; none found counts as 0); out of domain counts values outside"
        " the bounds or off their whole steps. Seconds are wall-clock, on a machine that may have been"
        " doing other work.",
    ]
    for setting, title in _TITLES.items():
        rows = frame[frame["setting"] == setting]
        done = rows[rows["skipped"] == ""]
        parts += [title, _ABOUT[setting]]
        if len(done):
            rule = "|" + "---|" * (_HEAD.count("|") - 1)
            parts.append("\n".join([_HEAD, rule, *(_line(row) for row in done.to_dict("records"))]))
        missing = rows[rows["skipped"] != ""]
        if len(missing):
            listed = missing[["dataset", "native", "original", "skipped"]].to_dict("records")
            parts.append(
                "Not compared:\n\n"
                + "\n".join(
                    f"* {row['dataset']}, {row['native']} / {row['original']}: {row['skipped']}"
                    for row in listed
                )
            )
    purposes = frame[["native", "original", "on_purpose"]].drop_duplicates().to_dict("records")
    parts += [
        "## Different on purpose",
        "\n".join(f"* `{row['native']}` / `{row['original']}`: {row['on_purpose']}." for row in purposes),
    ]
    return "\n\n".join(parts) + "\n"


def _line(row: Mapping[Any, Any]) -> str:
    def both(name: str, form: str) -> str:
        return " / ".join(_shown(row[f"{side}_{name}"], form) for side in ("native", "original"))

    cells = [
        str(row["dataset"]),
        f"`{row['native']}` / `{row['original']}`",
        f"{int(float(str(row['people'])))}",
        both("found", ".2f"),
        both("accepted", ".2f"),
        both("cost", ".3f"),
        _shown(row["cost_ratio"], ".2f"),
        both("lof", ".2f"),
        both("immutables_violated", ".2f"),
        both("out_of_domain", ".2f"),
        both("fit_seconds", ".1f"),
        both("generate_seconds", ".1f"),
    ]
    nobody = not float(str(row["people"]))
    cells.append("–" if nobody else "yes" if row["holds"] else f"no: {row['on_purpose']}")
    return "| " + " | ".join(cells) + " |"


def _shown(value: object, form: str) -> str:
    number = float(str(value))
    return "–" if math.isnan(number) else format(number, form)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
