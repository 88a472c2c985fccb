"""Plug-ins come from installed distributions; faulty ones are listed with the reason and harm nobody."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from recbench.errors import RecbenchError, UsageError
from recbench.plugins import registry
from recbench.plugins.cards import Card, MethodCard

CARDS = """
from recbench.plugins.cards import MethodCard

good = MethodCard(name="good", summary="works", implementation="third_party.good:Good")
lacking = MethodCard(
    name="lacking",
    summary="needs a library",
    implementation="third_party.good:Good",
    requires=("no_such_library_at_all",),
    install="pip install no-such-library-at-all",
)
submodule = MethodCard(
    name="submodule",
    summary="needs a part of a library",
    implementation="third_party.good:Good",
    requires=("no_such_library_at_all.part",),
)
rotten = MethodCard(name="rotten", summary="its code is broken", implementation="third_party.rotten:Rotten")
absent = MethodCard(name="absent", summary="its class is gone", implementation="third_party.good:Gone")
words = "not a card"
"""
ENTRY_POINTS = """
[recbench.methods]
good = third_party:good
lacking = third_party:lacking
submodule = third_party:submodule
rotten = third_party:rotten
absent = third_party:absent
words = third_party:words
unimportable = third_party.explodes:card
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Install a distribution with good and faulty plug-ins for the time of a test."""
    package = tmp_path / "third_party"
    package.mkdir()
    (package / "__init__.py").write_text(CARDS)
    (package / "good.py").write_text("class Good:\n    pass\n")
    (package / "rotten.py").write_text("raise RuntimeError('built for another version')\n")
    (package / "explodes.py").write_text("import no_such_library_at_all\n")
    info = tmp_path / "third_party-2.5.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: third-party\nVersion: 2.5\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    monkeypatch.syspath_prepend(str(tmp_path))
    registry._entry_points.cache_clear()
    yield tmp_path
    registry._entry_points.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == "third_party"]:
        del sys.modules[name]


@pytest.mark.usefixtures("site")
def test_a_third_party_method_is_listed_and_loaded() -> None:
    found = registry.listing("method", "good")
    assert isinstance(found.card, MethodCard)
    assert found.unavailable == ""
    assert found.distribution == "third-party 2.5"
    assert registry.load("method", "good").__name__ == "Good"


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("lacking", "needs no_such_library_at_all: pip install no-such-library-at-all"),
        ("words", "third_party:words is a str, not a recbench card"),
        ("unimportable", "importing third_party.explodes:card failed: ModuleNotFoundError"),
    ],
)
def test_a_faulty_plug_in_is_listed_with_the_reason(name: str, reason: str) -> None:
    found = registry.listing("method", name)
    assert reason in found.unavailable
    with pytest.raises(UsageError) as caught:
        registry.load("method", name)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("site")
def test_a_missing_part_of_a_missing_library_is_a_reason_too() -> None:
    assert "no_such_library_at_all.part" in registry.listing("method", "submodule").unavailable


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    ("name", "reason"), [("rotten", "built for another version"), ("absent", "has no attribute 'Gone'")]
)
def test_an_implementation_that_cannot_be_imported_is_an_error_of_one_line(name: str, reason: str) -> None:
    assert registry.listing("method", name).unavailable == ""
    with pytest.raises(RecbenchError, match=reason) as caught:
        registry.load("method", name)
    assert not isinstance(caught.value, UsageError)
    assert "third_party" in caught.value.hint


@pytest.mark.usefixtures("site")
def test_faulty_plug_ins_harm_no_other() -> None:
    found = {listing.name: listing for listing in registry.listings("method")}
    assert set(found) == set(registry.names("method"))
    assert {"good", "words", "unimportable", "nnr"} <= set(found)
    assert found["nnr"].unavailable == ""


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(UsageError, match="Did you mean wachter") as caught:
        registry.card("method", "wachtr")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("kind", list(registry.GROUPS))
def test_every_entry_point_of_recbench_is_a_card_of_its_name_and_kind(kind: str) -> None:
    found = [each for each in registry.listings(kind) if each.distribution.startswith("recbench ")]
    assert found
    for each in found:
        assert isinstance(each.card, Card), each.unavailable
        assert each.card.name == each.name
        assert each.card.kind == kind
        assert each.card.summary
        if not each.unavailable:
            assert registry.load(kind, each.name) is not None


def test_listing_imports_nothing_heavy(site: Path) -> None:
    script = (
        "import sys\n"
        f"sys.path.insert(0, {str(site)!r})\n"
        "from recbench import registry\n"
        "rows = [row for kind in registry.GROUPS for row in registry.listings(kind)]\n"
        "assert any(row.name == 'good' for row in rows), 'the temporary distribution is not seen'\n"
        "heavy = {'torch', 'numpy', 'pandas', 'sklearn', 'scipy', 'mlflow', 'matplotlib', 'seaborn'}\n"
        "print(len(rows), sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    count, heavy = done.stdout.strip().split(" ", 1)
    assert int(count) > 20
    assert heavy == "[]"
