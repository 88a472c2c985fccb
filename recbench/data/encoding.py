"""Encoder: the one way between people's own units and the space in which cost is measured.

Categories become codes ``0, 1, ..., L-1`` divided by ``L-1``; numbers are min-max scaled on the
*training* range (GenRe, Section 5: the space of its L1 cost). Nothing is clipped: a person outside
the training range keeps their own value, and constant columns encode to 0.

Numbers move in steps (:mod:`recbench.data.lattice`): what decodes is a value that a person can write down,
inside the declared bounds exactly, and it encodes to the very bits that were decoded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from recbench.data.domain import Domain
from recbench.data.lattice import EXACT, Lattice
from recbench.data.schema import Feature, Schema
from recbench.errors import UsageError

_ROUGHEST = 15
"""Decimal digits of a count that are tried to be zeros when a number is shown."""


_NAMED = 10
"""Rows beside the first that an error names."""


@dataclass(frozen=True)
class Encoder:
    """A schema with the ranges of its training data.

    Attributes:
        schema: the declaration, d features.
        low: (d,) float64, own-unit value that encodes to 0.
        span: (d,) float64, own units per encoded unit; 0 for a constant column. A column whose values
            agree in 15 digits is constant.
        lower: (d,) float32, encoded lower end of the domain: the first step inside the declared bounds,
            else the training range.
        upper: (d,) float32, encoded upper end of the domain, the last such step.
        lattice: the steps of each feature.
        exact: for features (by position) whose training values, or ends of the domain, are not what their
            codes would be rounded to: codes, sorted, and the own values that they show.
    """

    schema: Schema
    low: Tensor
    span: Tensor
    lower: Tensor
    upper: Tensor
    lattice: Lattice
    exact: Mapping[int, tuple[Tensor, Tensor]] = field(default_factory=dict)

    @classmethod
    def fit(cls, schema: Schema, train: pd.DataFrame) -> Encoder:
        """Learn the ranges and steps of ``train``.

        Raises:
            UsageError: ``train`` does not fit the schema (column, category, NaN or type is named), or a
                feature's range, bounds or step cannot be computed with.
        """
        numbers = own_numbers(schema, train)
        domain = Domain.fit(schema, numbers)
        lattice, low, high = domain.lattice, domain.low, domain.high
        lower, upper = (lattice.code(lattice.count(end)) for end in (domain.bottom, domain.top))
        span = torch.where(lattice.grid > 0, high - low, 0.0)
        encoder = cls(schema, low, span, lower, upper, lattice)
        return replace(encoder, exact=encoder._exact(torch.from_numpy(numbers), domain))

    def __len__(self) -> int:
        return len(self.schema)

    @property
    def levels(self) -> list[int]:
        """Number of categories per feature, 0 for numbers."""
        return [len(feature.categories) for feature in self.schema.features]

    @property
    def grid(self) -> Tensor:
        """(d,) float64: steps per encoded unit; 0 for constant columns."""
        return self.lattice.grid

    def encode(self, frame: pd.DataFrame) -> Tensor:
        """Return (n, d) float32 for the rows of ``frame`` (extra columns are ignored).

        Raises:
            UsageError: a column is missing, or a value is NaN, of the wrong type, an unseen category or
                farther from the training values than float32 reaches.
        """
        x = self.lattice.code(self.lattice.count(torch.from_numpy(own_numbers(self.schema, frame))))
        hint = "Is the value right? Else leave the row out."
        for feature, column in zip(self.schema.features, x.T, strict=True):
            far = ~torch.isfinite(column).numpy()
            _refuse(feature, frame[feature.name], far, "is too far from the training values", hint)
        return x

    def decode(self, x: Tensor, origin: pd.DataFrame | None = None) -> pd.DataFrame:
        """Return encoded rows in own units; rows that are NaN come back empty.

        A number comes back as the training value within the bounds that has its code, if there is one, else
        on its nearest step, and of several steps that share its code on the one with the fewest digits.

        Args:
            x: (n, d) float32.
            origin: (n rows) the people ``x`` started from. Where a value was left alone, the
                person's own value is returned, exactly.
        """
        codes = x.detach().to("cpu", torch.float32)
        empty = torch.isnan(codes).any(dim=1).numpy()
        values = self._own(codes).numpy()
        same = np.zeros(x.shape, dtype=bool)
        if origin is not None:
            same = (self.encode(origin) == codes).numpy()
        columns: dict[str, object] = {}
        for j, feature in enumerate(self.schema.features):
            own = None if origin is None else origin[feature.name].to_numpy()
            columns[feature.name] = _column(feature, values[:, j], empty, own, same[:, j])
        frame = pd.DataFrame(columns)
        return frame if origin is None else frame.set_axis(origin.index)

    def _own(self, codes: Tensor) -> Tensor:
        """(n, d) float64: the own values that codes show."""
        counts = self.lattice.nearest(codes)
        if bool(self.lattice.fine.any()):
            counts = self._roundest(counts, codes)
        values = torch.where(self.grid > 0, self.lattice.value(counts), self.low)
        for j, (known, own) in self.exact.items():
            place = torch.searchsorted(known, codes[:, j].contiguous()).clamp(max=len(known) - 1)
            values[:, j] = torch.where(known[place] == codes[:, j], own[place], values[:, j])
        return values

    def _roundest(self, counts: Tensor, codes: Tensor) -> Tensor:
        """Return fine counts with as many zeros at the end as lead to the same code."""
        best = counts
        for digits in range(1, _ROUGHEST + 1):
            rough = torch.round(counts / 10.0**digits) * 10.0**digits
            best = torch.where(self.lattice.fine & (self.lattice.code(rough) == codes), rough, best)
        return best

    def _exact(self, numbers: Tensor, domain: Domain) -> dict[int, tuple[Tensor, Tensor]]:
        """Return ``exact`` for training ``numbers`` (n, d) in own units, as far as they are in the domain."""
        known = torch.cat([torch.stack([domain.bottom, domain.top]), numbers])
        counts = self.lattice.count(known)
        codes = self.lattice.code(counts)
        kept = (known >= domain.bottom) & (known <= domain.top) & (counts == counts.round())
        kept &= domain.seen | (known == self.lattice.value(counts))
        other = kept & (known != self._own(codes)) & (self.grid > 0)
        exact = {}
        for j in other.any(dim=0).nonzero().squeeze(1).tolist():
            # Of equal codes the first counts: an end of the domain, else a value that is its nearest step.
            rows = torch.cat(
                [part.nonzero().squeeze(1) for part in (kept[:2, j], (kept & ~other)[:, j], other[:, j])]
            )
            distinct, first = np.unique(codes[rows, j].numpy(), return_index=True)
            exact[j] = torch.from_numpy(distinct), known[rows, j][torch.from_numpy(first)]
        return exact

    def one_hot_slices(self) -> list[slice]:
        """Return where each feature lies in the one-hot view: L columns if discrete, else one."""
        ends = np.cumsum([max(1, level) for level in self.levels])
        return [
            slice(int(end) - max(1, level), int(end)) for end, level in zip(ends, self.levels, strict=True)
        ]

    def one_hot(self, x: Tensor) -> Tensor:
        """Return the one-hot view (..., D) of encoded rows (..., d); numbers stay as they are."""
        parts = []
        for j, level in enumerate(self.levels):
            if level:
                code = (x[..., j] * max(1, level - 1)).round().long().clamp(0, level - 1)
                parts.append(torch.nn.functional.one_hot(code, level).to(x.dtype))
            else:
                parts.append(x[..., j : j + 1])
        return torch.cat(parts, dim=-1)

    def from_one_hot(self, z: Tensor) -> Tensor:
        """Return encoded rows (..., d) from a one-hot view (..., D); the largest entry names the category."""
        columns = []
        for level, place in zip(self.levels, self.one_hot_slices(), strict=True):
            part = z[..., place]
            columns.append(part.argmax(dim=-1).to(z.dtype) / max(1, level - 1) if level else part[..., 0])
        return torch.stack(columns, dim=-1)


def own_numbers(schema: Schema, frame: pd.DataFrame) -> np.ndarray:
    """Return (n, d) float64: codes for categories, own units for numbers.

    Raises:
        UsageError: a column is missing, or a value is NaN, of the wrong type or an unseen category.
    """
    if frame.empty:
        raise UsageError("the table has no rows.", "Give at least one row below the header.")
    missing = [name for name in schema.names if name not in frame.columns]
    if missing:
        raise UsageError(
            f"column {missing[0]!r} is in the schema but not in the table.",
            f"The table has: {', '.join(map(str, frame.columns))}.",
        )
    return np.column_stack([_numbers(feature, frame[feature.name]) for feature in schema.features])


def _numbers(feature: Feature, column: pd.Series) -> np.ndarray:
    _refuse(feature, column, column.isna(), "is empty (NaN)", "Fill it in or drop the row.")
    if feature.discrete:
        codes = {category_key(category): code for code, category in enumerate(feature.categories)}
        places, values = pd.factorize(column)
        numbers = np.array([codes.get(category_key(value), -1) for value in values], dtype=np.float64)[places]
        hint = f"The schema knows: {', '.join(map(str, feature.categories))}."
        _refuse(feature, column, numbers < 0, "is not one of its categories", hint)
        return numbers
    as_numbers = pd.to_numeric(column, errors="coerce")
    _refuse(feature, column, as_numbers.isna(), "is not a number", f"The schema says {feature.kind}.")
    numbers = as_numbers.to_numpy(dtype=np.float64)
    _refuse(feature, column, ~np.isfinite(numbers), "is infinite", "Give a finite number.")
    whole = np.full(len(column), feature.kind == "integer" or as_numbers.dtype.kind in "iu")
    if column.dtype == object:
        whole |= column.map(lambda value: isinstance(value, int)).to_numpy()
    hint = "Whole numbers are exact below 2**53 (about 9e15); use a larger unit, or drop the column."
    _refuse(feature, column, whole & (np.abs(numbers) >= EXACT), "is too large to be exact", hint)
    _refuse(feature, column, np.abs(numbers) > 1e300, "is too large to compute with", "Use a larger unit.")
    if feature.kind == "integer":
        hint = "Round it, or declare the column continuous."
        _refuse(feature, column, numbers != np.round(numbers), "is not a whole number", hint)
    return numbers


def _refuse(feature: Feature, column: pd.Series, bad: object, problem: str, hint: str) -> None:
    rows = np.flatnonzero(np.asarray(bad))
    if len(rows):
        value = shown(column.iloc[rows[0]])
        raise UsageError(
            f"column {feature.name!r}, row {row_number(rows[0])}: {value} {problem}{also(rows)}.", hint
        )


def row_number(place: int) -> int:
    """Return how a spreadsheet counts a row: its header is row 1."""
    return int(place) + 2


def also(places: np.ndarray) -> str:
    """Return in brackets the rows beside the first that have the same fault; nothing if there are none."""
    rest = [str(row_number(place)) for place in places[1 : 1 + _NAMED]]
    if not rest:
        return ""
    more = len(places) - 1 - len(rest)
    tail = f" and {more} more" if more else ""
    return f" (also in row{'s' * (len(rest) > 1)} {', '.join(rest)}{tail})"


def shown(value: object) -> str:
    """Return a value as a person would write it in an error (``7``, not ``np.int64(7)``)."""
    return repr(value.item() if isinstance(value, np.generic) else value)


def category_key(value: object) -> str:
    """Return one spelling for a category however a file reader typed it (1, 1.0, "1")."""
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value)


def _column(
    feature: Feature, values: np.ndarray, empty: np.ndarray, own: np.ndarray | None, same: np.ndarray
) -> pd.Series:
    column: pd.Series
    if feature.discrete:
        last = len(feature.categories) - 1
        codes = np.clip(np.where(empty, 0, values), 0, last).astype(int)
        column = pd.Series(np.array(feature.categories, dtype=object)[codes], dtype=object)
    else:
        # What a method put beyond 64 bits stays a number, if not a whole one.
        whole = feature.kind == "integer" and (np.abs(np.where(empty, 0, values)) <= EXACT).all()
        column = pd.Series(np.where(empty, 0, values).astype(np.int64) if whole else values)
    if own is not None and same.any():
        kept = pd.Series(own)
        if not feature.discrete:
            kept = pd.to_numeric(kept).astype(column.dtype)
        column = column.mask(same, kept)
    if empty.any():
        column = column.astype("Int64") if column.dtype == np.int64 else column
        column = column.mask(empty)
    return column.set_axis(range(len(column)))
