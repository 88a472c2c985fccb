"""Guard: notes what a command in this process does outside its own folder."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGES = {
    **{f"os.{name}": slice(1) for name in ("remove", "mkdir", "rmdir", "chmod", "chown", "truncate")},
    **{f"os.{name}": slice(1, 2) for name in ("link", "symlink")},
    "os.rename": slice(2),
    "shutil.rmtree": slice(1),
    "sqlite3.connect": slice(1),
}
"""Audit events that change files, and which of their arguments say where."""
_NEVER = {"os.system", "os.exec", "os.posix_spawn", "os.spawn", "socket.connect", "webbrowser.open"}
_STARTED = {"git", "nvidia-smi", "lscpu", "uname", "sh", "/bin/sh", "cpuinfo"}
"""Programs that say what a cell ran on."""
_CACHES = ("torchinductor",)
"""What libraries keep in the system's temporary folder, by how its name begins."""


class _Guard:
    def __init__(self) -> None:
        self.root: str | None = None
        self.seen: list[str] = []

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        if self.root is None:
            return
        root, self.root = self.root, None  # what is done here is not looked at
        try:
            self._look(event, args, root)
        finally:
            self.root = root

    def _look(self, event: str, args: tuple[Any, ...], root: str) -> None:
        if event == "open":
            path, mode, flags = args
            if any(sign in (mode or "") for sign in "wax+") or (flags or 0) & _WRITES:
                self._note(event, path, root, follow=True)
        elif event in _CHANGES:
            for path in args[_CHANGES[event]]:
                self._note(event, path, root, follow=False)
        elif event in _NEVER:
            self.seen.append(f"{event} {args}"[:200])
        elif event == "subprocess.Popen" and Path(os.fsdecode(args[0] or "")).name not in _STARTED:
            self.seen.append(f"{event} {args[:2]}"[:200])

    def _note(self, event: str, path: Any, root: str, follow: bool) -> None:
        if not isinstance(path, str | bytes | os.PathLike) or path in ("", ":memory:", b""):
            return
        try:
            # A link that is itself removed or renamed is not followed.
            folder, name = os.path.split(Path(os.fsdecode(path)).absolute())
            place = os.path.join(os.path.realpath(folder), name)  # noqa: PTH118
            place = os.path.realpath(place) if follow else place
        except ValueError:
            return  # the call fails for the same reason
        inside = (f"{root}/", "/dev/", "/proc/", *(f"{tempfile.gettempdir()}/{name}" for name in _CACHES))
        if not f"{place}/".startswith(inside) and "__pycache__" not in place and "/matplotlib" not in place:
            self.seen.append(f"{event} outside its folder: {os.fsdecode(path)}")


_GUARD = _Guard()
_hooked = False


@contextmanager
def guarded(root: Path) -> Iterator[list[str]]:
    """Yield a list that fills with what is done outside ``root``: files changed, programs, connections."""
    global _hooked  # noqa: PLW0603
    if not _hooked:
        sys.addaudithook(_GUARD)  # Python has no way to remove one
        _hooked = True
    _GUARD.root, _GUARD.seen = os.path.realpath(root), []
    try:
        yield _GUARD.seen
    finally:
        _GUARD.root = None
