"""Findings: what the cells say, in sentences. Who is best where, and how far that can be trusted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from recbench.report.comparison import PairedTest, compare_with, p_text
from recbench.report.rows import Place, Row, place_title
from recbench.statistics import ENOUGH_SEEDS

_LEVEL = 0.05


@dataclass(frozen=True)
class Finding:
    """What was found in one place, sentence by sentence."""

    place: Place
    title: str
    sentences: list[str]


def findings(rows: Sequence[Row], people_of: Callable[[str], pd.DataFrame]) -> list[Finding]:
    """Return what was found in each place, by Score.

    Args:
        rows: the methods over their seeds.
        people_of: reads a cell's people, for the test of the best against the others.
    """
    places = list(dict.fromkeys(row.place for row in rows))
    found = []
    for place in places:
        here = [row for row in rows if row.place == place]
        found.append(Finding(place, place_title(place, places), _sentences(here, people_of)))
    return found


def outcome(rows: Sequence[Row]) -> list[str]:
    """Return how many cells finished, and why the others did not, in sentences."""
    done = sum(len(row.records) for row in rows)
    asked = done + sum(len(row.problems) for row in rows)
    if done == asked:
        return [f"All {asked} cells finished." if asked > 1 else "The one cell finished."]
    reasons: dict[str, dict[str, int]] = {}
    for row in rows:
        for reason in row.problems.values():
            of = reasons.setdefault(reason, {})
            of[row.label] = of.get(row.label, 0) + 1
    said = [f"{done} of {asked} cells finished."]
    for reason, methods in sorted(reasons.items(), key=lambda one: -sum(one[1].values())):
        count = sum(methods.values())
        said.append(f"{count} did not ({', '.join(methods)}): {reason}.")
    return said


def _sentences(rows: Sequence[Row], people_of: Callable[[str], pd.DataFrame]) -> list[str]:
    ranked = sorted(
        (row for row in rows if row.competes and row.mean("score") is not None),
        key=lambda row: (-_score(row), row.label),
    )
    if not ranked:
        return ["No method that changes somebody has a Score."]
    best = ranked[0]
    if len(ranked) == 1:
        said = [f"{best.label} is the only method with a Score: {_score(best):.3f}."]
    else:
        second = ranked[1]
        said = [
            f"{best.label} has the best Score, {_score(best):.3f}, by {_score(best) - _score(second):.3f}"
            f" before {second.label}."
        ]
        tests = compare_with([row for row in rows if row.records], best.label, people_of, ("score",))
        test = next(test for test in tests if test.method == second.label)
        said += [_over_people(test), _over_seeds(best, second, test)]
    return [*said, *_against_floor(rows, ranked), *_left_to_win(rows, best)]


def _score(row: Row) -> float:
    return row.mean("score") or 0.0


def _over_people(test: PairedTest) -> str:
    """Return whether the same people tell the best from the second; the test's sides are second - best."""
    if test.p_holm is None or test.difference is None or test.over_people is None:
        return f"They cannot be compared person by person: {test.note or 'too few people'}."
    low, high = -test.over_people[1], -test.over_people[0]
    facts = (
        f"Wilcoxon, Holm p {p_text(test.p_holm)}; mean difference {-test.difference:+.3f},"
        f" 95 % over people {low:+.3f} to {high:+.3f}"
    )
    if test.p_holm >= _LEVEL:
        verdict = "cannot be told apart"
    elif low > 0:
        verdict = "can be told apart"
    else:
        verdict = "differ, but not clearly in favour of the better mean"
    return f"On these {test.people} people the two {verdict} ({facts})."


def _over_seeds(best: Row, second: Row, test: PairedTest) -> str:
    """Return what other repetitions of the protocol would say."""
    ahead = [
        (one.mean("score") or 0.0) > (other.mean("score") or 0.0)
        for one in best.records
        for other in second.records
        if one.cell.seed == other.cell.seed
    ]
    if len(ahead) < 2:
        return "One seed: another classifier, or other people, may turn the order around."
    if len(set(ahead)) == 1:
        counted = f"{best.label} is ahead in {'all' if ahead[0] else 'none'} of the {len(ahead)} seeds"
    else:
        counted = f"{best.label} is ahead in {sum(ahead)} of {len(ahead)} seeds"
    if test.over_seeds is None:
        return f"{counted}; fewer than {ENOUGH_SEEDS} seeds say little of other classifiers."
    low, high = -test.over_seeds[1], -test.over_seeds[0]
    told = "can be told apart" if low > 0 else "cannot be told apart"
    return f"{counted}; over repetitions of the protocol they {told} (95 % {low:+.3f} to {high:+.3f})."


def _against_floor(rows: Sequence[Row], ranked: Sequence[Row]) -> list[str]:
    floor = max((_score(row) for row in rows if row.is_floor), default=None)
    if floor is None:
        return []
    below = [row.label for row in ranked if _score(row) < floor]
    if not below:
        return [f"Every method is above the floor, {floor:.3f}, which changing nobody reaches."]
    return [f"Below the floor, {floor:.3f}, which changing nobody reaches: {', '.join(below)}."]


def _left_to_win(rows: Sequence[Row], best: Row) -> list[str]:
    reached = max((_score(row) for row in rows if row.sees_judge), default=None)
    if reached is None:
        return []
    return [f"Who sees the judge reaches {reached:.3f}: {max(0.0, reached - _score(best)):.3f} more."]
