"""What the answers of a contestant are worth, before and after they are rounded to real values."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

import recbench as rb

TOLERANCE = 1e-6
"""Encoded distance below which two values count as equal (float32 rounding)."""


def quality(task: rb.RecourseTask, people: Tensor, answers: np.ndarray) -> dict[str, float]:
    """Return the measures of answers (n, d) or (n, k, d) for people (n, d).

    ``valid`` and ``valid_rounded`` are shares of people whom the classifier accepts with the answer as it is,
    and after rounding to the nearest thing the person can become (steps, categories, immutables, directions,
    bounds). ``cost`` and ``cost_rounded`` are means over those. ``off_grid`` is the share of values on no
    step of the schema, ``off_rules`` that of people with a value they cannot have, steps included. Of k
    answers the cheapest that the classifier accepts counts.
    """
    x = _one(task, people, torch.from_numpy(np.array(answers, dtype="float32")))
    x = torch.where(torch.isfinite(x).all(dim=1, keepdim=True), x, torch.nan)
    there = ~torch.isnan(x).any(dim=1)
    feasible = task.feasible(people)
    rounded = feasible.project(x)
    measures = {}
    for name, row in (("", x), ("_rounded", rounded)):
        accepted = task.accepts(row)
        measures[f"valid{name}"] = float(accepted.double().mean())
        measures[f"cost{name}"] = _mean(task.cost(people, row)[accepted])
    # NaN is off nothing, so rows without an answer are left out.
    off = (x - feasible.shown(x)).abs() > TOLERANCE
    measures["off_grid"] = _mean(off[there].double())
    measures["off_rules"] = _mean(feasible.violations(x)[there].any(dim=1).double())
    return measures


def _one(task: rb.RecourseTask, people: Tensor, x: Tensor) -> Tensor:
    """Return (n, d): of each person's answers the cheapest accepted one, else the first."""
    if x.dim() == 2:
        return x
    cost = torch.where(task.accepts(x), task.cost(people[:, None, :], x), torch.inf)
    return x[torch.arange(len(x)), cost.argmin(dim=1)]


def _mean(values: Tensor) -> float:
    return float(values.mean()) if values.numel() else float("nan")
