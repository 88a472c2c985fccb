"""``python -m tests.fuzz``: many cases of every kind, in a table; each failure says how to replay it."""

from __future__ import annotations

import argparse
import sys
import time

from .kinds import KINDS
from .many import examine_many, table
from .runner import Finding, examine, told

_TOLD = 1000
"""After so many cases it says how far it is."""


def main() -> int:
    """Run the cases that were asked for; exit 1 if one was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=1000, help="of all kinds together")
    parser.add_argument("--processes", type=int, default=0, help="how many of them in a process of their own")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--kind", choices=KINDS, action="append", help="only this kind; may be repeated")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--replay", metavar="KIND:NUMBER", help="one case, as it was")
    asked = parser.parse_args()
    if asked.replay:
        finding = examine(
            KINDS[asked.replay.partition(":")[0]], asked.seed, asked.replay, asked.processes > 0
        )
        print(told(finding))
        return bool(finding.problems)
    started = time.monotonic()
    findings: list[Finding] = []
    kinds = asked.kind or list(KINDS)
    for finding in examine_many(asked.seed, asked.cases, asked.processes, kinds, asked.jobs):
        findings.append(finding)
        if finding.problems:
            print(told(finding), flush=True)
        if len(findings) % _TOLD == 0:
            print(f"{len(findings)} cases", file=sys.stderr, flush=True)
    print(table(findings))
    wrong = sum(bool(finding.problems) for finding in findings)
    minutes = (time.monotonic() - started) / 60
    print(f"seed {asked.seed}: {len(findings)} cases, {wrong} wrong, {minutes:.1f} minutes")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
