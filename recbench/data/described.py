"""Described: what can be said of a data set without its tables. Planning needs no more."""

from __future__ import annotations

from dataclasses import dataclass

from recbench.data.schema import Schema


@dataclass(frozen=True)
class Described:
    """A data set without its tables; the attributes are those of a :class:`~recbench.data.dataset.Dataset`.

    Attributes:
        name: what users type.
        schema: what the columns mean.
        content_hash: SHA-256 (hex) of the schema and the values of both tables.
        equation: the module of the label equation; empty if none is known.
    """

    name: str
    schema: Schema
    content_hash: str
    equation: str = ""
