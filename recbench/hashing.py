"""Hashing: one short name for plain data, and the checksum of a file."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path


def digest(value: object, length: int = 24) -> str:
    """Return a hexadecimal hash of plain data, the same on every machine."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
