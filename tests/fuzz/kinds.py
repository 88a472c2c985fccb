"""Kinds: the fuzzers by name, and how large a share of the cases is each one's."""

from __future__ import annotations

from . import archives, arguments, schemas, stores, suites, tables
from .case import Generator

KINDS: dict[str, Generator] = {
    "schemas": schemas.case,
    "suites": suites.case,
    "tables": tables.case,
    "arguments": arguments.case,
    "stores": stores.case,
    "archives": archives.case,
}
SHARES = {"schemas": 4, "suites": 4, "tables": 5, "arguments": 4, "stores": 2, "archives": 1}
