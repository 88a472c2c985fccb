"""A variational autoencoder of mixed rows (Kingma & Welling 2014), optionally conditional (Sohn et al. 2015).

Its likelihood is that of :class:`MixedRows`, in nats, summed over features, so that it and the KL
divergence are on one scale; the KL weight rises from 0 (Bowman et al. 2016). A mean squared error beside
a summed divergence, as found in published code, makes the KL so heavy that every latent unit dies.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from recbench.data.encoding import Encoder
from recbench.method import Progress
from recbench.rng import Rng
from recbench.task import RecourseTask
from recbench_methods.common.mixed import MixedRows
from recbench_methods.common.params import VaeParams
from recbench_methods.common.training import train


def perceptron(inputs: int, width: int, outputs: int) -> nn.Sequential:
    """Return a perceptron with two hidden layers of ``width``."""
    return nn.Sequential(
        nn.Linear(inputs, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, outputs)
    )


@dataclass(frozen=True)
class Normal:
    """Normal distributions of latent units, independent of one another.

    Attributes:
        mean: (..., l).
        log_std: (..., l), logarithm of the standard deviation.
    """

    mean: Tensor
    log_std: Tensor

    @classmethod
    def written(cls, raw: Tensor) -> Normal:
        """Return the distributions that a network wrote as (..., 2 l)."""
        mean, log_std = raw.chunk(2, dim=-1)
        return cls(mean, log_std.clamp(-7, 2))

    def draw(self, generator: torch.Generator) -> Tensor:
        """Return (..., l) one draw of each, differentiable in both parameters."""
        noise = torch.randn(self.mean.shape, generator=generator, device=self.mean.device)
        return self.mean + self.log_std.exp() * noise

    def divergence(self, prior: Normal | None = None) -> Tensor:
        """Return (...,) KL divergence in nats from ``prior``, by default the standard normal."""
        if prior is None:
            apart, scaled = -self.log_std, self.mean
        else:
            apart, scaled = prior.log_std - self.log_std, (self.mean - prior.mean) / prior.log_std.exp()
        return (apart + 0.5 * ((-2 * apart).exp() + scaled.square() - 1)).sum(dim=-1)


class Vae(nn.Module):
    """p(x | z, given) p(z) and q(z | x), with z standard normal.

    Args:
        encoder: of the task.
        given: positions of features that are conditions: read, never written.
        latent: number of latent units.
        width: of the hidden layers.
    """

    def __init__(self, encoder: Encoder, given: list[int], latent: int, width: int) -> None:
        super().__init__()
        self.latent = latent
        self.modelled = MixedRows(encoder, [j for j in range(len(encoder)) if j not in given])
        self.given = MixedRows(encoder, given)
        self.encoder = perceptron(self.modelled.inputs + self.given.inputs, width, 2 * latent)
        self.decoder = perceptron(latent + self.given.inputs, width, self.modelled.outputs)

    def encode(self, x: Tensor) -> Normal:
        """Return q(z | x) of the rows (..., d)."""
        read = torch.cat([self.modelled.read(x), self.given.read(x)], dim=-1)
        return Normal.written(self.encoder(read))

    def decode(self, z: Tensor, x: Tensor) -> Tensor:
        """Return (..., d) what ``z`` (..., latent) stands for, with the conditions of ``x`` (..., d)."""
        return self.modelled.write(self.raw(z, x), x)

    def raw(self, z: Tensor, x: Tensor) -> Tensor:
        """Return (..., outputs) what the decoder says of ``z``, for :class:`MixedRows` to write down."""
        given = self.given.read(x)
        raw: Tensor = self.decoder(torch.cat([z, given.expand(*z.shape[:-1], given.shape[-1])], dim=-1))
        return raw

    def loss(self, x: Tensor, kl_weight: float, generator: torch.Generator) -> Tensor:
        """Return (n,) the negative ELBO in nats, with one draw of z and the divergence weighted."""
        code = self.encode(x)
        likelihood = self.modelled.log_likelihood(self.raw(code.draw(generator), x), x)
        return kl_weight * code.divergence() - likelihood


def immutable(task: RecourseTask) -> list[int]:
    """Return the positions of the features nobody can change: what a conditional model is given."""
    return [j for j, feature in enumerate(task.encoder.schema.features) if feature.immutable]


def train_vae(
    task: RecourseTask,
    params: VaeParams,
    rng: Rng,
    progress: Progress,
    given: list[int] | None = None,
) -> Vae:
    """Return a VAE of the task's training rows, in evaluation mode and without gradients of its own.

    Args:
        task: its training rows are learnt, whatever their label.
        params: of the network and its training.
        rng: of the weights, the batches and the noise.
        progress: told the fraction done and a few words.
        given: positions of the conditions; by default none.
    """
    with rng.stream("weights").globally():
        vae = Vae(task.encoder, given or [], params.latent, params.width).to(task.device)
    train(vae, vae.loss, task.x, params, rng, progress)
    return vae
