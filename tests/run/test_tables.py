"""Data sets of a plan: what is noted stands for the tables until a cell needs them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from recbench.data.catalogue.loading import load
from recbench.data.dataset import Dataset
from recbench.data.described import Described
from recbench.plugins import registry
from recbench.run import tables
from recbench.run.plan import plan
from recbench.run.tables import Tables, origin
from recbench.source import code_of
from recbench.suite import Suite


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the data sets that are loaded, in order."""
    names: list[str] = []

    def told(name: str) -> Dataset:
        names.append(name)
        return load(name)

    monkeypatch.setattr(tables, "load", told)
    return names


@pytest.fixture
def noted(tmp_path: Path, loads: list[str]) -> Path:
    """A results folder with a note of ``loan``."""
    Tables(["loan"], {}, tmp_path).note(tmp_path)
    loads.clear()
    return tmp_path


def test_a_plan_from_notes_is_the_plan_from_tables(noted: Path, loads: list[str]) -> None:
    suite = Suite.model_validate({"methods": ["nnr"], "judge": {"gold": {"kind": "known"}}})
    known = Tables(["loan"], {}, noted)
    assert not loads
    assert isinstance(known.described["loan"], Described)
    cells = plan(suite, known.described)
    assert [cell.key for cell in cells] == [cell.key for cell in plan(suite, {"loan": load("loan")})]
    assert list(known) == [load("loan").content_hash]
    assert not loads
    assert known[cells[0].data_hash].content_hash == cells[0].data_hash
    assert known[cells[0].data_hash].name == "loan"
    assert loads == ["loan"]
    with pytest.raises(KeyError):
        known["0" * 64]


@pytest.mark.parametrize("what", ["code", "library"])
def test_a_note_of_other_code_or_libraries_counts_for_nothing(
    noted: Path, loads: list[str], monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    before = origin("loan")
    if what == "code":
        monkeypatch.setattr(tables, "code_of", lambda *modules: code_of("recbench.hashing"))
    else:
        monkeypatch.setattr(tables, "version", lambda library: "99.0")
    assert origin("loan") != before
    assert isinstance(Tables(["loan"], {}, noted).described["loan"], Dataset)
    assert loads == ["loan"]


def test_a_table_that_is_handed_in_stands_before_the_catalogues(noted: Path, loads: list[str]) -> None:
    own = replace(load("loan"), test=load("loan").test.head(50))
    known = Tables(["loan"], {"loan": own}, noted)
    assert known[own.content_hash] is own
    known.note(noted)
    # It is noted as what it is, and not as the catalogue's.
    assert load("loan").content_hash != own.content_hash
    assert isinstance(Tables(["loan"], {}, noted).described["loan"], Described)
    assert list(Tables(["loan"], {}, noted)) == [load("loan").content_hash]
    assert not loads


def test_what_turns_out_to_be_other_than_noted_is_said(noted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = replace(load("loan"), test=load("loan").test.head(50))
    monkeypatch.setattr(tables, "load", lambda name: other)
    known = Tables(["loan"], {}, noted)
    assert known.load(["loan"])
    assert list(known) == [other.content_hash]
    assert not known.load(["loan"])


def test_where_a_plug_ins_tables_come_from_is_its_own_affair(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry.datasets, "modules", lambda name: ["recbench_more.cards"])
    assert origin("loan") == ""
