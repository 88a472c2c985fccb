"""Page: everything about a sweep in one HTML file that needs no network."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from recbench import __version__
from recbench.errors import UsageError
from recbench.escape import visible
from recbench.report import layout, tables
from recbench.report.comparison import compare_with, sheet
from recbench.report.figures.base import Material, Picture
from recbench.report.figures.save import pictures
from recbench.report.figures.style import PAPER
from recbench.report.findings import findings, outcome
from recbench.report.reproduce import recipes, report_command
from recbench.report.rows import Row
from recbench.report.selection import Selection
from recbench.report.settings import dates, facts, parameters

_SIDE_BY_SIDE = 3
"""Data sets whose columns stand side by side in the main table; more would not fit the page."""


def page(
    selection: Selection,
    reference: str | None = None,
    said: Callable[[str], None] = print,
    written: date | None = None,
) -> str:
    """Return the page of a selection.

    Args:
        selection: the cells.
        reference: the row or method that the others are tested against; None is the best by mean Score.
        said: is told which figure is being drawn.
        written: the day that the page names; None is today.

    Raises:
        UsageError: the reference is not among the rows. Nothing has been drawn then.
    """
    material = Material(selection)
    rows = selection.rows
    tests = _tests(rows, reference, material)
    found = findings(rows, material.cell_people)
    drawn, skipped = _figures(material, said)
    script = files("recbench.report").joinpath("templates/sort.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    environment = Environment(
        loader=PackageLoader("recbench.report"),
        autoescape=select_autoescape(["html", "j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        finalize=_seen,
    )
    return environment.get_template("page.html.j2").render(
        title=_title(rows),
        origin=_origin(selection),
        version=__version__,
        written=(written or datetime.now(UTC).date()).isoformat(),
        days=dates(selection),
        outcome=outcome(rows),
        findings=found,
        **_results(rows),
        **tests,
        pictures=drawn,
        skipped=skipped,
        problems=[(f"{row.title} / {seeds}", why) for row in rows for seeds, why in row.grouped_problems],
        facts=facts(selection),
        parameters=parameters(rows),
        recipes=recipes(selection),
        report_command=report_command(),
        keys=sorted(record.key for row in rows for record in row.records),
        script=script,
        script_hash=digest,
    )


def _seen(value: object) -> object:
    """Return what is put into the page, with what cannot be seen written out; HTML itself is left alone."""
    return visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _title(rows: list[Row]) -> str:
    """Return what the page is about: methods and data sets, by name where they are few."""
    methods = list(dict.fromkeys(row.label for row in rows if row.competes and row.records))
    data = list(dict.fromkeys(row.dataset for row in rows))
    return f"{_named(methods, 'methods') or 'Nobody changed'} on {_named(data, 'data sets')}"


def _origin(selection: Selection) -> str:
    """Return where the cells are from: a suite and what it is for, or a folder and the suites in it."""
    suites = {sweep.suite: str(sweep.asked.get("description", "")) for sweep in selection.sweeps}
    if selection.title in suites:
        return ": ".join(word for word in (f"Suite {selection.title}", suites[selection.title]) if word)
    named = ", ".join(sorted(suites))
    return f"Results folder {selection.title}" + (f", suites {named}" if named else "")


def _named(names: list[str], many: str) -> str:
    if len(names) > 3:
        return f"{len(names)} {many}"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _results(rows: list[Row]) -> dict[str, Any]:
    """Return the tables: an overview if there are several places, and each place by itself."""
    places = {row.place for row in rows}
    overview = tables.html(layout.wide(rows)) if 1 < len(places) <= _SIDE_BY_SIDE else ""
    by_place = "".join(map(tables.html, layout.sections(rows, layout.SCREEN_COLUMNS)))
    everything = "".join(map(tables.html, layout.sections(rows, layout.COLUMNS, "ci")))
    return {"overview": overview, "by_place": by_place, "everything": everything}


def _figures(
    material: Material, said: Callable[[str], None]
) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
    """Return each picture with what the page says of it, and the figures that cannot be drawn, with why."""
    skipped: list[tuple[str, str]] = []
    drawn: list[dict[str, Any]] = []
    for picture in pictures(material, (), PAPER, lambda name, reason: skipped.append((name, reason))):
        said(picture.name)
        drawn.append(
            {
                "name": picture.name,
                "caption": picture.caption,
                "alt": f"{picture.caption.split('. ')[0].rstrip('.')}.",
                "source": _inline(picture),
                "wide": picture.figure.get_figwidth() > PAPER.one_column,
            }
        )
    # Narrow ones come last, so that they stand side by side.
    return sorted(drawn, key=lambda one: not one["wide"]), skipped


def _inline(picture: Picture) -> str:
    """Return a picture as a data address; as an image, ids inside two of them cannot clash."""
    out = io.BytesIO()
    with PAPER():
        picture.figure.savefig(out, format="svg", metadata={"Date": None})
    return "data:image/svg+xml;base64," + base64.b64encode(out.getvalue()).decode("ascii")


def _tests(rows: list[Row], reference: str | None, material: Material) -> dict[str, Any]:
    rows = [row for row in rows if row.records]
    wanted = reference or _best(rows)
    nothing = {"tests": "", "count": 0, "reference": "", "untested": "There is nothing to compare."}
    if wanted is None:
        return nothing
    try:
        tests = compare_with(rows, wanted, material.cell_people)
    except UsageError as error:
        if reference:
            raise
        return {**nothing, "untested": str(error)}
    table = tables.html(sheet(tests)) if tests else ""
    return {**nothing, "tests": table, "count": len(tests), "reference": wanted}


def _best(rows: list[Row]) -> str | None:
    """Return the method with the best mean Score among those that most data sets have."""
    scores: dict[str, list[float]] = {}
    for row in rows:
        mean = row.mean("score")
        if mean is not None and row.competes:
            scores.setdefault(row.label, []).append(mean)
    return max(scores, key=lambda name: (len(scores[name]), sum(scores[name])), default=None)
