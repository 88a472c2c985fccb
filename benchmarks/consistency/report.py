"""Table, trend and figure of the consistency experiment."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from recbench.report.figures.style import PAPER, appearance, handle, leftmost
from recbench.report.statistics import Summary, over_seeds


def trend(results: pd.DataFrame) -> pd.DataFrame:
    """Return Spearman's correlation of rows and distance, over all seeds, and its p against no fall."""
    from scipy.stats import spearmanr

    lines = []
    for name, part in results.groupby("dataset", sort=False):
        found = spearmanr(part["rows"], part["genre"], alternative="less")
        closer = (part["genre"] < part["search"]).mean()
        lines.append({"dataset": name, "rho": found.statistic, "p": found.pvalue, "closer": closer})
    return pd.DataFrame(lines)


def table(results: pd.DataFrame) -> str:
    """Return distances by data set and size (mean ± deviation over seeds) and the trend, as Markdown."""
    lines = [
        "| Data set | Rows | Targets | Bins | GenRe to Q | Density model with search to Q | Q to Q (noise) |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for (name, rows), part in results.groupby(["dataset", "rows"], sort=False):
        cells = [_mean(part[column]) for column in ("genre", "search")]
        noise = f"{part['noise'].abs().mean():.5f}"
        shown = [str(name), str(rows), f"{part['targets'].mean():.0f}", f"{part['bins'].iloc[0]}"]
        lines.append("| " + " | ".join([*shown, *cells, noise]) + " |")
    lines += [
        "",
        "| Data set | Spearman over n | p (no fall) | Fits where GenRe is closer |",
        "|---|---:|---:|---:|",
    ]
    for line in trend(results).itertuples():
        lines.append(f"| {line.dataset} | {line.rho:+.2f} | {line.p:.1e} | {line.closer:.0%} |")
    return "\n".join(lines) + "\n"


def _mean(values: pd.Series) -> str:
    return f"{values.mean():.4f}" + (f" ± {values.std():.4f}" if len(values) > 1 else "")


def figure(results: pd.DataFrame, folder: Path) -> None:
    """Write ``consistency.png`` and ``consistency.pdf``: distance against rows, both axes logarithmic."""
    names = list(dict.fromkeys(results["dataset"]))
    looks = {"genre": appearance("genre"), "search": appearance("nnr")}
    with PAPER():
        drawn, axes = PAPER.panels(len(names), 1.9, sharex=True)
        for ax, name in zip(axes, names, strict=True):
            part = results[results["dataset"] == name]
            for column, (colour, marker) in looks.items():
                over = part.groupby("rows")[column]
                summaries = over.apply(lambda one: over_seeds([Summary(mean=value) for value in one]))
                x = np.array(summaries.index, dtype=float)
                ax.plot(x, over.mean(), color=colour, marker=marker, markeredgecolor="white")
                if all(one.low is not None for one in summaries):
                    low = [max(one.low, 1e-5) for one in summaries]
                    ax.fill_between(x, low, [one.high for one in summaries], color=colour, alpha=0.15, lw=0)
            ax.set(title=name, xscale="log", yscale="log", xlabel="training rows")
            ax.set_xticks(x[::2], [f"{value:,.0f}" for value in x[::2]])
            ax.minorticks_off()
        for ax in leftmost(axes):
            ax.set_ylabel("energy distance to Q")
        words = {"genre": "GenRe: R(x⁺ | x)", "search": "density model with search"}
        PAPER.legend(drawn, [handle(words[column], look, linestyle="-") for column, look in looks.items()])
        for suffix in ("png", "pdf"):
            metadata = {"Creator": "recbench", "CreationDate": None} if suffix == "pdf" else {}
            drawn.savefig(folder / f"consistency.{suffix}", metadata=metadata)
