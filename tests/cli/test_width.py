"""What ends a run, on a real terminal of 80 columns."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import struct
import sys
import termios
from pathlib import Path

import pytest

from tests.hostile import recbench_here


def on_terminal(width: int, *words: object) -> list[str]:
    """Run the command line on a pseudo-terminal and return the lines it printed, without colours."""
    child, master = pty.fork()
    if child == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
        environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
        command = [sys.executable, "-m", "recbench", *map(str, words)]
        os.execvpe(sys.executable, command, {**environment, "TERM": "xterm-256color"})
    printed = b""
    with contextlib.suppress(OSError):  # the end of a terminal is an error on Linux
        while part := os.read(master, 65536):
            printed += part
    os.close(master)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0, printed.decode()
    return re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", printed.decode()).splitlines()


def test_a_run_ends_in_a_table_one_can_read(people_files: tuple[Path, Path], results: Path) -> None:
    data, schema = people_files
    words = ["--data", data, "--schema", schema, "--factuals", "20", "--no-tracking", "--results", results]
    lines = on_terminal(80, "run", "--methods", "nnr,unchanged", *words)
    (head,) = [number for number, line in enumerate(lines) if line.startswith("Method ")]
    assert [line.split()[0] for line in lines[head + 1 : head + 3]] == ["nnr", "unchanged"]
    assert all(re.fullmatch(r"\S+( +[\d.]+){5}", line) for line in lines[head + 1 : head + 3])
    assert any(re.match(r"people: 20 of \d+ people turned down by mlp, seed 0\.", line) for line in lines)
    assert max(map(len, lines[head - 3 : head + 3])) <= 80


@pytest.mark.parametrize(
    "words", [["--wide"], ["--against", "nnr"], ["--metrics", "cost,lof_distinct,fit_seconds"]]
)
def test_other_tables_keep_names_and_numbers_too(
    monkeypatch: pytest.MonkeyPatch, results: Path, words: list[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    code, out, err = recbench_here("table", "--results", results, *words, terminal=True)
    assert code == 0, err
    plain = re.sub(r"\x1b\[[\d;]*m", "", out).splitlines()
    table = plain[: plain.index("")]
    assert max(map(len, table)) <= 60
    assert any("unchanged" in line for line in table)
