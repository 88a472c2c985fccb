"""Files: written whole or not at all, and read only if they are what recbench itself leaves.

Whoever can write into a results folder can put there what he likes: links to other files, pipes that never
end, folders where a file should be. Nothing of that is followed, waited for, or run.
"""

from __future__ import annotations

import os
import shutil
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_NO_SURPRISES = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give a fresh name beside ``path``; what was written there takes its place, unless something fails.

    No reader ever sees half of it, whatever is killed meanwhile.

    Raises:
        OSError: it cannot be written; what was there before is untouched.
    """
    fresh = path.with_name(f".{path.name[:200]}.{os.getpid()}-{threading.get_ident()}")
    try:
        yield fresh
        fresh.replace(path)
    finally:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)


def write_whole(path: Path, text: str) -> None:
    """Write a text as :func:`written_whole` does.

    Raises:
        OSError: it cannot be written; what was there before is untouched.
    """
    with written_whole(path) as fresh:
        fresh.write_text(text, encoding="utf-8")


def read_regular(path: Path, at_most: int) -> bytes:
    """Return what a regular file holds. Links are not followed, and pipes not waited for.

    Raises:
        OSError: there is none, it cannot be read, it is something else, or longer than ``at_most`` bytes.
    """
    with os.fdopen(os.open(path, os.O_RDONLY | _NO_SURPRISES), "rb") as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode) or about.st_size > at_most:
            raise OSError(f"{path} is no file of at most {at_most} bytes")
        return file.read(at_most)


def clear_way(path: Path) -> None:
    """Remove what is no regular file (a link, not what it points to; a folder with all that is in it).

    Only for places where nobody but recbench puts anything.
    """
    with suppress(OSError):
        kind = path.lstat().st_mode
        if stat.S_ISDIR(kind):
            shutil.rmtree(path, ignore_errors=True)
        elif not stat.S_ISREG(kind):
            path.unlink()


def open_to_others(path: Path, folders: int = 1) -> Path | None:
    """Return what lets others than this user (and root) write a file: it or one of its folders; else None.

    A file that runs code when it is read is only read if this is None. Where there are no owners
    (Windows), it always is.

    Args:
        path: the file.
        folders: how many of the folders around it are looked at.

    Raises:
        OSError: it is not there.
    """
    if not hasattr(os, "getuid"):
        return None
    full = path.absolute()
    for at, place in enumerate([full, *full.parents[:folders]]):
        about = place.stat() if at else place.lstat()
        others = about.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        # In a folder such as /tmp others may add files, but not replace ours.
        harmless = at and about.st_mode & stat.S_ISVTX
        if about.st_uid not in (os.getuid(), 0) or (others and not harmless) or stat.S_ISLNK(about.st_mode):
            return place
    return None
