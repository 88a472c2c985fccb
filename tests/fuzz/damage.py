"""Damage: what befalls results folders: disks, editors, other programs, and people who mean harm."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

from .made import made

Damage = Callable[[Path, random.Random], str]


def _files(results: Path) -> list[Path]:
    return sorted(path for path in results.rglob("*") if path.is_file() and not path.is_symlink())


def _flip(results: Path, rng: random.Random) -> str:
    path = rng.choice(_files(results))
    content = bytearray(path.read_bytes())
    for _ in range(rng.choice([1, 1, 20])):
        if content:
            content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    path.write_bytes(content)
    return str(path)


def _cut(results: Path, rng: random.Random) -> str:
    path = rng.choice(_files(results))
    content = path.read_bytes()
    path.write_bytes(content[: rng.choice([0, len(content) // 2, max(0, len(content) - 1)])])
    return str(path)


def _grown(results: Path, rng: random.Random) -> str:
    path = rng.choice(_files(results))
    path.write_bytes(path.read_bytes() + rng.choice([b"\0", b"\n", b"}", b"x" * 5000]))
    return str(path)


def _gone(results: Path, rng: random.Random) -> str:
    path = rng.choice([*_files(results), *(path for path in results.rglob("*") if path.is_dir())])
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    return str(path)


def _text(results: Path, rng: random.Random) -> str:
    path = rng.choice(_files(results))
    texts = [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"0",
        b'"x"',
        b"NaN",
        b"[" * 100_000,
        b"\xff\xfe\x00",
        b"../victim/package",
    ]
    path.write_bytes(rng.choice(texts))
    return str(path)


def _number(results: Path, rng: random.Random) -> str:
    """Write something else for one value of a JSON file, with a right checksum."""
    path = rng.choice([path for path in _files(results) if path.suffix in (".json", ".live")])
    try:
        plain = json.loads(path.read_bytes())
        name = rng.choice(list(plain))
    except (ValueError, TypeError, IndexError, KeyError, RecursionError):
        return "nothing"
    plain[name] = rng.choice(
        [None, [], {}, "x", "\x1b[31m", -1, 10**30, float("nan"), float("inf"), True, "../victim"]
    )
    path.write_text(json.dumps(plain))
    _seal(path)
    return f"{name} of {path} is {plain[name]!r}"


def _seal(path: Path) -> None:
    """Make the checksum of a record right again: not all damage is an accident."""
    if path.name == "cell.json" and not (path.parent / "cell.sha256").is_dir():
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        (path.parent / "cell.sha256").write_text(f"{digest}  cell.json\n")


def _swapped(results: Path, rng: random.Random) -> str:
    one, other = rng.sample(_files(results), 2)
    shutil.copyfile(one, other)
    return f"{one} became {other}"


def _folder_for_file(results: Path, rng: random.Random) -> str:
    path = rng.choice(_files(results))
    path.unlink()
    path.mkdir()
    if rng.random() < 0.5:
        (path / "inside").write_text("x")
    return str(path)


def _file_for_folder(results: Path, rng: random.Random) -> str:
    path = rng.choice(sorted(path for path in results.rglob("*") if path.is_dir()))
    shutil.rmtree(path)
    path.write_text("x")
    return str(path)


def _link(results: Path, rng: random.Random) -> str:
    path = rng.choice(_files(results))
    path.unlink()
    victim = results.parent.parent / "victim" / "package"
    path.symlink_to(rng.choice([victim, victim.parent, Path("nowhere"), path]))
    return str(path)


def _stray(results: Path, rng: random.Random) -> str:
    folder = rng.choice([results, *(path for path in results.rglob("*") if path.is_dir())])
    names = [
        ".x",
        "x y",
        "ü",
        "a\nb",
        "\x1b[31m",
        "-rf",
        "a" * 200,
        ".writing-x-1-y",
        ".import-x",
        "0" * 24,
        "x.json",
        "x.live",
    ]
    place = folder / rng.choice([*names, os.fsdecode(b"\xff")])
    if place.exists():
        return "nothing"
    if rng.random() < 0.5:
        place.mkdir()
    else:
        place.write_bytes(rng.choice([b"", b"{}", b"\0"]))
    return repr(str(place))


def _claim(results: Path, rng: random.Random) -> str:
    (results / "claims").mkdir(exist_ok=True)
    key = rng.choice([*made().records, "x"])
    victim = results.parent.parent / "victim" / "package"
    texts = [b"\xff", b"\0", b"", b"\n", b"a" * 12, b"x" * 100_000]
    text = rng.choice([*texts, *(b"../" * up + b"victim/package" for up in (1, 2, 3)), bytes(victim)])
    (results / "claims" / key).write_bytes(text)
    return f"claim of {key} is {text[:40]!r}"


def _driver(results: Path, rng: random.Random) -> str:
    (results / "drivers").mkdir(exist_ok=True)
    name = rng.choice(["a" * 12, "..", "x", "\n"])
    text = rng.choice(
        [b"", b"{}", b"null", b'{"host": 1, "process": "x", "beat": null}', b"\xff", b"[" * 100_000]
    )
    (results / "drivers" / f"{name}.json").write_bytes(text)
    (results / "drivers" / f"{name}.lock").write_bytes(b"")
    return f"driver {name!r} says {text[:40]!r}"


def _locked(results: Path, rng: random.Random) -> str:
    path = rng.choice([results, *sorted(results.rglob("*"))])
    if path.is_symlink():
        return "nothing"
    path.chmod(rng.choice([0o000, 0o400, 0o777]))
    return f"{path} has mode {path.stat().st_mode:o}"


def _index(results: Path, rng: random.Random) -> str:
    """Damage the index, which is rarely hit otherwise."""
    path = results / "index.sqlite"
    kind = rng.choice(["page", "schema", "rows", "wal", "other"])
    if not path.is_file() or path.is_symlink():
        return "nothing"
    if kind == "page":
        content = bytearray(path.read_bytes())
        start = rng.randrange(0, max(1, len(content)), 4096)
        content[start : start + 4096] = bytes(rng.randrange(256) for _ in range(4096))
        path.write_bytes(content)
        return "a page"
    if kind == "wal":
        path.with_name("index.sqlite-wal").write_bytes(bytes(rng.randrange(256) for _ in range(5000)))
        return "a write-ahead log"
    orders = {
        "schema": "DROP TABLE cells",
        "rows": "UPDATE cells SET record = '{}', state = 'x'",
        "other": "ALTER TABLE cells RENAME COLUMN record TO x",
    }
    try:
        with sqlite3.connect(path) as base:
            base.execute(orders[kind])
        base.close()
    except sqlite3.Error:
        return "nothing"
    return kind


DAMAGE: list[Damage] = [
    *(
        _flip,
        _flip,
        _flip,
        _cut,
        _cut,
        _grown,
        _gone,
        _gone,
        _text,
        _text,
        _number,
        _number,
        _number,
        _swapped,
    ),
    *(_folder_for_file, _file_for_folder, _link, _stray, _claim, _claim, _driver, _locked, _index, _index),
]
