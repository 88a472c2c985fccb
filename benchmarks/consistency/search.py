"""The rival: an unconditional density model of the favourable rows, and a search in it for each person."""

from __future__ import annotations

import numpy as np
import torch
from scipy.stats import gaussian_kde
from torch import Tensor

import recbench as rb

CANDIDATES = 10
"""Draws of the density model among which one search chooses; as many as GenRe draws per person."""


def searched(task: rb.RecourseTask, people: Tensor, k: int, rate: float, gamma: float, rng: rb.Rng) -> Tensor:
    """Return (n, k, d): the results of k searches for each of (n, d) people.

    The density model is a Gaussian kernel estimate (Scott's bandwidth) of the rows with y = 1. Each
    search draws candidates from it and keeps the one of highest log p(x+) - lambda cost(x, x+) with
    h > gamma, or the highest h if none has.
    """
    model = gaussian_kde(task.x[task.y == 1].numpy().T)
    drawn = model.resample(len(people) * k * CANDIDATES, seed=rng.numpy()).T.astype(np.float32)
    candidates = torch.from_numpy(np.ascontiguousarray(drawn)).reshape(len(people), k, CANDIDATES, -1)
    flat = candidates.reshape(-1, candidates.shape[-1])
    shape = candidates.shape[:-1]
    h = task.probability(flat).reshape(shape)
    density = torch.from_numpy(_log_density(model, flat.numpy())).to(torch.float32).reshape(shape)
    worth = density - rate * task.cost(people[:, None, None, :], candidates)
    worth = torch.where(h > gamma, worth, h - 1e6)
    best = worth.argmax(dim=2)[..., None, None].expand(-1, -1, 1, candidates.shape[-1])
    return candidates.gather(2, best).squeeze(2)


def _log_density(model: gaussian_kde, points: np.ndarray) -> np.ndarray:
    """Return the log density on a fine grid, looked up at ``points``: the estimate is smooth."""
    from scipy.interpolate import RegularGridInterpolator

    low, high = points.min(axis=0), points.max(axis=0)
    axes = [np.linspace(first, last, 128) for first, last in zip(low, high, strict=True)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(axes))
    values = model.logpdf(grid.T).reshape([len(axis) for axis in axes])
    return np.asarray(RegularGridInterpolator(axes, np.maximum(values, -50.0))(points))
