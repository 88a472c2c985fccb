"""Sweeps in real processes that can be killed, on a small table whose classifiers are ready."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

Words = tuple[str, ...]


def until(condition: Callable[[], object], seconds: float = 120) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came to pass"
        time.sleep(0.05)


def cells(results: Path) -> dict[str, bytes]:
    """Return the people of every stored cell."""
    return {path.parent.name: path.read_bytes() for path in (results / "cells").glob("*/people.parquet")}


class Driver:
    """``recbench run`` in a process of its own."""

    def __init__(self, words: Words, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "recbench", "run", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **environment},
            start_new_session=True,
        )

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def end(self, seconds: float = 180) -> str:
        """Wait for the end and return everything that was printed."""
        return self.process.communicate(timeout=seconds)[0]

    @property
    def code(self) -> int:
        return self.process.wait(timeout=180)


class Bench:
    """A results folder in which the small table is prepared, and a place where ``waits`` signs in."""

    def __init__(self, home: Path, prepared: Path, data: Words, faulty: str) -> None:
        self.results = home / "results"
        shutil.copytree(prepared / "cache", self.results / "cache")
        self.signs = home / "signs"
        self.signs.mkdir()
        self._data = data
        self._environment = {"PYTHONPATH": faulty, "FAULTS": str(self.signs)}
        self._drivers: list[Driver] = []

    def words(self, methods: str, *more: str) -> Words:
        return ("--methods", methods, *self._data, "--results", str(self.results), *more)

    def start(self, methods: str, *more: str) -> Driver:
        driver = Driver(self.words(methods, *more), self._environment)
        self._drivers.append(driver)
        return driver

    def run(self, methods: str, *more: str) -> tuple[int, str]:
        driver = self.start(methods, *more)
        said = driver.end()
        return driver.code, said

    def hold(self, phase: str) -> None:
        (self.signs / f"{phase}.wait").touch()

    def let_go(self, phase: str) -> None:
        (self.signs / f"{phase}.wait").unlink()

    def signed(self, phase: str) -> list[int]:
        """Return the processes that ``waits`` has been in."""
        path = self.signs / f"{phase}.pids"
        return [int(line) for line in path.read_text().split()] if path.exists() else []

    def close(self) -> None:
        for driver in self._drivers:
            if driver.process.poll() is None:
                os.killpg(driver.process.pid, signal.SIGKILL)
                driver.process.wait()


@pytest.fixture(scope="session")
def data(people_files: tuple[Path, Path]) -> Words:
    """The options that name the small table."""
    table, schema = map(str, people_files)
    return ("--data", table, "--schema", schema, "--factuals", "20", "--no-tracking")


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, data: Words) -> Path:
    """A results folder with seeds 0 and 1 of ``unchanged`` and ``nnr``, computed inline."""
    home = tmp_path_factory.mktemp("prepared")
    driver = Driver(("--methods", "unchanged,nnr", *data, "--results", str(home), "--seeds", "0,1"), {})
    said = driver.end()
    assert driver.code == 0, said
    return home


@pytest.fixture
def bench(tmp_path: Path, prepared: Path, data: Words, faulty: str) -> Iterator[Bench]:
    """A fresh results folder whose classifiers and judges are there."""
    bench = Bench(tmp_path, prepared, data, faulty)
    try:
        yield bench
    finally:
        bench.close()


class Cluster:
    """A real dask scheduler with workers, all of them processes that can be killed."""

    def __init__(self, home: Path, environment: dict[str, str]) -> None:
        self._home, self._environment = home, environment
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{self._port}"
        self.scheduler = self.start_scheduler()
        self.workers: list[subprocess.Popen[bytes]] = []

    def start_scheduler(self) -> subprocess.Popen[bytes]:
        place = ("--host", "127.0.0.1", "--port", str(self._port))
        self.scheduler = self._start("scheduler", *place, "--dashboard-address", "127.0.0.1:0")
        until(self._answers)
        return self.scheduler

    def add_worker(self, *more: str) -> subprocess.Popen[bytes]:
        # Without a nanny a killed worker stays dead.
        options = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(self._home))
        self.workers.append(self._start("worker", self.address, *options, *more))
        return self.workers[-1]

    def close(self) -> None:
        for process in (*self.workers, self.scheduler):
            if process.poll() is None:
                process.kill()
                process.wait()

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        log = (self._home / f"{words[0]}.log").open("ab")
        return subprocess.Popen(
            [sys.executable, "-m", "dask", *words],
            env={**os.environ, **self._environment},
            stdout=log,
            stderr=log,
        )

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._port)) == 0


@pytest.fixture
def cluster(tmp_path: Path, bench: Bench, faulty: str) -> Iterator[Cluster]:
    """A scheduler without workers."""
    home = tmp_path / "cluster"
    home.mkdir()
    cluster = Cluster(home, {"PYTHONPATH": faulty, "FAULTS": str(bench.signs)})
    try:
        yield cluster
    finally:
        cluster.close()
