"""Who is compared with whom, and how each is started."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import recbench as rb
from benchmarks.speed.peers.environments import UninstallableError, pinned, python_of


@dataclass(frozen=True)
class Entry:
    """A contestant.

    Attributes:
        name: as its side calls it.
        side: module that serves it: ``recbench_side``, ``relax_side`` or ``nice_side``.
        environment: name of the environment it needs; empty is this one.
        most: how many people it is given at most; None is everybody.
        lacks: rules of a schema that it does not know.
    """

    name: str
    side: str = "recbench_side"
    environment: str = ""
    most: int | None = None
    lacks: str = ""

    @property
    def label(self) -> str:
        """How tables call it."""
        return f"{self.environment}: {self.name}" if self.environment else self.name

    def command(self, folder: Path) -> list[str]:
        """Return the words that start it on the problem in ``folder``.

        Raises:
            UninstallableError: its environment cannot be made, or the method is not available here.
        """
        python = str(python_of(self.environment)) if self.environment else sys.executable
        if not self.environment:
            why = {entry.name: entry.unavailable for entry in rb.methods()}.get(self.name, "not registered")
            if why:
                raise UninstallableError(why)
        return [python, "-m", f"benchmarks.speed.peers.{self.side}", self.name, str(folder)]

    @property
    def variables(self) -> dict[str, str]:
        """Environment variables: one thread for the registry's methods; other peers take what they take."""
        return {} if self.environment else {"OMP_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Group:
    """Methods of recbench's own, and the peers each of them is compared with."""

    ours: tuple[str, ...]
    peers: tuple[Entry, ...]


def _relax(name: str) -> Entry:
    return Entry(name, "relax_side", "jax-relax", lacks="directions, steps, categories")


def _nice(name: str) -> Entry:
    return Entry(name, "nice_side", "nicex", most=1000, lacks="immutables, directions")


def _carla(name: str, most: int, lacks: str = "steps, directions, most immutables, declared bounds") -> Entry:
    return Entry(name, most=most, lacks=lacks)


def _dice_ml(name: str, most: int) -> Entry:
    return Entry(name, most=most, lacks="the steps of some numbers")


GROUPS = (
    Group(
        ("wachter", "exact-piece"),
        (_relax("VanillaCF, 1,000 steps"), _relax("VanillaCF"), _carla("carla-wachter", 200)),
    ),
    Group(("dice",), (_relax("DiverseCF"), _dice_ml("dice-ml-random", 50), _dice_ml("dice-ml-genetic", 20))),
    Group(("prototype",), (_relax("ProtoCF"),)),
    Group(("clue",), (_relax("CLUE"), _carla("carla-clue", 20))),
    Group(("cchvae",), (_relax("CCHVAE"), _carla("carla-cchvae", 10))),
    Group(("revise",), (_carla("carla-revise", 10),)),
    Group(("cruds",), (_carla("carla-cruds", 10),)),
    Group(("growing-spheres",), (_relax("GrowingSphere"), _carla("carla-growing-spheres", 200))),
    Group(("face",), (_carla("carla-face", 100, "immutables but for one, directions"),)),
    Group(("nnr",), (_nice("NICE, nearest row"), _nice("NICE"))),
)
"""In the order of the tables. Peers that take seconds for a person are given few people."""


def chosen(names: set[str]) -> Iterator[Group]:
    """Yield the groups with a method of recbench among ``names``, all if there is none; others are left out.

    Methods that this version of recbench does not have are left out too.
    """
    known = {entry.name for entry in rb.methods()}
    for group in GROUPS:
        ours = tuple(name for name in group.ours if name in known and (not names or name in names))
        if ours:
            yield Group(ours, group.peers)


def versions() -> str:
    """Return the versions of peers that have an environment of their own."""
    relax, nice = pinned("jax-relax"), pinned("nicex")
    named = [f"{name} {relax[name]}" for name in ("jax-relax", "jax", "keras")]
    return ", ".join([*named, f"NICEx {nice['NICEx']}"])
