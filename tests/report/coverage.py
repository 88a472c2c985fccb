"""How often recbench's intervals hold the truth. ``python tests/report/coverage.py`` prints the table."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from scipy.stats import binom, chi, t

from recbench.statistics import bootstrap, t_interval, wilson

Draw = Callable[[np.random.Generator, int], np.ndarray]

PEOPLE = {
    "normal": (lambda rng, n: rng.normal(1, 0.3, n), 1.0),
    "gamma, shape 2 (costs)": (lambda rng, n: rng.gamma(2, 0.5, n), 1.0),
    "two values and a cost (Score)": (
        lambda rng, n: rng.binomial(1, 0.9, n) + rng.binomial(1, 0.8, n) - rng.gamma(2, 0.05, n),
        0.9 + 0.8 - 0.1,
    ),
    "difference of two Scores of the same people": (
        lambda rng, n: (
            rng.binomial(1, 0.95, n)
            + rng.binomial(1, 0.9, n)
            - rng.binomial(1, 0.7, n)
            - rng.binomial(1, 0.8, n)
            - rng.gamma(2, 0.04, n)
            + rng.gamma(2, 0.02, n)
        ),
        0.95 + 0.9 - 0.7 - 0.8 - 0.08 + 0.04,
    ),
    "lognormal, sigma 1.5 (heavy tail)": (lambda rng, n: rng.lognormal(0, 1.5, n), float(np.exp(1.125))),
}
"""Distributions over people and their true means."""


def of_bootstrap(draw: Draw, truth: float, people: int, repeats: int, seed: int = 0) -> float:
    """Return how often the bootstrap interval over ``people`` holds the true mean."""
    rng = np.random.default_rng(seed)
    hits = 0
    for _ in range(repeats):
        low, high = bootstrap(draw(rng, people))
        assert low is not None and high is not None
        hits += low <= truth <= high
    return hits / repeats


def of_wilson(share: float, people: int) -> float:
    """Return how often Wilson's interval holds a share: exactly, by adding up the binomial distribution."""
    successes, ends = np.arange(people + 1), _wilson_ends(people)
    holds = (ends[:, 0] <= share) & (share <= ends[:, 1])
    return float(binom.pmf(successes, people, share)[holds].sum())


@cache
def _wilson_ends(people: int) -> np.ndarray:
    return np.array([wilson(count, people) for count in range(people + 1)])


def of_seeds(seeds: int, people: int, between: float, repeats: int, seed: int = 0) -> float:
    """Return how often the t interval of the seeds' means holds the truth.

    Each seed shifts all its people by a normal effect of standard deviation ``between``; people
    themselves vary with standard deviation 0.3.
    """
    rng = np.random.default_rng(seed)
    hits = 0
    for _ in range(repeats):
        shifts = between * rng.normal(size=seeds)
        means = shifts + rng.normal(1, 0.3, (seeds, people)).mean(axis=1)
        low, high = t_interval(means)
        hits += low <= 1.0 <= high
    return hits / repeats


def half_width(seeds: int) -> tuple[float, float]:
    """Return the mean half-width of the t interval over seeds, in standard deviations, and its spread.

    The spread is the half-width's own standard deviation as a share of its mean. Seeds' means are normal.
    """
    free = seeds - 1
    mean, deviation = chi.mean(free) / free**0.5, chi.std(free) / free**0.5
    return float(t.ppf(0.975, free) / seeds**0.5 * mean), float(deviation / mean)


def of_one_seed(people: int, between: float, repeats: int, seed: int = 0) -> float:
    """Return how often one seed's bootstrap interval holds the mean over seeds: it is not made for it."""
    rng = np.random.default_rng(seed)
    hits = 0
    for _ in range(repeats):
        low, high = bootstrap(between * rng.normal() + rng.normal(1, 0.3, people))
        assert low is not None and high is not None
        hits += low <= 1.0 <= high
    return hits / repeats


def main() -> None:
    """Print what docs/statistics.md tabulates."""
    rows = [
        (f"bootstrap over {people} people, {name}", of_bootstrap(draw, truth, people, 1000))
        for name, (draw, truth) in PEOPLE.items()
        for people in (20, 50, 200)
    ]
    for people in (20, 50, 200):
        exact = {share: of_wilson(share, people) for share in np.round(np.arange(0.5, 0.9901, 0.001), 3)}
        worst = min(exact, key=lambda share: exact[share])
        rows.append((f"Wilson, {people} people, worst share of 0.5 to 0.99 ({worst})", exact[worst]))
    rows += [(f"Wilson, 200 people, share {share}", of_wilson(share, 200)) for share in (0.995, 0.999)]
    rows += [
        (f"t over {seeds} seeds, seed effect {between}", of_seeds(seeds, 200, between, 4000))
        for between in (0.0, 0.05)
        for seeds in (2, 3, 5, 10)
    ]
    rows += [
        (
            f"one seed's bootstrap for the mean over seeds, seed effect {between}",
            of_one_seed(200, between, 1000),
        )
        for between in (0.0, 0.02, 0.05)
    ]
    print("| interval | coverage |\n|---|---:|")
    for name, value in rows:
        print(f"| {name} | {100 * value:.1f} % |")
    print("\n| seeds | half-width | its spread |\n|---:|---:|---:|")
    for seeds in (2, 3, 4, 5, 10, 20):
        width, spread = half_width(seeds)
        print(f"| {seeds} | {width:.2f} | {100 * spread:.0f} % |")


if __name__ == "__main__":
    main()
