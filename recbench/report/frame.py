"""Frame: rows as a table of numbers, for whoever goes on with them in Python."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from recbench.report.rows import Row


def frame_of(rows: Sequence[Row]) -> pd.DataFrame:
    """Return a line per row, with each metric's mean over the seeds.

    ``seeds`` are in the means; ``missing`` are seeds whose cell failed, was skipped or has not run.
    Beside ``cost`` stand ``cost_std``, ``cost_low`` and ``cost_high`` (95 % interval), and so for each
    metric; empty where it is undefined.
    """
    lines = []
    for row in rows:
        line: dict[str, object] = {
            "dataset": row.dataset,
            "classifier": row.classifier,
            "method": row.method,
            "people": row.people,
            "seeds": len(row.seeds),
            "missing": len(row.problems),
        }
        for name, value in row.values.items():
            line |= {name: value.mean, f"{name}_std": value.std}
            line |= {f"{name}_low": value.low, f"{name}_high": value.high}
        lines.append(line)
    return pd.DataFrame(lines)
