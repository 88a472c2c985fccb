"""Generated: fresh people from the equations of the data sets that recbench generates."""

from __future__ import annotations

import numpy as np
import pandas as pd

from recbench.errors import UsageError
from recbench.plugins import registry

_MIXTURES = ("moons", "circles", "corr")


def draw_people(name: str, n: int, rng: np.random.Generator | int = 0) -> pd.DataFrame:
    """Return people drawn anew from the equations of a generated data set.

    They come from where its rows come from, so a larger table, or one of another draw, is
    ``dataclasses.replace(data, test=draw_people("loan", 100_000))``.

    Args:
        name: ``loan``, ``moons``, ``circles`` or ``corr``.
        n: how many.
        rng: where chance comes from, or a seed.

    Returns:
        (n rows) own units: the features and the label.

    Raises:
        UsageError: no such data set, it is not generated, or ``n`` is below 1.
    """
    if n < 1:
        raise UsageError(f"{n} people cannot be drawn.", "Draw at least one.")
    generator = np.random.default_rng(rng)
    if name == "loan":
        from recbench.data.catalogue.loan import sample

        return sample(n, generator)
    if name in _MIXTURES:
        from recbench.data.catalogue import synthetic

        mixtures = dict(zip(_MIXTURES, (synthetic.MOONS, synthetic.CIRCLES, synthetic.CORR), strict=True))
        points, labels = mixtures[name].sample(n, generator)
        return pd.DataFrame(points, columns=synthetic.NAMES).assign(label=labels)
    registry.datasets.card(name)  # an unknown name is said with its neighbours
    raise UsageError(
        f"data set {name!r} is not generated: nobody knows its equations.",
        f"Generated are: loan, {', '.join(_MIXTURES)}.",
    )
