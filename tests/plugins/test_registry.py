"""Plug-ins come from installed distributions; faulty ones are listed with the reason and harm nobody."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from recbench.errors import RecbenchError, UsageError
from recbench.method import method_class
from recbench.plugins import CONTRACT, MethodCard, registry
from recbench.plugins.cards import Card

CARDS = """
from recbench.plugins import MethodCard, MetricCard

good = MethodCard(name="good", summary="works", implementation="third_party.plain:Good")
lacking = MethodCard(
    name="lacking",
    summary="needs a library",
    implementation="third_party.plain:Good",
    requires=("no_such_library_at_all",),
    install="pip install no-such-library-at-all",
)
submodule = MethodCard(
    name="submodule",
    summary="needs a part of a library",
    implementation="third_party.plain:Good",
    requires=("no_such_library_at_all.part",),
)
rotten = MethodCard(name="rotten", summary="its code is broken", implementation="third_party.rotten:Rotten")
absent = MethodCard(name="absent", summary="its class is gone", implementation="third_party.plain:Gone")
words = "not a card"
metric = MetricCard(name="metric", summary="of another kind", implementation="third_party.plain:Good")
newer = MethodCard(name="newer", summary="asks more", implementation="third_party.plain:Good", contract=99)
odd = MethodCard(
    name="odd", summary="contracts are numbers", implementation="third_party.plain:Good", contract="1"
)
heedless = MethodCard(name="heedless", summary="names no parameters", implementation="third_party.own:Own")
careful = MethodCard(
    name="careful",
    summary="names its parameters",
    implementation="third_party.rotten:Rotten",
    params="third_party.own_params:OwnParams",
)
mistaken = MethodCard(
    name="mistaken",
    summary="names something else",
    implementation="third_party.plain:Good",
    params="third_party.plain:Good",
)
lost = MethodCard(
    name="lost",
    summary="names nothing",
    implementation="third_party.plain:Good",
    params="third_party.plain:Nothing",
)
"""
OWN = """
from recbench.method import RecourseMethod
from third_party.own_params import OwnParams
import third_party

class Own(RecourseMethod[OwnParams]):
    card = third_party.heedless
"""
PARAMS = """
from pydantic import Field
from recbench.plugins import Params

class OwnParams(Params):
    count: int = Field(3, ge=1, description="how many")
"""
ENTRY_POINTS = """
[recbench.methods]
good = third_party:good
lacking = third_party:lacking
submodule = third_party:submodule
rotten = third_party:rotten
absent = third_party:absent
words = third_party:words
metric = third_party:metric
newer = third_party:newer
odd = third_party:odd
heedless = third_party:heedless
careful = third_party:careful
mistaken = third_party:mistaken
lost = third_party:lost
unimportable = third_party.explodes:card
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Install a distribution with good and faulty plug-ins for the time of a test."""
    package = tmp_path / "third_party"
    package.mkdir()
    (package / "__init__.py").write_text(CARDS)
    (package / "plain.py").write_text("class Good:\n    pass\n")
    (package / "own.py").write_text(OWN)
    (package / "own_params.py").write_text(PARAMS)
    (package / "rotten.py").write_text("raise RuntimeError('built for another version')\n")
    (package / "explodes.py").write_text("import no_such_library_at_all\n")
    info = tmp_path / "third_party-2.5.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: third-party\nVersion: 2.5\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    monkeypatch.syspath_prepend(str(tmp_path))
    registry._entry_points.cache_clear()
    registry._distribution.cache_clear()
    yield tmp_path
    registry._entry_points.cache_clear()
    registry._distribution.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == "third_party"]:
        del sys.modules[name]


@pytest.mark.usefixtures("site")
def test_a_third_party_method_is_listed_and_loaded() -> None:
    found = registry.methods.listing("good")
    assert isinstance(found.card, MethodCard)
    assert found.unavailable == ""
    assert found.distribution == "third-party 2.5"
    assert getattr(registry.methods.load("good"), "__name__", "") == "Good"


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("lacking", "needs no_such_library_at_all: pip install no-such-library-at-all"),
        ("words", "third_party:words is a str, not a MethodCard of recbench"),
        ("metric", "third_party:metric is a MetricCard, not a MethodCard of recbench"),
        ("newer", f"needs contract 99 of plug-ins, this recbench has {CONTRACT}: update recbench"),
        ("odd", "needs contract '1' of plug-ins"),
        ("unimportable", "importing third_party.explodes:card failed: ModuleNotFoundError"),
    ],
)
def test_a_faulty_plug_in_is_listed_with_the_reason(name: str, reason: str) -> None:
    found = registry.methods.listing(name)
    assert reason in found.unavailable
    with pytest.raises(UsageError) as caught:
        registry.methods.load(name)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("site")
def test_a_missing_part_of_a_missing_library_is_a_reason_too() -> None:
    assert "no_such_library_at_all.part" in registry.methods.listing("submodule").unavailable


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    ("name", "reason"), [("rotten", "built for another version"), ("absent", "has no attribute 'Gone'")]
)
def test_an_implementation_that_cannot_be_imported_is_an_error_of_one_line(name: str, reason: str) -> None:
    assert registry.methods.listing(name).unavailable == ""
    with pytest.raises(RecbenchError, match=reason) as caught:
        registry.methods.load(name)
    assert not isinstance(caught.value, UsageError)
    assert "third_party" in caught.value.hint


@pytest.mark.usefixtures("site")
def test_faulty_plug_ins_harm_no_other() -> None:
    found = {listing.name: listing for listing in registry.methods.listings()}
    assert set(found) == set(registry.methods.names())
    assert {"good", "words", "unimportable", "nnr"} <= set(found)
    assert found["nnr"].unavailable == ""


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(UsageError, match="Did you mean wachter") as caught:
        registry.methods.card("wachtr")
    assert caught.value.exit_code == 2


@pytest.mark.usefixtures("site")
def test_an_implementation_of_another_kind_is_an_error_of_one_line() -> None:
    with pytest.raises(RecbenchError, match=r"third_party\.plain:Good is no subclass of RecourseMethod"):
        method_class("good")
    assert method_class("heedless").__name__ == "Own"


@pytest.mark.usefixtures("site")
def test_parameters_come_from_the_card_or_else_from_the_implementation() -> None:
    # The implementation of the careful one cannot even be imported.
    for name in ("careful", "heedless"):
        assert registry.methods.params(name).__name__ == "OwnParams"
    assert registry.methods.modules("careful") == [
        "third_party",
        "third_party.rotten",
        "third_party.own_params",
    ]
    assert registry.methods.modules("heedless") == ["third_party", "third_party.own"]


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("mistaken", "third_party.plain:Good is no subclass of recbench's Params"),
        ("good", "third_party.plain:Good.Params is no subclass of recbench's Params"),
        ("lost", "has no attribute 'Nothing'"),
    ],
)
def test_parameters_that_are_none_are_an_error_of_one_line(name: str, reason: str) -> None:
    with pytest.raises(RecbenchError, match=reason) as caught:
        registry.methods.params(name)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", registry.ALL, ids=lambda kind: kind.kind)
def test_every_entry_point_of_recbench_is_a_card_of_its_name_and_kind(kind: registry.Registry[Card]) -> None:
    found = [each for each in kind.listings() if each.distribution.startswith("recbench-recourse ")]
    assert found
    for each in found:
        assert each.card is not None, each.unavailable
        assert each.card.name == each.name
        assert each.card.kind == kind.kind
        assert each.card.summary
        if not each.unavailable:
            assert kind.load(each.name) is not None


def test_listing_imports_nothing_heavy(site: Path) -> None:
    script = (
        "import sys\n"
        f"sys.path.insert(0, {str(site)!r})\n"
        "from recbench.plugins import registry\n"
        "rows = [row for kind in registry.ALL for row in kind.listings()]\n"
        "assert any(row.name == 'good' for row in rows), 'the temporary distribution is not seen'\n"
        "heavy = {'torch', 'numpy', 'pandas', 'sklearn', 'scipy', 'mlflow', 'matplotlib', 'seaborn'}\n"
        "print(len(rows), sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    count, heavy = done.stdout.strip().split(" ", 1)
    assert int(count) > 20
    assert heavy == "[]"


def test_no_parameters_of_recbench_import_torch() -> None:
    script = (
        "import sys\n"
        "from recbench.plugins import describe, registry\n"
        "cards = [card for kind in (registry.methods, registry.classifiers) for card in kind.cards()]\n"
        "assert all(card.params for card in cards), [card.name for card in cards if not card.params]\n"
        "assert sum(len(describe(card.load_params())) for card in cards) > 100\n"
        "heavy = {'torch', 'numpy', 'pandas', 'sklearn', 'scipy', 'carla', 'dice_ml'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
