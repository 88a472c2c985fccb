"""Many: cases of several kinds, one after the other or side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context

from .kinds import KINDS, SHARES
from .runner import Finding, examine

_AT_A_TIME = 50


def examine_many(
    seed: int, cases: int, processes: int, kinds: Sequence[str], jobs: int = 1
) -> Iterator[Finding]:
    """Yield the findings of many cases as they come.

    Args:
        seed: of all random numbers.
        cases: of all kinds together; each kind has its share.
        processes: how many of them are run in a process of their own.
        kinds: which.
        jobs: how many at a time.
    """
    whole = sum(SHARES[kind] for kind in kinds)
    every = cases // processes if processes else 0
    counts = {kind: round(cases * SHARES[kind] / whole) for kind in kinds}
    chunks = [
        (seed, kind, range(start, min(start + _AT_A_TIME, count)), every)
        for kind, count in counts.items()
        for start in range(0, count, _AT_A_TIME)
    ]
    if jobs == 1:
        for chunk in chunks:
            yield from _examine(*chunk)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for done in as_completed([pool.submit(_listed, *chunk) for chunk in chunks]):
            yield from done.result()


def _listed(seed: int, kind: str, numbers: Sequence[int], every: int) -> list[Finding]:
    return list(_examine(seed, kind, numbers, every))


def _examine(seed: int, kind: str, numbers: Sequence[int], every: int) -> Iterator[Finding]:
    for number in numbers:
        alone = bool(every) and number % every == every // 2
        yield examine(KINDS[kind], seed, f"{kind}:{number}", alone)


def table(findings: Sequence[Finding]) -> str:
    """Return how many cases of each kind there were, and what came of them."""
    lines = [f"{'kind':12}{'cases':>8}{'worked':>8}{'refused':>8}{'wrong':>8}{'seconds':>9}"]
    for kind in KINDS:
        of_kind = [finding for finding in findings if finding.place.startswith(f"{kind}:")]
        worked = sum(finding.worked for finding in of_kind)
        wrong = sum(bool(finding.problems) for finding in of_kind)
        seconds = sum(finding.seconds for finding in of_kind)
        lines.append(f"{kind:12}{len(of_kind):8}{worked:8}{len(of_kind) - worked:8}{wrong:8}{seconds:9.1f}")
    return "\n".join(lines)
