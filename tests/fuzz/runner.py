"""Runner: executes a case, in this process or in one of its own, and judges what came of it."""

from __future__ import annotations

import hashlib
import io
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Collection, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from .case import FINE, Case, Generator, Outcome, Scene
from .guard import guarded

LIMIT = 60.0
"""Seconds after which a command hangs. Few take one."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SHOWN_WARNINGS = (UserWarning, RuntimeWarning, FutureWarning, SyntaxWarning)
"""Warnings that Python shows a user."""


class _OverTimeError(BaseException):
    """A command took too long. No ``except Exception`` catches it."""


@dataclass(frozen=True)
class Finding:
    """What came of one case.

    Attributes:
        place: kind and number, with which it is replayed.
        said: what was done to a valid input.
        words: the command.
        worked: whether its exit code was 0.
        problems: what was wrong with it.
        seconds: how long it took, checks included.
    """

    place: str
    said: tuple[str, ...]
    words: tuple[str, ...]
    worked: bool
    problems: tuple[str, ...]
    seconds: float


def random_of(seed: int, place: str) -> random.Random:
    """Return the random numbers of one case, whatever ran before it."""
    return random.Random(f"{seed}:{place}")


def examine(generate: Generator, seed: int, place: str, process: bool = False) -> Finding:
    """Make a case, execute it and return what came of it."""
    started = time.monotonic()
    try:
        case = generate(random_of(seed, place))
    except Exception:
        problem = f"no case was made: {traceback.format_exc(limit=-6)}"
        return Finding(place, (), (), False, (problem,), time.monotonic() - started)
    with _folder() as top:
        home = top / "work"
        home.mkdir()
        _plant(top)
        for path, content in case.files.items():
            (home / path).parent.mkdir(parents=True, exist_ok=True)
            (home / path).write_bytes(content)
        case.before(home)
        outside = _sums(top, home)
        problems: list[str] = []
        outcome = _recbench(case, home, problems, process)
        if not problems:
            problems += _contradictions(case, Scene(home, outcome, _again(home, problems)))
        if _sums(top, home) != outside:
            problems.append("files beside the folder of the case were changed")
    return Finding(
        place, tuple(case.said), outcome.words, outcome.code == 0, tuple(problems), time.monotonic() - started
    )


def _recbench(case: Case, home: Path, problems: list[str], process: bool) -> Outcome:
    outcome = (as_process if process else in_process)(case.words, home)
    problems += faults(outcome, case.codes)
    return outcome


def _again(home: Path, problems: list[str]):  # type: ignore[no-untyped-def]
    def recbench(*words: str, codes: Collection[int] = FINE) -> Outcome:
        outcome = in_process(words, home)
        problems.extend(f"then `{' '.join(words)}`: {fault}" for fault in faults(outcome, codes))
        return outcome

    return recbench


def _contradictions(case: Case, scene: Scene) -> list[str]:
    """Return what the check of a case found; that it could not look is a finding too."""
    try:
        with warnings.catch_warnings(), _limited(LIMIT):
            warnings.simplefilter("ignore")
            return list(case.check(scene))
    except Exception:
        return [f"the check failed: {traceback.format_exc(limit=-4)}"]


def in_process(words: Collection[str], home: Path) -> Outcome:
    """Run the command line in this process, as if it were one of its own."""
    from recbench.cli import main

    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", errors) for errors in ("strict", "backslashreplace"))
    before, stdin, environment = Path.cwd(), sys.stdin, dict(os.environ)
    code, found = 0, []
    started = time.monotonic()
    with warnings.catch_warnings(record=True) as warned, redirect_stdout(out), redirect_stderr(err):
        warnings.simplefilter("always")
        sys.stdin = io.StringIO()
        os.chdir(home)
        try:
            with guarded(home) as outside, _limited(LIMIT):
                main(list(words))
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        except _OverTimeError:
            code, found = -1, [f"it was still running after {LIMIT:.0f} s"]
        except BaseException:
            code, found = -1, [f"it raised {traceback.format_exc(limit=-4)}"]
        finally:
            os.chdir(before)
            sys.stdin = stdin
            os.environ.clear()
            os.environ.update(environment)
    seconds = time.monotonic() - started
    found += [
        f"a library warned: {one.message}" for one in warned if issubclass(one.category, _SHOWN_WARNINGS)
    ]
    texts = []
    for stream in (out, err):
        with suppress(ValueError):  # a broken pipe closes its stream
            stream.flush()
        texts.append(stream.buffer.getvalue().decode("utf-8", "replace"))
    return Outcome(tuple(words), code, texts[0], texts[1], seconds, (*found, *outside))


def as_process(words: Collection[str], home: Path) -> Outcome:
    """Run the command line in a process of its own, as a user does."""
    if any("\0" in word for word in words):
        return in_process(words, home)  # no system passes such a word
    started = time.monotonic()
    command = [sys.executable, "-m", "recbench", *words]
    found: tuple[str, ...] = ()
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    try:
        done = subprocess.run(
            command, cwd=home, env=environment, capture_output=True, timeout=3 * LIMIT, check=False
        )
    except subprocess.TimeoutExpired:
        return Outcome(tuple(words), -1, "", "", 3 * LIMIT, ("it hung",))
    said, err = (text.decode("utf-8", "replace").replace("\r\n", "\n") for text in (done.stdout, done.stderr))
    return Outcome(tuple(words), done.returncode, said, err, time.monotonic() - started, found)


def faults(outcome: Outcome, codes: Collection[int]) -> list[str]:
    """Return what is wrong with how a command ended, whatever it was about."""
    found = list(outcome.faults)
    said = outcome.out + outcome.err
    if outcome.code not in codes:
        right = " or ".join(map(str, sorted(codes)))
        found.append(f"exit code {outcome.code}, not {right}: {outcome.err.strip()[-300:]}")
    bad = [words for words in ("Traceback (most", "fault of recbench", "Warning:") if words in said]
    found += [f"it says {words!r}: {outcome.err.strip()[-300:]}" for words in bad]
    control = _CONTROL.search(said.replace("\r\n", "\n"))
    if control:
        found.append(
            f"a control character is printed: {said[max(0, control.start() - 40) : control.end()]!r}"
        )
    errors = [line for line in outcome.err.splitlines() if line.startswith("error: ")]
    if outcome.code == 2 and (len(errors) != 1 or not outcome.err.splitlines()[-1].startswith("error: ")):
        found.append(f"a refusal is one line that begins with `error: `, not {outcome.err!r}"[:400])
    if outcome.code in (0, 3) and errors:
        found.append(f"exit code {outcome.code} and yet {errors[0][:300]}")
    if any(len(line) > 1500 for line in errors):
        found.append(f"an error line of {max(map(len, errors))} characters")
    return found


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    def stop(number: int, frame: object) -> None:
        raise _OverTimeError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def _folder() -> Iterator[Path]:
    """Yield a fresh folder whose files can all be deleted again, whatever a case did to their permissions."""
    top = Path(tempfile.mkdtemp(prefix="fuzz-")).resolve()
    try:
        yield top
    finally:
        for folder, folders, _ in os.walk(top):
            for path in (Path(folder, name) for name in folders):
                if not path.is_symlink():
                    path.chmod(0o700)
        shutil.rmtree(top, ignore_errors=True)


def _plant(top: Path) -> None:
    """Put files beside the folder of the case, for those who reach out of it."""
    (top / "victim").mkdir()
    (top / "victim" / "package").write_text("somebody else's\n")
    (top / "victim" / "package.lock").write_text("somebody else's\n")


def _sums(top: Path, home: Path) -> dict[str, str]:
    """Return what lies beside the folder of the case."""
    found = {}
    for folder, folders, names in os.walk(top):
        if Path(folder) == top:
            folders.remove(home.name)
        for name in names:
            path = Path(folder, name)
            found[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def told(finding: Finding) -> str:
    """Return a finding for people to read."""
    lines = [f"{finding.place}: recbench {' '.join(map(repr, finding.words))}"]
    lines += [f"    did: {said}" for said in finding.said]
    lines += ["    " + problem.strip().replace("\n", "\n      ") for problem in finding.problems]
    return "\n".join(lines)


def without_seconds(finding: Finding) -> Finding:
    """Return what is the same whenever a case is replayed."""
    return replace(finding, seconds=0.0)
