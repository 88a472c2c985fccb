"""For libraries that know no threshold but one half."""

from __future__ import annotations

from torch import Tensor


def centred(probability: Tensor, threshold: float) -> Tensor:
    """Return (n,) probabilities that are above one half exactly where ``probability`` is above ``threshold``.

    The odds are divided by the odds at the threshold. Differentiable; with a threshold of one half
    nothing changes.
    """
    if threshold == 0.5:
        return probability
    accepted, rejected = probability * (1 - threshold), (1 - probability) * threshold
    return accepted / (accepted + rejected).clamp(min=1e-12)
