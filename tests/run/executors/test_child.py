"""What a child process says to its parent, and how it ends; both ends are held by this process."""

from __future__ import annotations

from collections.abc import Iterator
from multiprocessing.connection import Connection
from queue import SimpleQueue
from socket import socketpair
from types import SimpleNamespace
from typing import Any

import pytest

from recbench.run.executors import child
from recbench.run.executors.wire import receive, send


class EndedError(Exception):
    """In place of the end of this process."""


@pytest.fixture
def ends() -> Iterator[tuple[Connection, Connection]]:
    """The parent's end of a connection, and the child's."""
    ours, theirs = (Connection(end.detach()) for end in socketpair())
    with ours, theirs:
        yield ours, theirs


@pytest.fixture
def codes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The exit codes with which a child wanted to end."""
    codes: list[int] = []

    def end(code: int) -> None:
        codes.append(code)
        raise EndedError

    monkeypatch.setattr("os._exit", end)
    return codes


def test_a_phase_is_told_when_it_begins_and_then_now_and_again(
    ends: tuple[Connection, Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    parent, own = ends
    now = [100.0]
    monkeypatch.setattr(child, "time", SimpleNamespace(monotonic=lambda: now[0]))
    report = child._Reporter(own)
    for phase, seconds in (("fit", 0.0), ("fit", 0.05), ("fit", 0.06), ("generate", 0.01)):
        now[0] += seconds
        report(phase, 0.5, f"after {now[0]:.2f}")
    said = []
    while parent.poll():
        said.append(receive(parent))
    assert said == [
        ("phase", ("fit", 0.5, "after 100.00")),
        ("phase", ("fit", 0.5, "after 100.11")),
        ("phase", ("generate", 0.5, "after 100.12")),
    ]


def test_a_child_ends_when_its_parent_is_gone(ends: tuple[Connection, Connection], codes: list[int]) -> None:
    parent, own = ends
    inbox: SimpleQueue[tuple[str, Any]] = SimpleQueue()
    send(parent, ("job", 1))
    parent.close()
    with pytest.raises(EndedError):
        child._receive(own, inbox)
    assert inbox.get_nowait() == ("job", 1)
    assert codes[0] == 0


def test_a_message_that_cannot_be_read_ends_it_with_the_reason(
    ends: tuple[Connection, Connection], codes: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    parent, own = ends
    parent.send_bytes(b"no pickle")
    with pytest.raises(EndedError):
        child._receive(own, SimpleQueue())
    assert codes == [1]
    assert "UnpicklingError" in capsys.readouterr().err
