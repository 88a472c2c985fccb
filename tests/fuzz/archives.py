"""Archives: tar files that claim to hold cells."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import random
import tarfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from .case import FINE, Case, Scene
from .made import Made, made

_CODES = frozenset({0, 1, 2})


def case(rng: random.Random) -> Case:
    """Return an archive with up to three changes, to be imported into a new or a full folder."""
    folder = made()
    members = [
        (tarfile.TarInfo.frombuf(info.tobuf(), "utf-8", "strict"), content) for info, content in _members()
    ]
    changes = rng.choices(_CHANGES, k=rng.choice([0, 1, 1, 2, 3]))
    said = [f"{change.__name__.strip('_')}: {change(members, rng)}" for change in changes]
    content, how = _written(members, rng)
    full = rng.random() < 0.4
    codes = FINE if not said and not how else _CODES

    def before(home: Path) -> None:
        if full:
            folder.copy_to(home)
        (home / "in.tar.gz").write_bytes(content)

    words = ["store", "import", "in.tar.gz"]
    whole = not said and not how
    return Case(
        words,
        {},
        codes,
        [*said, *how, *(["into a full folder"] if full else [])],
        before,
        lambda scene: contradictions(scene, folder, whole),
    )


def contradictions(scene: Scene, folder: Made, whole: bool) -> Iterator[str]:
    """Yield whether something damaged, or something that is no cell, has come in."""
    cells = scene.home / "results" / "cells"
    if not cells.is_dir():
        return
    found = sorted(path.name for path in cells.iterdir())
    for key in found:
        names = {path.name for path in (cells / key).iterdir()}
        if len(key) != 24 or not names <= {"cell.json", "cell.sha256", "people.parquet"}:
            yield f"{key} with {sorted(names)} came in"
        if any((cells / key / name).is_symlink() for name in names):
            yield f"a link came in with {key}"
    if found:
        scene.recbench("store", "verify")
    listed = scene.recbench("store", "list", "--json")
    records = {record["key"]: record for record in json.loads(listed.out or "[]")}
    if whole and records != folder.records:
        yield f"{len(records)} of {len(folder.records)} cells came in as they were"
    others = [path.name for path in (scene.home / "results").glob(".*")]
    if others:
        yield f"it left {others} behind"


@cache
def _members() -> list[tuple[tarfile.TarInfo, bytes]]:
    found = []
    with tarfile.open(made().home / "all.tar.gz") as tar:
        for info in tar:
            file = tar.extractfile(info)
            plain = tarfile.TarInfo(info.name)
            plain.size = info.size
            found.append((plain, file.read() if file else b""))
    return found


Members = list[tuple[tarfile.TarInfo, bytes]]


def _name(members: Members, rng: random.Random) -> str:
    info, _ = rng.choice(members)
    before = info.name
    key = "0123456789abcdef01234567"
    names = [
        *("../victim/package", "../../victim/package", "/tmp/recbench-fuzz/x", f"cells/{key}/../../../x"),
        *(
            "cells/../../victim/package",
            f"cells/{key}/x.py",
            f"cells/{key}/sub/cell.json",
            "cache/x.joblib",
            "cells",
        ),
        *(
            f"cells/{key.upper()}/cell.json",
            f"cells/{key}\n/cell.json",
            f"./cells/{key}/cell.json",
            "index.sqlite",
            "",
        ),
        *(
            f"cells//{key}/cell.json",
            f"cells/{key}/cell.json/",
            f"cells/{key}x/cell.json",
            "x" * 300,
            "\x1b[31m",
            "a\\b",
        ),
        *(
            f"cells/{key}/cell.json",
            f"cells/{key}/CELL.JSON",
            "cells/aux/cell.json",
            "claims/x",
            "drivers/x.json",
        ),
    ]
    info.name = rng.choice(names)
    return f"{before} became {info.name!r}"


def _kind(members: Members, rng: random.Random) -> str:
    position = rng.randrange(len(members))
    info, _ = members[position]
    kinds = [
        tarfile.SYMTYPE,
        tarfile.LNKTYPE,
        tarfile.CHRTYPE,
        tarfile.BLKTYPE,
        tarfile.FIFOTYPE,
        tarfile.DIRTYPE,
        b"9",
    ]
    info.type = rng.choice([*kinds, tarfile.GNUTYPE_SPARSE, tarfile.CONTTYPE])
    info.linkname = rng.choice(
        ["../../../victim/package", "/tmp/recbench-fuzz/x", info.name, members[0][0].name]
    )
    info.size = 0
    members[position] = (info, b"")
    return f"{info.name} is of type {info.type!r}, to {info.linkname}"


def _more(members: Members, rng: random.Random) -> str:
    info = tarfile.TarInfo(
        rng.choice(["README", "cells/x", f"cells/{'a' * 24}/cell.json", "cache/gold.joblib", "../x"])
    )
    content = rng.choice([b"", b"{}", b"x" * 1000])
    info.size = len(content)
    members.insert(rng.randrange(len(members) + 1), (info, content))
    return info.name


def _twice(members: Members, rng: random.Random) -> str:
    info, content = rng.choice(members)
    members.append((info, content[::-1]))
    return info.name


def _less(members: Members, rng: random.Random) -> str:
    return f"without {members.pop(rng.randrange(len(members)))[0].name}"


def _linked_folder(members: Members, rng: random.Random) -> str:
    """A link first, and then files that would be written through it."""
    info = tarfile.TarInfo(rng.choice(["cells", f"cells/{'b' * 24}", "cells/link"]))
    info.type, info.linkname = tarfile.SYMTYPE, rng.choice(["../../victim", "/tmp/recbench-fuzz", ".."])
    members.insert(0, (info, b""))
    return f"{info.name} is a link to {info.linkname}"


def _bytes(members: Members, rng: random.Random) -> str:
    position = rng.randrange(len(members))
    info, content = members[position]
    changed = bytearray(content)
    kind = rng.choice(["flip", "cut", "empty", "grown"])
    if kind == "flip" and changed:
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    elif kind == "cut":
        del changed[len(changed) // 2 :]
    elif kind == "empty":
        changed.clear()
    else:
        changed += b"\0" * 100
    return _put(members, position, bytes(changed), f"{kind} {info.name}")


def _record(members: Members, rng: random.Random) -> str:
    """Change a record and seal it again, as somebody who means harm would."""
    position = rng.choice(
        [number for number, (info, _) in enumerate(members) if info.name.endswith("cell.json")] or [0]
    )
    info, content = members[position]
    try:
        plain = json.loads(content)
        name = rng.choice(list(plain))
    except (ValueError, TypeError, IndexError):
        return "nothing"
    values: list[Any] = [
        None,
        [],
        {},
        "x",
        "\x1b[31m",
        "../../victim",
        -1,
        10**40,
        float("nan"),
        float("inf"),
        True,
        "[/b]",
    ]
    plain[name] = rng.choice(values)
    said = _put(members, position, json.dumps(plain).encode(), f"{name} is {plain[name]!r}")
    digest = hashlib.sha256(members[position][1]).hexdigest()
    for number, (other, _) in enumerate(members):
        if other.name == info.name.replace("cell.json", "cell.sha256"):
            _put(members, number, f"{digest}  cell.json\n".encode(), "")
    return said


def _put(members: Members, position: int, content: bytes, said: str) -> str:
    info = members[position][0]
    info.size = len(content)
    members[position] = (info, content)
    return said


def _order(members: Members, rng: random.Random) -> str:
    rng.shuffle(members)
    return "shuffled"


_CHANGES: list[Callable[[Members, random.Random], str]] = [
    *(
        _name,
        _name,
        _kind,
        _kind,
        _more,
        _twice,
        _less,
        _linked_folder,
        _bytes,
        _bytes,
        _record,
        _record,
        _order,
    ),
]


def _written(members: Members, rng: random.Random) -> tuple[bytes, list[str]]:
    """Return an archive, sometimes torn."""
    text = io.BytesIO()
    form = rng.choice([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
    with tarfile.open(fileobj=text, mode="w", format=form) as tar:
        for info, content in members:
            tar.addfile(info, io.BytesIO(content))
    plain = text.getvalue()
    kind = rng.choice(
        [""] * 8 + ["plain", "cut", "cut gzip", "byte", "byte gzip", "huge", "noise", "twice", "bomb"]
    )
    noise = [b"", b"x", b"\x1f\x8b", b"PK\x03\x04", b"\0" * 2000, rng.randbytes(5000)]
    packed = gzip.compress(plain, mtime=0)
    written = {
        "": lambda: packed,
        "plain": lambda: plain,
        "cut": lambda: gzip.compress(plain[: rng.randrange(len(plain))], mtime=0),
        "cut gzip": lambda: packed[: rng.randrange(len(packed))],
        "byte": lambda: gzip.compress(_wrong_byte(plain, rng), mtime=0),
        "byte gzip": lambda: _wrong_byte(packed, rng),
        "huge": lambda: _large("people.parquet", rng.choice([2**33 + 1, 2**40]), 4096),
        "noise": lambda: rng.choice(noise),
        "twice": lambda: packed * 2,
        "bomb": lambda: _large("cell.json", 2**27, 2**27),
    }
    return written[kind](), [kind] if kind else []


def _wrong_byte(content: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(content))
    return content[:at] + bytes([rng.randrange(256)]) + content[at + 1 :]


def _large(name: str, size: int, there: int) -> bytes:
    """Return an archive of one file that says it is large; so many zeros of it are there."""
    info = tarfile.TarInfo(f"cells/{'c' * 24}/{name}")
    info.size = size
    return gzip.compress(info.tobuf(tarfile.GNU_FORMAT) + bytes(there), 1, mtime=0)
