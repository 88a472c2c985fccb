"""A full and a read-only disk, mounted for one process by ``unshare``."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Words

pytestmark = pytest.mark.slow

SUITE = """
name: variants
datasets: [loan]
methods:
  - {name: nnr, vary: {gamma: [0.5, 0.52, 0.54, 0.56, 0.58, 0.6, 0.62, 0.64, 0.66, 0.68]}}
"""


def mounted(script: str) -> subprocess.CompletedProcess[str]:
    """Run a script that may mount. Where the system refuses, the test is skipped by name."""
    allowed = ["unshare", "-rm", "sh", "-c", "mount -t tmpfs -o size=1m tmpfs /mnt"]
    if (
        shutil.which("unshare") is None
        or subprocess.run(allowed, capture_output=True, check=False).returncode
    ):
        pytest.skip("unshare -rm may not mount here")
    words = ["unshare", "-rm", "sh", "-c", script]
    return subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)


def command(*words: object) -> str:
    return shlex.join([sys.executable, "-m", "recbench", *map(str, words)])


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_full_disk_is_one_clear_line_and_keeps_what_is_done(data: Words, tmp_path: Path, jobs: str) -> None:
    suite, disk = tmp_path / "variants.yaml", tmp_path / "disk"
    suite.write_text(SUITE)
    disk.mkdir()
    run = command("run", suite, *data, "--results", disk, "--jobs", jobs)
    sums = f"cd {disk} && sha256sum cells/*/* | sort"
    verify = command("store", "verify", "--results", disk)
    done = mounted(
        f"mount -t tmpfs -o size=250k tmpfs {disk}; {run}; echo code $?; {verify};"
        f"({sums}) > {tmp_path}/before; mount -o remount,size=50m {disk}; {run}; echo code $?;"
        f"({sums}) > {tmp_path}/after; ls -A {disk}"
    )
    assert done.stdout.count("code 1") == 1, done.stdout + done.stderr
    assert done.stdout.count("code 0") == 1, done.stdout + done.stderr
    assert f"error: cannot write results to {disk}: " in done.stderr
    assert "No space left on device. Free space, mend its permissions, or name" in done.stderr
    assert "Traceback" not in done.stderr
    before, after = ((tmp_path / name).read_text().splitlines() for name in ("before", "after"))
    assert 0 < len(before) < len(after) == 30
    assert set(before) <= set(after), "finished cells are as they were"
    assert " 0 damaged" in done.stdout
    assert ".writing-" not in done.stdout


def test_a_read_only_folder_is_one_clear_line_and_can_be_read(data: Words, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    run = command("run", "--methods", "unchanged", *data, "--results", disk)
    more = command("run", "--methods", "unchanged,nnr", *data, "--results", disk)
    done = mounted(
        f"mount -t tmpfs -o size=50m tmpfs {disk}; {run}; echo first $?; mount -o remount,ro {disk};"
        f"{more}; echo second $?; {command('table', '--results', disk)}; echo table $?;"
        f"{command('status', '--results', disk)}; echo status $?"
    )
    assert "first 0" in done.stdout, done.stderr
    assert "second 1" in done.stdout, done.stdout + done.stderr
    assert f"error: cannot write results to {disk}: Read-only file system." in done.stderr
    assert "table 0" in done.stdout and "| people | mlp | unchanged |" in done.stdout
    assert "status 0" in done.stdout
    assert "Traceback" not in done.stderr
