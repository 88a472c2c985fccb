"""The conditional subspace variational autoencoder (CSVAE) of Klys, Snell, Zemel 2018, for mixed rows.

"Learning Latent Subspaces in Variational Autoencoders", Section 4. A row comes from two latent vectors:
w, whose prior depends on the class y, and z, which must not tell the class. An adversary tries to read
y from z, and the encoder of z makes it unsure.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional

from recbench.data.encoding import Encoder
from recbench_methods.common.losses import entropy
from recbench_methods.common.mixed import MixedRows
from recbench_methods.common.vae import Normal, perceptron


class Csvae(nn.Module):
    """p(x | z, w) p(z) p(w | y), q(z | x), q(w | x, y), and the adversary q(y | z).

    The prior of w is a normal distribution per class, with learnt mean and spread.

    Args:
        encoder: of the task.
        latent: units of z.
        subspace: units of w.
        width: of the hidden layers.
        disentangle: weight of the adversary's entropy, in nats per nat of the likelihood.
    """

    def __init__(self, encoder: Encoder, latent: int, subspace: int, width: int, disentangle: float) -> None:
        super().__init__()
        self.disentangle = disentangle
        self.modelled = MixedRows(encoder, list(range(len(encoder))))
        self.z_encoder = perceptron(self.modelled.inputs, width, 2 * latent)
        self.w_encoder = perceptron(self.modelled.inputs + 1, width, 2 * subspace)
        self.decoder = perceptron(latent + subspace, width, self.modelled.outputs)
        self.adversary = perceptron(latent, width, 1)
        # Two classes, each with means and logarithms of standard deviations; they begin apart.
        self.prior = nn.Parameter(torch.zeros(2, 2 * subspace))
        with torch.no_grad():
            self.prior[0, :subspace], self.prior[1, :subspace] = -1.0, 1.0

    def encode(self, x: Tensor, y: Tensor) -> tuple[Normal, Normal]:
        """Return q(z | x) and q(w | x, y), for rows (n, d) of class y (n,) in {0, 1}."""
        read = self.modelled.read(x)
        z = Normal.written(self.z_encoder(read))
        return z, Normal.written(self.w_encoder(torch.cat([read, y[:, None].to(read.dtype)], dim=-1)))

    def raw(self, z: Tensor, w: Tensor) -> Tensor:
        """Return (..., outputs) what the decoder says, for :class:`MixedRows` to write down."""
        raw: Tensor = self.decoder(torch.cat([z.expand(*w.shape[:-1], z.shape[-1]), w], dim=-1))
        return raw

    def class_prior(self, y: Tensor) -> Normal:
        """Return p(w | y) for classes (n,) in {0, 1}."""
        return Normal.written(self.prior[y])

    def loss(self, x: Tensor, y: Tensor, kl_weight: float, generator: torch.Generator) -> Tensor:
        """Return (n,) what encoders, decoder and prior minimise, plus what the adversary minimises.

        Neither part has a gradient for the other's parameters, so one optimiser serves both.
        """
        z_code, w_code = self.encode(x, y)
        z, w = z_code.draw(generator), w_code.draw(generator)
        likelihood = self.modelled.log_likelihood(self.raw(z, w), x)
        apart = z_code.divergence() + w_code.divergence(self.class_prior(y))
        # The encoder of z makes the adversary unsure: it minimises the negative entropy of q(y | z).
        fixed = {name: value.detach() for name, value in self.adversary.named_parameters()}
        unsure = -entropy(torch.sigmoid(functional_call(self.adversary, fixed, (z,)).squeeze(-1)))
        guess = self.adversary(z.detach()).squeeze(-1)
        told = functional.binary_cross_entropy_with_logits(guess, y.to(guess.dtype), reduction="none")
        return kl_weight * apart - likelihood + self.disentangle * unsure + told
