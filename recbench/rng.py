"""Random streams by name, and random numbers that belong to a person.

A seed feeds independent named streams (``Rng(0).stream("gold")``), so adding a method or a metric
changes no other number. People carry their own streams: :class:`PeopleRng` computes each draw from
the person's key and the draw's place (a counter-based generator in the sense of Salmon et al. 2011,
"Parallel random numbers: as easy as 1, 2, 3"; the mixer is SplitMix64, Steele et al. 2014). So
chunking, order and subsets of the people do not change what a person draws, and it all stays one
tensor operation.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import pandas as pd
import torch
from torch import Tensor

_GOLDEN = -7046029254386353131  # 0x9E3779B97F4A7C15 as a signed 64-bit number
_MIX1 = -4658895280553007687  # 0xBF58476D1CE4E5B9
_MIX2 = -7723592293110705685  # 0x94D049BB133111EB


def _digest(*labels: object) -> int:
    text = "\x1f".join(f"{type(label).__name__}:{label}" for label in labels)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest(), "little")


class Rng:
    """A named random stream and the generators that libraries want.

    Every accessor is a pure function of the stream: asking twice gives generators in the same
    state. Derive a stream per purpose instead of sharing one generator.
    """

    def __init__(self, seed: int, *labels: object) -> None:
        self.seed = seed
        self.labels = labels

    def stream(self, *labels: object) -> Rng:
        """Return the independent stream with these further labels."""
        return Rng(self.seed, *self.labels, *labels)

    @property
    def entropy(self) -> int:
        """128 bits that depend on the seed and every label."""
        return _digest(self.seed, *self.labels)

    def integer(self) -> int:
        """Return a seed below 2**31, for libraries that take one (``random_state``)."""
        return self.entropy % (2**31 - 1)

    def numpy(self) -> np.random.Generator:
        """Return a NumPy generator."""
        return np.random.default_rng(self.entropy)

    def torch(self, device: torch.device | str = "cpu") -> torch.Generator:
        """Return a torch generator on ``device``."""
        generator = torch.Generator(device=device)
        generator.manual_seed(self.entropy % 2**63)
        return generator

    @contextmanager
    def globally(self) -> Iterator[None]:
        """Seed the global generators of Python, NumPy and torch inside the block, and restore them after.

        For code that takes no generator: weight initialisation, wrapped libraries.
        """
        python_state, numpy_state = random.getstate(), np.random.get_state()  # noqa: NPY002
        # Asking a GPU for its state would wake it, and take its memory, in a process that never uses it.
        devices = list(range(torch.cuda.device_count())) if torch.cuda.is_initialized() else []
        with torch.random.fork_rng(devices=devices):
            torch.default_generator.manual_seed(self.entropy % 2**63)
            if devices:
                torch.cuda.manual_seed_all(self.entropy % 2**63)
            random.seed(self.entropy)
            np.random.seed(self.entropy % 2**32)  # noqa: NPY002
            try:
                yield
            finally:
                random.setstate(python_state)
                np.random.set_state(numpy_state)  # noqa: NPY002

    def people(self, ids: Sequence[object] | np.ndarray | pd.Series, device: str = "cpu") -> PeopleRng:
        """Return the streams of the people with these ids (any type; equal ids share a stream)."""
        texts = np.array([str(value) for value in ids], dtype=object)
        keys = pd.util.hash_array(texts, categorize=False).view(np.int64)
        return PeopleRng(self, torch.from_numpy(keys.copy()).to(device))


class PeopleRng:
    """One random stream per person, drawn for all of them at once.

    Successive draws from one object differ. In a loop whose length may depend on other people, take
    a stream per step (``rng.stream("step", t)``), so that a person's draws never depend on who else
    is in the batch.
    """

    def __init__(self, rng: Rng, keys: Tensor) -> None:
        self.rng = rng
        self.keys = keys
        self._drawn = 0

    def __len__(self) -> int:
        return len(self.keys)

    def stream(self, *labels: object) -> PeopleRng:
        """Return the same people's independent stream with these further labels."""
        return PeopleRng(self.rng.stream(*labels), self.keys)

    def of(self, rows: Tensor | slice) -> PeopleRng:
        """Return this stream for some of its people (index, mask or slice), from its beginning."""
        return PeopleRng(self.rng, self.keys[rows])

    def person(self, row: int) -> Rng:
        """Return one person's stream, for methods that cannot be stated over a batch."""
        return self.rng.stream("person", int(self.keys[row]))

    def bits(self, *shape: int) -> Tensor:
        """Return (n, *shape) int64 with all 64 bits random."""
        width = int(np.prod(shape)) if shape else 1
        base = self.rng.entropy % 2**64 - 2**63
        person = _mix(_mix(self.keys ^ base) + _signed(self._drawn * _GOLDEN))
        place = torch.arange(1, width + 1, dtype=torch.int64, device=self.keys.device) * _GOLDEN
        self._drawn += 1
        return _mix(person[:, None] + place[None, :]).reshape(len(self.keys), *shape)

    def uniform(self, *shape: int) -> Tensor:
        """Return (n, *shape) float32 uniform on [0, 1)."""
        unit: Tensor = _shift(self.bits(*shape), 40).to(torch.float32) * 2.0**-24
        return unit

    def normal(self, *shape: int) -> Tensor:
        """Return (n, *shape) float32 standard normal."""
        draws: Tensor = torch.special.ndtri(self._inside(*shape)).to(torch.float32)
        return draws

    def gumbel(self, *shape: int) -> Tensor:
        """Return (n, *shape) float32 standard Gumbel: ``argmax(logits + gumbel)`` draws a category."""
        return -torch.log(-torch.log(self._inside(*shape))).to(torch.float32)

    def integers(self, high: int, *shape: int) -> Tensor:
        """Return (n, *shape) int64 uniform on 0, ..., high - 1 (``high`` far below 2**53)."""
        unit = _shift(self.bits(*shape), 11).to(torch.float64) * 2.0**-53
        return (unit * high).long()

    def _inside(self, *shape: int) -> Tensor:
        """Return (n, *shape) float64 uniform inside (0, 1), both ends left out."""
        # 52 bits, because float64 would round the last of 53 and a half up to 1, and its normal to infinity.
        return (_shift(self.bits(*shape), 12).to(torch.float64) + 0.5) * 2.0**-52


def _signed(number: int) -> int:
    """Return ``number`` modulo 2**64 as a signed 64-bit integer (tensors wrap around, Python does not)."""
    return (number + 2**63) % 2**64 - 2**63


def _shift(z: Tensor, count: int) -> Tensor:
    """Logical (not arithmetic) right shift of signed 64-bit integers."""
    return (z >> count) & ((1 << (64 - count)) - 1)


def _mix(z: Tensor) -> Tensor:
    z = z + _GOLDEN
    z = (z ^ _shift(z, 30)) * _MIX1
    z = (z ^ _shift(z, 27)) * _MIX2
    return z ^ _shift(z, 31)
