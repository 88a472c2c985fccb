"""Put the tables of `results/reference/speed` into docs/speed.md: ``python -m benchmarks.speed.page``."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pandas as pd

from benchmarks.speed.growth.tables import table
from benchmarks.speed.peers.tables import ratios, rounded

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "speed.md"
RESULTS = ROOT / "results" / "reference" / "speed"


@click.command()
def command() -> None:
    """Write the tables between the marks of docs/speed.md anew."""
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), RESULTS), encoding="utf-8")
    click.echo(f"wrote {PAGE.relative_to(ROOT)}")


def filled(page: str, results: Path) -> str:
    """Return a page whose tables, between ``<!-- table: NAME -->`` and ``<!-- end -->``, are made anew.

    Args:
        page: Markdown.
        results: folder with ``peers.csv``, ``peers.md``, ``growth.csv`` and ``growth.md``.
    """
    peers, growth = (read(results / f"{name}.csv") for name in ("peers", "growth"))
    tables = {
        "peers": f"{_made(results / 'peers.md')}\n\n{_peers(peers)}",
        "people": f"{_made(results / 'growth.md')}\n\n{table(growth[growth['axis'] == 'people'], 'cpu')}",
        "features": table(growth[growth["axis"] == "features"], "fit_cpu"),
    }

    def between(found: re.Match[str]) -> str:
        return f"{found[1]}\n{tables[found[2]]}\n\n{found[3]}"

    return re.sub(r"(<!-- table: (\w+) -->).*?(<!-- end -->)", between, page, flags=re.DOTALL)


def read(path: Path) -> pd.DataFrame:
    """Return the rows of a table that one of the commands wrote."""
    rows = pd.read_csv(path, dtype={"failure": "str"})
    return rows.assign(failure=rows["failure"].fillna(""))


def _made(path: Path) -> str:
    """Return by which command, when and where a page of results was made: its second and third paragraph."""
    command, machine = path.read_text(encoding="utf-8").split("\n\n")[1:3]
    return f"{command}, {machine}"


def _peers(rows: pd.DataFrame) -> str:
    timed = rows[rows["seconds"].notna()]
    lines = [
        "| Data | Ours | Theirs | People | Times as fast | per CPU-second | Valid after rounding | Cost |",
        "|---|---|---|---:|---:|---:|---:|---:|",
    ]
    for ours, theirs in ratios(timed):
        pair = [f"{_decimals(ours[name])} / {_decimals(theirs[name])}" for name in ("valid_rounded", "cost")]
        rates = [rounded(ours[rate] / theirs[rate]) for rate in ("per_second", "per_cpu_second")]
        cells = [
            ours["dataset"],
            f"`{ours['method']}`",
            theirs["method"],
            f"{ours['people']:,}",
            *rates,
            *pair,
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _decimals(number: float) -> str:
    return "–" if pd.isna(number) else f"{number:.3f}"


if __name__ == "__main__":
    command()
