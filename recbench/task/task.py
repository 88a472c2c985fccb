"""RecourseTask: everything a recourse method may see, and two services so that it need not read features.

``feasible`` says what each person can become; ``cost`` says what a change costs them. A method that
uses the two holds immutables, directions, bounds and categories without knowing that they exist.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import torch
from torch import Tensor

from recbench.classifiers.base import Classifier
from recbench.data.encoding import Encoder

TOLERANCE = 1e-6
"""Encoded distance below which two values count as equal (float32 rounding)."""


@dataclass(frozen=True)
class Feasible:
    """What each of n people can become: a step between their bounds and inside the domain, or what they are.

    Attributes:
        lower: (n, d) float32, lowest encoded value. A person's own value is always allowed.
        upper: (n, d) float32, highest encoded value.
        encoder: the steps and the domain. Between its ends and a person outside nothing is allowed.
        origin: (n, d) float32, the people themselves.
    """

    lower: Tensor
    upper: Tensor
    encoder: Encoder
    origin: Tensor

    def of(self, rows: Tensor | slice) -> Feasible:
        """Return the same for some of the people (index, mask or slice)."""
        return Feasible(self.lower[rows], self.upper[rows], self.encoder, self.origin[rows])

    @cached_property
    def allowed(self) -> Mapping[int, Tensor]:
        """For each discrete feature (by position) an (n, L) mask of its categories."""
        allowed = {}
        for j, level in enumerate(self.encoder.levels):
            if level:
                codes = torch.arange(level, device=self.lower.device) / max(1, level - 1)
                above = codes >= self.lower[:, j : j + 1] - TOLERANCE
                allowed[j] = above & (codes <= self.upper[:, j : j + 1] + TOLERANCE)
        return allowed

    @cached_property
    def movable(self) -> Tensor:
        """(n, d) mask of the values that can change at all."""
        return self.upper - self.lower > TOLERANCE

    @cached_property
    def ends(self) -> tuple[Tensor, Tensor]:
        """(n, d) twice: the first and last step a person can move to; their own value where there is none."""
        lower, upper = (end.to(self.origin.device) for end in (self.encoder.lower, self.encoder.upper))
        return (
            torch.minimum(torch.maximum(self.lower, lower), self.upper),
            torch.maximum(torch.minimum(self.upper, upper), self.lower),
        )

    def clamp(self, x: Tensor) -> Tensor:
        """Return ``x`` moved inside the bounds, without snapping (differentiable).

        Args:
            x: (n, d) or (n, k, d) encoded values.
        """
        lower, upper = _beside(self.lower, x), _beside(self.upper, x)
        return torch.minimum(torch.maximum(x, lower), upper)

    def project(self, x: Tensor) -> Tensor:
        """Return the feasible point nearest to ``x``, feature by feature.

        Everything snaps to a step and is moved inside the bounds, and a value within rounding of the
        person's own becomes exactly their own. So it is the very value that a person is shown
        (:meth:`recbench.data.encoding.Encoder.decode`). NaN stays NaN.

        Args:
            x: (n, d) or (n, k, d) encoded values.
        """
        x = self.clamp(x)
        snapped = self.encoder.lattice.snap(x)
        lower, upper = (_beside(end, x) for end in self.ends)
        inside = torch.clamp(snapped, lower, upper)
        # The person's own value may lie between two steps, or outside the domain.
        origin = _beside(self.origin, x)
        stays = (x - origin).abs_() <= (x - inside).abs_()
        return torch.where(stays | ((inside - origin).abs_() <= TOLERANCE), origin, inside)

    def shown(self, x: Tensor) -> Tensor:
        """Return the codes (n, d) of the values that people are shown for codes ``x`` (n, d)."""
        return torch.where(x == self.origin, self.origin, self.encoder.lattice.snap(x))

    def violations(self, x: Tensor) -> Tensor:
        """Return an (n, d) mask of values shown outside the bounds, or off their steps; NaN counts as none.

        Bounds are exact. A step may be missed by float32 rounding.
        """
        shown = self.shown(x)
        lower, upper = self.ends
        outside = ((shown < lower) | (shown > upper)) & (shown != self.origin)
        return outside | ((x - shown).abs() > TOLERANCE)

    def admits(self, points: Tensor) -> Tensor:
        """Return (n, m) whether each person can become each of the (m, d) ``points``."""
        mask = torch.ones((len(self.lower), len(points)), dtype=torch.bool, device=points.device)
        if mask.numel() == 0:
            return mask
        snapped = self.encoder.lattice.snap(points)
        stepped = (points - snapped).abs() <= TOLERANCE
        lower, upper = self.ends
        cut = (lower > snapped.amin(dim=0)) | (upper < snapped.amax(dim=0)) | ~stepped.all(dim=0)
        for j in cut.any(dim=0).nonzero().squeeze(1).tolist():
            inside = (snapped[:, j] >= lower[:, j : j + 1]) & (snapped[:, j] <= upper[:, j : j + 1])
            mask &= (inside & stepped[:, j]) | (points[:, j] == self.origin[:, j : j + 1])
        return mask


def _beside(bound: Tensor, x: Tensor) -> Tensor:
    return bound if x.dim() == bound.dim() else bound[:, None, :]


@dataclass(frozen=True)
class RecourseTask:
    """What a recourse method may see: training rows with labels, the classifier, and the rules.

    Attributes:
        encoder: the schema with its training ranges.
        x: (N, d) float32, encoded training rows.
        y: (N,) int64, 1 where the training label is favourable.
        classifier: P(target class | x).
        threshold: a person is accepted when that probability is above it.
        weights: (d,) float32 cost of one encoded unit of each feature. A single number is every feature's;
            it is 1 by default.
        mismatch: count a changed nominal category as 1, whatever the distance of the codes.
    """

    encoder: Encoder
    x: Tensor
    y: Tensor
    classifier: Classifier
    threshold: float = 0.5
    weights: Tensor = field(default_factory=lambda: torch.ones(()))
    mismatch: bool = False

    def __post_init__(self) -> None:
        weights = self.weights.to(self.device).expand(self.dimensions).contiguous()
        object.__setattr__(self, "weights", weights)

    @property
    def device(self) -> torch.device:
        """Where the training rows and the classifier live."""
        return self.x.device

    @property
    def dimensions(self) -> int:
        """d, the number of features."""
        return len(self.encoder)

    def to(self, device: torch.device | str) -> RecourseTask:
        """Return the task on another device."""
        return replace(
            self,
            x=self.x.to(device),
            y=self.y.to(device),
            classifier=self.classifier.to(device),
            weights=self.weights.to(device),
        )

    def probability(self, x: Tensor, *, finite: bool = False) -> Tensor:
        """Return (...,) P(target class | x) for encoded rows (..., d); NaN rows give NaN.

        Args:
            x: the rows.
            finite: there are none of NaN, as the caller knows; so nobody looks for them.
        """
        if finite:
            return self.classifier.probability(x.reshape(-1, x.shape[-1])).reshape(x.shape[:-1])
        return self._asked(self.classifier.probability, x)

    def logit(self, x: Tensor) -> Tensor:
        """Return (...,) log-odds of the target class for encoded rows (..., d); NaN rows give NaN."""
        return self._asked(self.classifier.logit, x)

    def logit_and_gradient(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return (...,) log-odds of *finite* rows (..., d) and their (..., d) gradients, without a graph.

        In closed form where the classifier knows it: many times as quick as autograd.
        """
        logit, slope = self.classifier.logit_and_gradient(x.reshape(-1, x.shape[-1]))
        return logit.reshape(x.shape[:-1]), slope.reshape(x.shape)

    def accepts(self, x: Tensor) -> Tensor:
        """Return (...,) whether the classifier accepts encoded rows (..., d); NaN rows are not."""
        with torch.no_grad():
            return self.probability(x) > self.threshold

    def _asked(self, classifier: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
        flat = x.reshape(-1, x.shape[-1])
        known = ~torch.isnan(flat).any(dim=1)
        if bool(known.all()):
            return classifier(flat).reshape(x.shape[:-1])
        scores = torch.full((len(flat),), torch.nan, device=x.device)
        if bool(known.any()):
            scores[known] = classifier(flat[known])
        return scores.reshape(x.shape[:-1])

    def domain(self, factuals: Tensor) -> Feasible:
        """Return the (n, d) domain: declared bounds and categories, and each person's own values."""
        return Feasible(
            torch.minimum(self.encoder.lower.to(factuals.device), factuals),
            torch.maximum(self.encoder.upper.to(factuals.device), factuals),
            self.encoder,
            factuals,
        )

    def feasible(self, factuals: Tensor) -> Feasible:
        """Return what each of the (n, d) ``factuals`` can become: the domain, immutables and directions."""
        domain = self.domain(factuals)
        features = self.encoder.schema.features
        least = [feature.immutable or feature.monotone == "increase" for feature in features]
        most = [feature.immutable or feature.monotone == "decrease" for feature in features]
        held, kept = torch.tensor([least, most], device=factuals.device).unbind()
        lower = torch.where(held, factuals, domain.lower)
        return Feasible(lower, torch.where(kept, factuals, domain.upper), self.encoder, factuals)

    def project(self, x: Tensor, factuals: Tensor) -> Tensor:
        """Return the feasible point nearest to each of ``x``, (n, d) or (n, k, d); see :class:`Feasible`."""
        return self.feasible(factuals).project(x)

    def cost(self, x: Tensor, x_new: Tensor) -> Tensor:
        """Return (...,) cost of moving from ``x`` to ``x_new``, both (..., d) and broadcast.

        L1 on codes (GenRe, Section 5), weighted; differentiable. With
        ``mismatch``, a nominal category that changes costs 1.
        """
        return (self.distances(x, x_new)).sum(dim=-1)

    def pairwise_cost(self, x: Tensor, others: Tensor) -> Tensor:
        """Return (n, m) cost of moving each of ``x`` (n, d) to each of ``others`` (m, d), all on their steps.

        The same as :meth:`cost`, without a tensor of n * m * d numbers.
        """
        return torch.cdist(self.cost_space(x), self.cost_space(others), p=1.0)

    def cost_space(self, x: Tensor) -> Tensor:
        """Return (n, D) rows between which plain L1 is the cost."""
        weighted = x * self.weights
        if not self.mismatch:
            return weighted
        columns = []
        for j, feature in enumerate(self.encoder.schema.features):
            column = weighted[:, j : j + 1]
            if feature.kind == "categorical":
                # Two different one-hot codes are 2 apart.
                levels = len(feature.categories)
                codes = (x[:, j] * max(1, levels - 1)).round().long().clamp(0, levels - 1)
                column = torch.nn.functional.one_hot(codes, levels) * (self.weights[j] / 2)
            columns.append(column)
        return torch.cat(columns, dim=1)

    def distances(self, x: Tensor, x_new: Tensor) -> Tensor:
        """Return (..., d) the cost of each feature's change."""
        apart = (x_new - x).abs()
        if self.mismatch:
            nominal = [feature.kind == "categorical" for feature in self.encoder.schema.features]
            steps = torch.tensor([max(1, level - 1) for level in self.encoder.levels], device=x.device)
            apart = torch.where(torch.tensor(nominal, device=x.device), (apart * steps).clamp(max=1.0), apart)
        return apart * self.weights
