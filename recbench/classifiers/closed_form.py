"""The logit of a ReLU network and its gradient in closed form: one pass forth, one back, no graph.

Within a piece, where no unit changes its side, the logit is linear. So its gradient is a product of the
weights of the layers, without the rows and columns of the units that are off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

_PROBES = 64
"""Rows at which a network's closed form is compared with autograd before it is used."""


@dataclass(frozen=True)
class ReluNetwork:
    """A chain of affine layers with one output, each followed by ReLU or not.

    Attributes:
        layers: (weight, bias or None, whether ReLU follows) of each, first to last.
    """

    layers: Sequence[tuple[Tensor, Tensor | None, bool]]

    @classmethod
    def of(cls, module: nn.Module) -> ReluNetwork | None:
        """Return the chain that ``module`` is; None if it is another network, or does not compute as one.

        A chain is an ``nn.Sequential`` of ``Linear`` and ``ReLU`` (also nested, with ``Flatten(0)`` at its
        end), or a module that returns one from a method ``chain()`` and is that chain.
        """
        said = getattr(module, "chain", None)
        chain = said() if callable(said) else module
        layers: list[tuple[Tensor, Tensor | None, bool]] = []
        for part in _parts(chain):
            if type(part) is nn.Linear:
                layers.append((part.weight, part.bias, False))
            elif type(part) is nn.ReLU and layers:
                layers[-1] = (*layers[-1][:2], True)
            elif type(part) is not nn.Flatten or part.start_dim != 0:
                return None
        if not layers or len(layers[-1][0]) != 1:
            return None
        network = cls(layers)
        return network if network._agrees_with(module) else None

    def logit(self, x: Tensor) -> Tensor:
        """Return (n,) logits for rows (n, d), differentiable in ``x``."""
        return self._forward(x)[-1].squeeze(0)

    @torch.no_grad()
    def logit_and_gradient(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return (n,) logits and their (n, d) gradients for finite rows (n, d)."""
        outputs = self._forward(x)
        slope = torch.ones_like(outputs[-1])
        for number in reversed(range(len(outputs))):
            weight, _, gated = self.layers[number]
            if gated:
                slope = torch.ops.aten.threshold_backward(slope, outputs[number], 0)
            # The last product has a row per point again.
            slope = weight.t() @ slope if number else slope.t() @ weight
        return outputs[-1].squeeze(0), slope

    def _forward(self, x: Tensor) -> list[Tensor]:
        """Return the (units, n) outputs of each layer for rows (n, d).

        With a row per unit: products with the few rows of a small weight are several times as quick as
        with its few columns.
        """
        outputs = [x.t()]
        for weight, bias, gated in self.layers:
            before = outputs[-1]
            output = weight @ before if bias is None else torch.addmm(bias[:, None], weight, before)
            outputs.append(output.relu() if gated else output)
        return outputs[1:]

    def _agrees_with(self, module: nn.Module) -> bool:
        """Return whether both have the same logits and gradients at rows of the unit cube and around it."""
        weight = self.layers[0][0]
        generator = torch.Generator().manual_seed(0)
        rows = 3 * torch.rand(_PROBES, weight.shape[1], generator=generator) - 1
        rows = rows.to(weight.device, weight.dtype)
        theirs = by_autograd(module, rows)
        return all(
            ours.shape == other.shape and torch.allclose(ours, other, rtol=1e-3, atol=1e-5)
            for ours, other in zip(self.logit_and_gradient(rows), theirs, strict=True)
        )


def by_autograd(logit: Callable[[Tensor], Tensor], x: Tensor) -> tuple[Tensor, Tensor]:
    """Return (n,) logits and their (n, d) gradients for rows (n, d).

    A gradient is 0 where the logit does not depend on the row, and where it is not a number.
    """
    with torch.enable_grad():
        variable = x.detach().requires_grad_()
        value = logit(variable)
        if not value.requires_grad:
            return value, torch.zeros_like(x)
        (slope,) = torch.autograd.grad(value.sum(), variable, allow_unused=True)
    if slope is None:
        return value.detach(), torch.zeros_like(x)
    known = slope.isfinite().all(dim=-1, keepdim=True)
    return value.detach(), torch.where(known, slope, 0.0)


def _parts(module: nn.Module) -> Iterator[nn.Module]:
    if type(module) is nn.Sequential:
        for part in module:
            yield from _parts(part)
    else:
        yield module
