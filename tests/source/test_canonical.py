"""What counts as a change of a module, and what does not."""

from __future__ import annotations

import pytest

from recbench.source.canonical import Import, parse

MODULE = '''"""What it is."""
from __future__ import annotations

import math
from typing import TYPE_CHECKING

from room.tools import sharpen, LIMIT as MOST

if TYPE_CHECKING:
    from room.heavy import Heavy

__all__ = ["Knife"]
__version__ = "1.0"

DEPTH = 3


class Knife:
    """It cuts."""

    edge: float = 0.5
    """How sharp."""

    def cut(self, bread: Heavy) -> list[float]:
        """Cut."""
        return [math.sin(sharpen(self.edge)) + MOST for _ in range(DEPTH)]
'''


def digest(text: str) -> str:
    return parse(text.encode(), "room.knife", False, lambda name: name.startswith("room")).digest


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("DEPTH = 3", "DEPTH = 3  # not 4"),
        ("DEPTH = 3", "\n\n# see below\nDEPTH = (\n    3\n)"),
        ('"""What it is."""', '"""What it is, said otherwise."""'),
        ('"""It cuts."""', ""),
        ('"""How sharp."""', '"""How sharp it is."""'),
        ('        """Cut."""\n', "        # no docstring\n"),
        ('__version__ = "1.0"', '__version__ = "2.0"'),
        ('__all__ = ["Knife"]', '__all__ = ["Knife", "DEPTH"]'),
        ("from room.heavy import Heavy", "from house.room.heavy import Heavy"),
        ("from room.tools import sharpen,", "from room.kit import sharpen\nfrom room.kit import"),
        ("import math", "import math\nimport os"),
        ("0.5", "5e-1"),
        ("    for _ in range(DEPTH)]", "    for _ in range(DEPTH)\n        ]"),
    ],
)  # fmt: skip
def test_what_nobody_runs_changes_nothing(before: str, after: str) -> None:
    assert before.strip() in MODULE
    changed = MODULE.replace(before.strip(), after.strip())
    assert digest(changed) == digest(MODULE)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("DEPTH = 3", "DEPTH = 4"),
        ("DEPTH = 3", "DEPTH = 3.0"),
        ("DEPTH = 3", "DEPTH = '3'"),
        ("DEPTH = 3", "DEPTH = True"),
        ("math.sin", "math.cos"),
        ("sharpen(self.edge)", "self.edge"),
        ("LIMIT as MOST", "LEAST as MOST"),
        ("edge: float", "edge: int"),
        ("range(DEPTH)", "range(DEPTH) if _"),
        ("self.edge)) + MOST", "self.edge)) - MOST"),
    ],
)
def test_what_runs_changes_the_hash(before: str, after: str) -> None:
    assert before in MODULE
    assert digest(MODULE.replace(before, after)) != digest(MODULE)


def test_the_hash_is_the_same_for_every_python() -> None:
    """Written down with 3.11; newer Pythons have more fields in their syntax trees."""
    text = "def f(a, *, b: int = 1):\n    return f'{a!r:>{b}}' if b else [x async for x in a]\n"
    assert digest(f"async def g():\n    {text.replace(chr(10), chr(10) + '    ')}\n") == "74a4511ec4bc"


def test_a_card_does_not_say_where_its_implementation_is() -> None:
    card = 'card = Card(name="x", implementation="room.knife:Knife")\n'
    assert digest(card) == digest(card.replace("room.knife", "room.kitchen.knife"))
    assert digest(card) != digest(card.replace(":Knife", ":Fork"))
    assert digest(card) != digest(card.replace("room.knife", "elsewhere.knife"))


def test_imports_are_found_wherever_they_stand() -> None:
    text = (
        "import a.b\nfrom . import c\nfrom .d import e as f\n"
        "def g():\n    from h import i\n    return import_module('j.k'), f, i\n"
        "if TYPE_CHECKING:\n    import l\nelse:\n    import m\n"
    )
    found = parse(text.encode(), "room.knife", False, lambda name: False).imports
    assert found == {
        Import("a.b"),
        Import("room", "c"),
        Import("room.d", "e"),
        Import("h", "i"),
        Import("j.k"),
        Import("m"),
    }
