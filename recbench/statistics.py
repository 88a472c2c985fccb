"""Statistics in one place: within a cell over people, and over seeds.

Within a cell the estimand is the mean over the people this classifier turns down: Wilson's interval
for shares, a percentile bootstrap over people for other means. Over seeds it is the mean over
repetitions of the whole protocol: a t interval of the seed means, from five seeds on.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    import numpy as np

CONFIDENCE = 0.95
ENOUGH_SEEDS = 5
"""Seeds from which on an interval over them is given: to either side, that of two reaches on average seven
standard deviations of the seeds' means, that of five little more than one (docs/statistics.md)."""
_RESAMPLES = 1000
_AT_ONCE = 2_000_000
"""Numbers drawn at a time: the memory of a bootstrap does not grow with the people."""


class Summary(BaseModel):
    """A mean with its spread and 95 % interval.

    ``n`` counts what was averaged (people or seeds); fields are None where they are undefined.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    mean: float | None
    std: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0


def over_people(values: np.ndarray | float, is_share: bool = False) -> Summary:
    """Summarise one metric of one cell; NaN values (people without one) are left out and not counted.

    Args:
        values: one per person, or one number of the whole cell.
        is_share: the metric says yes (1) or no (0) of each person, as its card declares.

    Raises:
        ValueError: a share has other values.
    """
    import numpy as np

    if np.ndim(values) == 0:
        return Summary(mean=None) if np.isnan(values) else Summary(mean=float(values), n=1)
    known = np.asarray(values, dtype=np.float64)
    known = known[~np.isnan(known)]
    if not len(known):
        return Summary(mean=None)
    mean, n = float(known.mean()), len(known)
    std = float(known.std(ddof=1)) if n > 1 else None
    if is_share and not np.isin(known, (0.0, 1.0)).all():
        raise ValueError("its card says that it is a share of people, and some value is neither 0 nor 1")
    low, high = wilson(int(known.sum()), n) if is_share else bootstrap(known)
    return Summary(mean=mean, std=std, low=low, high=high, n=n)


def wilson(successes: int, n: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share (Wilson 1927)."""
    from scipy.stats import binomtest

    interval = binomtest(successes, n).proportion_ci(CONFIDENCE, method="wilson")
    return float(interval.low), float(interval.high)


def bootstrap(values: np.ndarray) -> tuple[float | None, float | None]:
    """Return the 95 % percentile bootstrap interval of a mean; always the same for the same values."""
    import numpy as np
    from scipy.stats import bootstrap as resample

    if len(values) < 2 or np.ptp(values) == 0:
        return (None, None) if len(values) < 2 else (float(values[0]), float(values[0]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result: Any = resample(
            (values,),
            np.mean,
            n_resamples=_RESAMPLES,
            batch=max(1, _AT_ONCE // len(values)),
            method="percentile",
            confidence_level=CONFIDENCE,
            rng=np.random.default_rng(0),
        )
    return float(result.confidence_interval.low), float(result.confidence_interval.high)


def over_seeds(cells: Sequence[Summary]) -> Summary:
    """Summarise one metric over seeds, with an interval if there are enough of them.

    A single seed keeps its interval over people, which is about something else.
    """
    import numpy as np

    known = [cell for cell in cells if cell.mean is not None]
    if not known:
        return Summary(mean=None)
    if len(known) == 1:
        only = known[0]
        return Summary(mean=only.mean, std=only.std, low=only.low, high=only.high, n=only.n)
    means = np.array([cell.mean for cell in known], dtype=np.float64)
    low, high = t_interval(means) if len(means) >= ENOUGH_SEEDS else (None, None)
    return Summary(mean=float(means.mean()), std=float(means.std(ddof=1)), low=low, high=high, n=len(means))


def t_interval(values: np.ndarray) -> tuple[float, float]:
    """Return the 95 % t interval of the mean of two or more values."""
    # scipy.stats has the same quantile, and takes ten times as long to import.
    from scipy.special import stdtrit

    n = len(values)
    half = float(stdtrit(n - 1, (1 + CONFIDENCE) / 2)) * float(values.std(ddof=1)) / n**0.5
    return float(values.mean()) - half, float(values.mean()) + half
