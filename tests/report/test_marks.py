"""Marks: colours and markers follow from the set of methods, and from no name."""

from __future__ import annotations

from collections.abc import Sequence

from recbench.method.oracle import ORACLE
from recbench.report.figures.style import appearance, marks_of
from recbench.report.rows import Row
from recbench.statistics import Summary


def named(names: Sequence[str], **changes: object) -> list[Row]:
    return [Row("d", "c", name, name, **changes) for name in names]  # type: ignore[arg-type]


def test_methods_look_different_and_none_is_known_by_name() -> None:
    names = [f"method-{at:02}" for at in range(88)]
    marks = marks_of(named(names))
    assert len({marks[name][name] for name in names}) == 88
    assert marks == marks_of(named(names[::-1])), "the order of rows changes nothing"
    first, second = (marks[name][name] for name in names[:2])
    assert first[0] != second[0] and first[1] != second[1]
    renamed = marks_of(named([f"x{name}" for name in names]))
    assert (
        list(renamed.values()) != []
        and renamed["xmethod-07"]["xmethod-07"] == marks["method-07"]["method-07"]
    )


def test_rows_of_one_method_share_its_marker_and_differ_in_shade() -> None:
    variants = [Row("d", "c", "genre", f"genre (lambda={value})") for value in (2, 10, 1)]
    marks = marks_of(variants)["genre"]
    assert {marker for _, marker in marks.values()} == {appearance(0)[1]}
    assert len({colour for colour, _ in marks.values()}) == 3
    assert marks["genre (lambda=1)"][0] == appearance(0)[0]


def test_what_competes_with_nobody_is_grey_and_takes_no_mark_from_others() -> None:
    still = {"values": {"changed": Summary(mean=0.0)}}
    rows = [*named(["a-floor"], **still), *named([ORACLE.name]), *named(["genre"])]
    marks = {label: mark for family in marks_of(rows).values() for label, mark in family.items()}
    assert marks["genre"] == appearance(0)
    assert marks["a-floor"][0] == marks[ORACLE.name][0] == "#808080"
    assert marks["a-floor"] != marks[ORACLE.name]
    # A method that changes nobody on one data set keeps its mark.
    elsewhere = [Row("e", "c", "genre", "genre", **still)]  # type: ignore[arg-type]
    assert marks_of([*rows, *elsewhere])["genre"]["genre"] == appearance(0)
    assert marks_of([*elsewhere, *rows])["genre"]["genre"] == appearance(0)
