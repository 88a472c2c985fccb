"""Counterfactuals guided by prototypes (Van Looveren & Klaise 2021) for all people in one batch."""

from __future__ import annotations

import torch
from torch import Tensor

from recbench.method import Recourse, RecourseMethod
from recbench.rng import PeopleRng, Rng
from recbench.task import RecourseTask
from recbench_methods.common.autoencoder import train_autoencoder
from recbench_methods.common.elastic_net import elastic_net_search
from recbench_methods.prototype import card
from recbench_methods.prototype.params import PrototypeParams


class Prototype(RecourseMethod[PrototypeParams]):
    """Minimise c L_pred + beta L_1 + L_2 + gamma L_AE + theta L_proto (Section 3).

    A prototype is the mean of the K training rows nearest to the person that the classifier accepts,
    found in a k-d tree (Algorithm 2) or, as means of encodings, in an encoder's space (Algorithm 1).
    L_proto is the squared distance to it in the same space. Where the classifier accepts no row there
    is no prototype, and its loss is left out.
    """

    card = card

    def fit(self, task: RecourseTask, rng: Rng) -> None:
        """Train the autoencoder, if one is needed, and grow the tree of accepted rows."""
        from scipy.spatial import cKDTree

        super().fit(task, rng)
        p = self.params
        needed = p.source == "encoder" or p.gamma > 0
        self.autoencoder = train_autoencoder(task.x, rng) if needed else None
        with torch.no_grad():
            rows = self._space(torch.unique(task.x[task.accepts(task.x)], dim=0))
        self.rows = rows.cpu()
        self.tree = cKDTree(self.rows.double().numpy()) if len(rows) else None

    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse:
        """Return the accepted point with the least elastic-net distance seen on the way to the prototype."""
        task, p = self.task, self.params
        model = self.autoencoder
        goals = self.prototypes(factuals)

        def extra(x: Tensor, rows: Tensor) -> Tensor:
            total = torch.zeros_like(x[:, 0])
            if goals is not None:
                total = total + p.theta * (self._space(x) - goals[rows]).square().sum(dim=-1)
            if model is not None and p.gamma:
                total = total + p.gamma * model.error(x)
            return total

        found = elastic_net_search(task, factuals, p, extra, lambda done: self.progress(done, "searching"))
        return Recourse.of(found.points, task)

    def prototypes(self, factuals: Tensor) -> Tensor | None:
        """Return the prototype of each of (n, d) people, in the space of the source; None without any."""
        if self.tree is None:
            return None
        with torch.no_grad():
            places = self._space(factuals).cpu().double().numpy()
        count = min(self.params.nearest, len(self.rows))
        _, nearest = self.tree.query(places, k=range(1, count + 1))
        means: Tensor = self.rows[torch.from_numpy(nearest)].mean(dim=1)
        return means.to(factuals.device)

    def _space(self, x: Tensor) -> Tensor:
        """Where distances to prototypes are measured."""
        if self.params.source == "kdtree" or self.autoencoder is None:
            return x
        encoded: Tensor = self.autoencoder.encode(x)
        return encoded
