"""Table, trend and figure of the consistency experiment."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from recbench.report.figures.style import PAPER, appearance, handle, leftmost


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
    for (name, rows), part in results.sort_values("rows").groupby(["dataset", "rows"]):
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
    """Write ``consistency.png`` and ``consistency.pdf``: distance against rows; dots are single seeds."""
    names = list(dict.fromkeys(results["dataset"]))
    looks = {"genre": appearance(0), "search": appearance(1)}
    with PAPER():
        drawn, axes = PAPER.panels(len(names), 1.9, sharex=True)
        for ax, name in zip(axes, names, strict=True):
            part = results[results["dataset"] == name]
            for column, (colour, marker) in looks.items():
                mean = part.groupby("rows")[column].mean()
                ax.plot(mean.index, mean, color=colour, marker=marker, markeredgecolor="white")
                ax.scatter(part["rows"], part[column], s=4, color=colour, alpha=0.4, linewidths=0)
            ax.set(title=name, xscale="log", yscale="log", xlabel="training rows")
            ticks = sorted(part["rows"].unique())[::2]
            ax.set_xticks(ticks, [f"{value:,.0f}" for value in ticks])
            ax.minorticks_off()
        for ax in leftmost(axes):
            ax.set_ylabel("energy distance to Q")
        words = {"genre": "GenRe: R(x⁺ | x)", "search": "density model with search"}
        PAPER.legend(drawn, [handle(words[column], look, linestyle="-") for column, look in looks.items()])
        for suffix in ("png", "pdf"):
            metadata = {"Creator": "recbench", "CreationDate": None} if suffix == "pdf" else {}
            drawn.savefig(folder / f"consistency.{suffix}", metadata=metadata)
