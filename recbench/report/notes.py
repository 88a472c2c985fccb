"""Notes: what belongs above and below a table. What the means estimate, what is missing, what differs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from recbench.report.rows import Place, Row, place_title, seed_words
from recbench.report.values import Spread, card
from recbench.statistics import ENOUGH_SEEDS
from recbench.store.record import OLDEST_KEYS, CellRecord, Status

_FEW_PEOPLE = 30
"""People below which shares say little."""


def about(rows: Sequence[Row], places: Iterable[Place] = ()) -> str:
    """Return one line on a place: its people, its classifier, and what is the same for all its methods.

    Args:
        rows: of one place.
        places: those it is told from.
    """
    records = [record for row in rows for record in row.records]
    title = place_title(rows[0].place, places)
    if not records:
        return f"{title}: no finished cell."
    people = _span({record.people for record in records})
    out_of = {record.turned_down for record in records if record.turned_down}
    of = f"{people} of {_span(out_of)}" if out_of else people
    seeds = seed_words(sorted({record.cell.seed for record in records}))
    said = f"{title}: {of} people turned down by {rows[0].classifier}, {seeds}."
    right = {round(record.accuracy, 3) for record in records if record.accuracy is not None}
    if right:
        said += f" It gets {_span(right)} of the test labels right"
        means = [row.mean("accepted") for row in rows if row.competes]
        accepted = {round(mean, 3) for mean in means if mean is not None}
        said += f" and accepts {_span(accepted)} of the recourse." if accepted else "."
    return said


def _span(numbers: set[int] | set[float]) -> str:
    """Return numbers as one or as a range; shares have three decimals."""
    first, last = (f"{n:.3f}" if isinstance(n, float) else f"{n:,}" for n in (min(numbers), max(numbers)))
    return first if first == last else f"{first} to {last}"


def repeated_people(rows: Sequence[Row]) -> dict[Place, list[list[int]]]:
    """Return, for each place, the groups of seeds that have exactly the same people.

    Such seeds are not repetitions over people: an interval over them leaves out that other people
    would have been turned down.
    """
    found: dict[Place, dict[str, set[int]]] = {}
    for row in rows:
        for record in row.records:
            if record.people_hash:
                place = found.setdefault(row.place, {})
                place.setdefault(record.people_hash, set()).add(record.cell.seed)
    repeats = {
        place: sorted(sorted(seeds) for seeds in hashes.values() if len(seeds) > 1)
        for place, hashes in found.items()
    }
    return {place: groups for place, groups in repeats.items() if groups}


def estimand(rows: Sequence[Row], spread: Spread = "std") -> str:
    """Return what the means of these rows estimate, and what stands beside them."""
    counts = {len(row.seeds) for row in rows}
    if max(counts, default=0) > 1:
        said = [
            "Means over seeds; each seed repeats the whole protocol: gold labels, classifier, people, method"
        ]
        few = any(1 < count < ENOUGH_SEEDS for count in counts)
        if spread == "ci" and max(counts) >= ENOUGH_SEEDS:
            said.append("in brackets the 95 % t interval of the seeds' means")
        if spread == "ci" and 1 in counts:
            said.append("of a single seed, that over its people")
        if spread == "std" or (spread == "ci" and few):
            said.append("± is the standard deviation of the seeds' means")
        if spread == "ci" and few:
            said.append(f"fewer than {ENOUGH_SEEDS} seeds have no interval")
    else:
        said = ["Means over the people whom the classifier of one seed turns down"]
        if spread == "ci":
            said.append("in brackets the 95 % interval over these people (Wilson for shares, else bootstrap)")
    return "; ".join(said) + "."


def definitions(rows: Sequence[Row], metrics: Sequence[str]) -> list[str]:
    """Return one line per metric: its title, the better side, and its definition."""
    k = ", ".join(map(str, sorted({row.neighbours for row in rows}))) or "5"
    lines = []
    for metric in metrics:
        of = card(metric)
        side = f" ({of.better} is better)" if of.better else ""
        lines.append(f"{of.title}{side}: {of.summary.replace('k=5', f'k={k}')}.")
    return lines


def notes(rows: Sequence[Row], metrics: Sequence[str], spread: Spread = "std") -> list[str]:
    """Return the lines that belong under a table: definitions, missing cells, repeats, mixed versions."""
    if not rows:
        return []
    golds = ", ".join(sorted({row.gold for row in rows}))
    lines = [
        estimand(rows, spread),
        "Cost is over people with a recourse (see Found); without one, validity, LOF and Score count as 0."
        f" The judge is the gold labeller of kind {golds}."
        " LOF is scikit-learn's LocalOutlierFactor (novelty) with"
        f" k={', '.join(map(str, sorted({row.neighbours for row in rows})))}, fitted on the rows that it"
        " calls positive. Score = Val + LOF - Cost/d.",
    ]
    floors = sorted({row.method for row in rows if row.is_floor})
    if floors:
        lines.append(f"Nobody is changed by {', '.join(floors)}: a floor, which is not ranked.")
    oracles = sorted({row.method for row in rows if row.sees_judge})
    if oracles:
        lines.append(
            f"{', '.join(oracles)}: the cheapest known row that the judge calls valid and an inlier. It shows"
            " what is left to win, and is not ranked."
        )
    problems: dict[str, list[str]] = {}
    for row in rows:
        for seeds, reason in row.grouped_problems:
            problems.setdefault(reason, []).append(f"{row.title}, {seeds}")
    lines += [f"{'; '.join(cells)}: {reason}" for reason, cells in problems.items()]
    for row in rows:
        older = sorted({record.cell.made_by for record in row.records if record.format < OLDEST_KEYS})
        if older:
            lines.append(f"{row.title}: stale: made by {', '.join(older)}; no run uses such cells.")
        if len(row.codes) > 1:
            said = "; ".join(f"{seeds} by {code}" for seeds, code in row.codes)
            lines.append(f"{row.title}: a mean over different versions of the code: {said}.")
        for record in row.records:
            lines += [
                f"{row.title}, seed {record.cell.seed}: {metric} was not computed: {record.unscored[metric]}"
                for metric in metrics
                if metric in record.unscored
            ]
    for place, groups in repeated_people(rows).items():
        for group in groups:
            said = " and ".join(map(str, group))
            lines.append(
                f"{' / '.join(word for word in place if word)}: seeds {said} have the same people;"
                " they are not repetitions over people."
            )
    if len(set().union(*(row.versions for row in rows))) > 1:
        lines.append("Cells of this table were computed with different library versions or machines.")
    return lines


def warnings_of(records: Iterable[CellRecord]) -> list[str]:
    """Return what makes numbers weaker than they look: too few people turned down."""
    few: dict[str, None] = {}
    for record in records:
        if record.status == Status.DONE and record.turned_down < _FEW_PEOPLE:
            cell = record.cell
            few[
                f"{cell.dataset} / {cell.classifier} / seed {cell.seed}: the classifier turns down only"
                f" {record.turned_down} test people; shares over so few say little."
            ] = None
    return list(few)
