"""Table, trend and figure of the consistency experiment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

LINES = {
    "genre": ("GenRe: R(x⁺ | x)", "#0173b2", "o"),
    "search": ("density model with search", "#d55e00", "s"),
}
"""What is drawn, by column: words, colour, marker."""
STYLE: dict[Any, Any] = {  # matplotlib lists its keys one by one
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 8,
    "font.size": 8,
    "grid.color": "#e5e5e5",
    "lines.linewidth": 1.2,
    "pdf.fonttype": 42,
    "savefig.dpi": 200,
}


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
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(STYLE):
        names = list(dict.fromkeys(results["dataset"]))
        drawn = Figure((6.9, 2.2), layout="constrained")
        axes = drawn.subplots(1, len(names), sharex=True, squeeze=False)[0]
        for ax, name in zip(axes, names, strict=True):
            part = results[results["dataset"] == name]
            for column, (words, colour, marker) in LINES.items():
                mean = part.groupby("rows")[column].mean()
                ax.plot(
                    mean.index, mean, color=colour, marker=marker, label=words, markersize=4.5, mec="white"
                )
                ax.scatter(part["rows"], part[column], s=4, color=colour, alpha=0.4, linewidths=0)
            ax.set(title=name, xscale="log", yscale="log", xlabel="training rows")
            ticks = sorted(part["rows"].unique())[::2]
            ax.set_xticks(ticks, [f"{value:,.0f}" for value in ticks])
            ax.minorticks_off()
        axes[0].set_ylabel("energy distance to Q")
        drawn.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False)
        for suffix in ("png", "pdf"):
            metadata = {"Creator": "recbench", "CreationDate": None} if suffix == "pdf" else {}
            drawn.savefig(folder / f"consistency.{suffix}", metadata=metadata)
