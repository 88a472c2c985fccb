"""What docs/plugins.md promises to plug-ins can be imported from where it says."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

import recbench
from recbench.plugins import CONTRACT, MethodCard

PAGE = (Path(__file__).parent.parent.parent / "docs" / "plugins.md").read_text()
CARDS = ("MethodCard", "ClassifierCard", "MetricCard", "DatasetCard", "Traits")
ROOMS = {
    "recbench.plugins": (*CARDS, "Params", "searched"),
    "recbench.method": ("RecourseMethod", "Recourse", "Reason", "Params"),
    "recbench.classifiers": ("Classifier", "ClassifierRecipe"),
    "recbench.metrics": ("Metric", "MetricContext"),
    "recbench.task": ("RecourseTask", "Feasible"),
    "recbench.rng": ("Rng", "PeopleRng"),
}


def promised() -> list[str]:
    (names,) = re.findall(r"\*\*Names\.\*\*(.*?)The packages", PAGE, re.DOTALL)
    table = re.findall(r"^\| .*Card` \| .*$", PAGE, re.MULTILINE)
    return sorted({*re.findall(r"`(\w+)`", names), *re.findall(r"`(\w+)`", "".join(table))} - {"recbench"})


@pytest.mark.parametrize("name", promised())
def test_every_promised_name_is_imported_from_recbench(name: str) -> None:
    assert getattr(recbench, name) is not None
    assert name in recbench.__all__


def test_the_page_names_all_bases() -> None:
    assert {"RecourseMethod", "ClassifierRecipe", "Metric", "MetricContext", "Params"} <= set(promised())


@pytest.mark.parametrize(("room", "name"), [(room, name) for room, names in ROOMS.items() for name in names])
def test_packages_have_the_same_names(room: str, name: str) -> None:
    assert room in PAGE
    assert getattr(import_module(room), name) is getattr(recbench, name)


def test_the_page_says_which_contract_this_is() -> None:
    assert f"`recbench.plugins.CONTRACT` is its version: {CONTRACT}." in PAGE
    # Who says nothing was there before there were versions.
    assert MethodCard("a", "b", "c:d").contract == 1
