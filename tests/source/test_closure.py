"""What can be reached, and what one hash of it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from recbench.errors import RecbenchError
from recbench.source import Code, Source

FILES = {
    "__init__.py": """
_HOMES = {"Door": "house.door"}


def __getattr__(name):
    return name
""",
    "hall.py": """
from house import Door
from house.kitchen import oven

OPEN = Door, oven.HEAT
""",
    "door.py": """
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from house.cellar import wine


class Door:
    width = 2
""",
    "kitchen/__init__.py": "",
    "kitchen/oven.py": """
def HEAT():
    from house.pantry import bread
    return bread()
""",
    "pantry.py": """
def bread():
    return 1


def cake():
    return 2
""",
    "cellar.py": "wine = 3\n",
    "attic.py": "import numpy\nBOX = numpy.zeros\n",
}


class House:
    """A package on disk that can be rebuilt."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, text in FILES.items():
            self.write(name, text)

    def write(self, name: str, text: str) -> None:
        path = self.folder / "house" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def change(self, name: str, before: str, after: str) -> None:
        text = (self.folder / "house" / name).read_text()
        assert before in text
        self.write(name, text.replace(before, after))

    def code(self, *roots: str) -> Code:
        return Source({"house": [self.folder / "house"]}).code(roots or ("house.hall",))


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_everything_that_runs_is_reached_and_nothing_else(house: House) -> None:
    assert set(house.code().modules) == {"house.hall", "house.door", "house.kitchen.oven", "house.pantry"}


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [("hall.py", "oven.HEAT", "oven"), ("door.py", "2", "3"), ("pantry.py", "1", "7")],
)
def test_a_change_within_reach_changes_the_version(house: House, name: str, before: str, after: str) -> None:
    then = house.code()
    house.change(name, before, after)
    now = house.code()
    assert now.version != then.version
    changed = [module for module in then.modules if then.modules[module] != now.modules[module]]
    assert changed == [f"house.{name[:-3]}"]


@pytest.mark.parametrize("name", ["cellar.py", "attic.py"])
def test_a_change_out_of_reach_does_not(house: House, name: str) -> None:
    then = house.code()
    house.write(name, "OTHER = 1\n")
    assert house.code() == then


def test_modules_may_be_moved_and_renamed(house: House) -> None:
    then = house.code()
    (house.folder / "house" / "pantry.py").rename(house.folder / "house" / "kitchen" / "larder.py")
    (house.folder / "house" / "door.py").rename(house.folder / "house" / "entrance.py")
    house.change("kitchen/oven.py", "house.pantry", "house.kitchen.larder")
    house.change("__init__.py", "house.door", "house.entrance")
    now = house.code()
    assert now.version == then.version
    assert set(now.modules) != set(then.modules)


def test_a_module_may_become_a_package_with_a_face(house: House) -> None:
    then = house.code()
    (house.folder / "house" / "pantry.py").unlink()
    house.write("pantry/shelf.py", FILES["pantry.py"])
    house.write("pantry/__init__.py", 'from house.pantry.shelf import bread, cake\n\n__all__ = ["bread"]\n')
    assert house.code().version == then.version


def test_another_function_under_the_same_name_is_another_version(house: House) -> None:
    then = house.code()
    house.change("kitchen/oven.py", "import bread", "import cake as bread")
    assert house.code().version != then.version
    house.write("hall.py", FILES["hall.py"].replace("oven.HEAT", "oven.HEAT, round"))
    house.change("hall.py", "from house import", "from math import floor as round\nfrom house import")
    floor = house.code().version
    house.change("hall.py", "math import floor", "math import ceil")
    assert house.code().version != floor


def test_names_of_a_lazy_face_are_followed_from_an_attribute_too(house: House) -> None:
    house.write("guest.py", "import house\n\nCAME_BY = house.Door\n")
    assert set(house.code("house.guest").modules) == {"house.guest", "house.door"}


def test_a_module_that_does_not_exist_is_an_error(house: House) -> None:
    with pytest.raises(RecbenchError, match=r"no module 'house\.hal'"):
        house.code("house.hal")
    house.change("kitchen/oven.py", "house.pantry", "house.pantri")
    with pytest.raises(RecbenchError, match=r"no module 'house\.pantri'"):
        house.code()


def test_a_root_outside_every_package_is_an_error(house: House) -> None:
    with pytest.raises(RecbenchError, match="no module 'shed'"):
        house.code("shed")


def test_what_is_no_python_is_an_error(house: House) -> None:
    house.write("pantry.py", "def bread(:\n")
    with pytest.raises(RecbenchError, match=r"module 'house\.pantry' cannot be read"):
        house.code()


def test_without_source_the_installed_version_counts(house: House) -> None:
    (house.folder / "house" / "pantry.py").unlink()
    (house.folder / "house" / "pantry.cpython-311-x86_64-linux-gnu.so").write_bytes(b"\x7fELF")
    assert "house.pantry" in house.code().modules


def test_circles_end(house: House) -> None:
    house.write(
        "pantry.py",
        "from house import hall\nfrom house.hall import OPEN\n\ndef bread():\n    return hall, OPEN\n",
    )
    assert set(house.code().modules) >= {"house.hall", "house.pantry"}
