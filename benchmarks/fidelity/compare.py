"""Compare native methods with their originals: same data, same classifier, same people.

Setting "free": no immutables, directions or whole steps on either side (and no bounds where the original
knows none). The native method should be accepted by h for at least as many people, at a cost at most
10 % higher over the people for whom both are. Setting "kept": the real schema, over the people for whom
the original happened to keep immutables and bounds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd
import torch

import recbench as rb
from benchmarks.fidelity.answers import Answering, Answers, without_constraints
from benchmarks.fidelity.pairs import PAIRS, Pair
from benchmarks.fidelity.tables import markdown

DEARER = 1.10
"""What the native method may cost of what its original does."""

TOLERANCE = 1e-6
"""Encoded distance below which two values count as equal (float32 rounding)."""


@dataclass(frozen=True)
class Ground:
    """Where both sides are measured: the real schema, whatever they were given.

    Attributes:
        dataset: with the real schema.
        task: what methods see of it.
        people: those whom the classifier turns down, in own units.
    """

    dataset: rb.Dataset
    task: rb.RecourseTask
    people: pd.DataFrame

    @cached_property
    def factuals(self) -> torch.Tensor:
        """(n, d) float32, the encoded people."""
        return self.task.encoder.encode(self.people)

    def measures(self, answers: Answers, people: np.ndarray) -> dict[str, float]:
        """Return the measures of one side over some of the people (mask of n)."""
        x = answers.counterfactuals[people]
        factuals = self.factuals[people]
        found = ~torch.isnan(x).any(dim=1)
        some = bool(found.any())
        accepted = self.task.accepts(x)
        cost = self.task.cost(factuals, x)
        out = self.task.domain(factuals).violations(x).any(dim=1)
        share = len(x) or np.nan
        return {
            "found": float(found.sum()) / share,
            "accepted": float(accepted.sum()) / share,
            "cost": float(cost[found].mean()) if some else np.nan,
            "lof": float(answers.inlier[people].sum()) / share,
            "immutables_violated": float(self._moved(answers)[people][found.numpy()].mean())
            if some
            else np.nan,
            "out_of_domain": float(out[found].double().mean()) if some else np.nan,
            "fit_seconds": answers.fit,
            "generate_seconds": answers.generate,
        }

    def accepted(self, answers: Answers) -> np.ndarray:
        """Return (n,) who is accepted by h."""
        accepted: np.ndarray = self.task.accepts(answers.counterfactuals).numpy()
        return accepted

    def cost(self, answers: Answers) -> np.ndarray:
        """Return (n,) cost, NaN without recourse."""
        cost: np.ndarray = self.task.cost(self.factuals, answers.counterfactuals).numpy()
        return cost

    def kept(self, answers: Answers) -> np.ndarray:
        """Return (n,) who is found with immutables unchanged and values within bounds, whole steps aside."""
        x, domain = answers.counterfactuals, self.task.domain(self.factuals)
        inside = (x >= domain.lower - TOLERANCE) & (x <= domain.upper + TOLERANCE)
        kept: np.ndarray = inside.all(dim=1).numpy() & (self._moved(answers) == 0)
        return kept

    def _moved(self, answers: Answers) -> np.ndarray:
        features = self.task.encoder.schema.features
        immutable = torch.tensor([feature.immutable for feature in features])
        apart = (answers.counterfactuals - self.factuals).abs() > TOLERANCE
        return apart[:, immutable].any(dim=1).double().numpy()


def compare(pair: Pair, ground: Ground, answering: Answering) -> list[dict[str, Any]]:
    """Return one row per setting for a pair on one data set."""
    real, free = ground.dataset, without_constraints(ground.dataset, pair.unbounded)
    kept_original = answering.of(pair.original, real, "with constraints")
    free_original = kept_original if pair.blind else answering.of(pair.original, free, "without constraints")
    sides = {
        "free": (answering.of(pair.native, free, "without constraints", pair.settings), free_original),
        "kept": (answering.of(pair.native, real, "with constraints", pair.settings), kept_original),
    }
    rows = []
    for setting, (native, original) in sides.items():
        row: dict[str, Any] = {
            "setting": setting,
            "dataset": real.name,
            "native": pair.native_label,
            "original": pair.original,
            "skipped": "; ".join(
                f"{name}: {side.failure}"
                for name, side in ((pair.native, native), (pair.original, original))
                if side.failure
            ),
            "on_purpose": pair.purpose,
        }
        if not row["skipped"]:
            row.update(_measured(setting, ground, native, original))
        rows.append(row)
    return rows


def _measured(setting: str, ground: Ground, native: Answers, original: Answers) -> dict[str, Any]:
    everyone = np.ones(len(ground.people), dtype=bool)
    people = ground.kept(original) if setting == "kept" else everyone
    both = people & ground.accepted(native) & ground.accepted(original)
    costs = [float(ground.cost(side)[both].mean()) if both.any() else np.nan for side in (native, original)]
    measures = [ground.measures(side, people) for side in (native, original)]
    row: dict[str, Any] = {"people": int(people.sum()), "both": int(both.sum())}
    row["cost_ratio"] = costs[0] / costs[1] if both.any() and costs[1] > 0 else np.nan
    for side, measured in zip(("native", "original"), measures, strict=True):
        row.update({f"{side}_{name}": value for name, value in measured.items()})
    as_many = not people.any() or row["native_accepted"] >= row["original_accepted"]
    as_cheap = not both.any() or row["cost_ratio"] <= DEARER
    row["holds"] = bool(as_many and as_cheap)
    return row


@click.command()
@click.option("--datasets", default="compas,heloc", show_default=True)
@click.option("--pairs", default="all", help="Native or original names, by comma.  [default: all]")
@click.option("--people", default=100, show_default=True, type=click.IntRange(1))
@click.option("--seed", default=0, show_default=True)
@click.option("--out", default="results/reference/fidelity", show_default=True, type=Path)
@click.option("--results", default="results/fidelity", show_default=True, type=Path, help="Finished answers.")
def main(datasets: str, pairs: str, people: int, seed: int, out: Path, results: Path) -> None:
    """Run each native method and its original on the same people and write a table."""
    wanted = [word.strip() for word in pairs.split(",")]
    chosen = [pair for pair in PAIRS if pairs == "all" or {pair.native, pair.original} & set(wanted)]
    known = {name for pair in PAIRS for name in (pair.native, pair.original)}
    unknown = sorted(set(wanted) - known - {"all"})
    if unknown:
        raise click.UsageError(f"no pair has {', '.join(unknown)}; known: {', '.join(sorted(known))}")
    answering = Answering(people, seed, results, click.echo)
    try:
        frame = pd.DataFrame(list(_rows(datasets.split(","), chosen, answering)))
    except rb.RecbenchError as error:
        raise click.ClickException(str(error)) from error
    out.mkdir(parents=True, exist_ok=True)
    frame.to_csv(out / "fidelity.csv", index=False, float_format="%.4g")
    command = (
        f"python -m benchmarks.fidelity --datasets {datasets} --pairs {pairs} --people {people} --seed {seed}"
    )
    (out / "fidelity.md").write_text(markdown(frame, command, people, seed), encoding="utf-8")
    click.echo(f"wrote {out / 'fidelity.md'} and {out / 'fidelity.csv'}")


def _rows(datasets: Iterable[str], pairs: list[Pair], answering: Answering) -> Iterable[dict[str, Any]]:
    for name in datasets:
        dataset = rb.load_dataset(name.strip())
        task = rb.make_task(dataset, seed=answering.seed, cache=answering.results / "cache")
        ground = Ground(dataset, task.recourse_task, task.rejected(answering.people))
        for pair in pairs:
            yield from compare(pair, ground, answering)
