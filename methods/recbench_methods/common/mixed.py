"""Mixed rows: categories and numbers as a network reads them, and as it writes them.

A category is read as one-hot and written as a softmax. A number is written as a discretised logistic
(Kingma et al. 2016, "Improved variational inference with inverse autoregressive flow", Section 6; the
end bins hold the tails as in Salimans et al. 2017, "PixelCNN++"): a probability of the step the value
lies in, so it is bounded, gives a spike at 0 its due, and adds up with the categories in nats.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from recbench.data.encoding import Encoder

_FINEST = 255
"""Steps between 0 and 1 of a number; more would be paid for in precision that nobody needs."""


class MixedRows(nn.Module):
    """Some of the features of encoded rows, as inputs and outputs of a network.

    Args:
        encoder: of the task.
        positions: which of its d features, p of them.

    Attributes:
        inputs: width of what a network reads.
        outputs: width of what it writes (*raw*): logits of the categories, then place and spread of numbers.
    """

    discrete: Tensor
    numbers: Tensor
    last: Tensor
    half_step: Tensor
    padding: Tensor

    def __init__(self, encoder: Encoder, positions: list[int]) -> None:
        super().__init__()
        discrete = [j for j in positions if encoder.levels[j]]
        numbers = [j for j in positions if not encoder.levels[j]]
        levels = torch.tensor([encoder.levels[j] for j in discrete], dtype=torch.long)
        most = int(levels.max()) if discrete else 1
        grid = encoder.grid[numbers].to(torch.float32)
        steps = torch.where((grid >= 1) & (grid <= _FINEST), grid, torch.tensor(float(_FINEST)))
        self.register_buffer("discrete", torch.tensor(discrete, dtype=torch.long))
        self.register_buffer("numbers", torch.tensor(numbers, dtype=torch.long))
        self.register_buffer("last", (levels - 1).clamp(min=1).to(torch.float32))
        self.register_buffer("half_step", 0.5 / steps)
        self.register_buffer("padding", torch.arange(most) >= levels[:, None])
        self.inputs = self.padding.numel() + len(numbers)
        self.outputs = self.padding.numel() + 2 * len(numbers)

    def read(self, x: Tensor) -> Tensor:
        """Return (..., inputs) for encoded rows (..., d); numbers are moved into the training range."""
        one_hot = functional.one_hot(self._codes(x), self.padding.shape[1]).to(x.dtype)
        return torch.cat([one_hot.flatten(-2), x[..., self.numbers].clamp(0, 1)], dim=-1)

    def log_likelihood(self, raw: Tensor, x: Tensor) -> Tensor:
        """Return (...,) log p(x | raw) in nats, of the features here.

        Args:
            raw: (..., outputs) what the network wrote.
            x: (..., d) encoded rows.
        """
        logits, place, spread = self._parts(raw)
        chosen = logits.log_softmax(dim=-1).gather(-1, self._codes(x)[..., None]).squeeze(-1)
        value = x[..., self.numbers].clamp(0, 1)
        above, below = (value + self.half_step - place) / spread, (value - self.half_step - place) / spread
        # sigmoid(a) - sigmoid(b) = sigmoid(a) sigmoid(-b) (1 - exp(b - a)), without cancellation.
        inside = (-(2 * self.half_step / spread)).expm1().neg().clamp(min=1e-12).log()
        top, bottom = value + self.half_step >= 1, value - self.half_step <= 0
        upper = functional.logsigmoid(above).masked_fill(top, 0.0)
        lower = functional.logsigmoid(-below).masked_fill(bottom, 0.0)
        numbers = upper + lower + inside.masked_fill(top | bottom, 0.0)
        return chosen.sum(dim=-1) + numbers.sum(dim=-1)

    def write(self, raw: Tensor, x: Tensor) -> Tensor:
        """Return ``x`` (..., d) with the features here at the likeliest category and the median number."""
        logits, place, _ = self._parts(raw)
        return self._into(x, logits.argmax(dim=-1) / self.last, place.clamp(0, 1))

    def write_softly(self, raw: Tensor, x: Tensor) -> Tensor:
        """Return ``x`` (..., d) with the features here at differentiable values: means of codes, and places.

        Places may lie outside [0, 1]: moved inside, they would have no gradient to come back by.
        """
        logits, place, _ = self._parts(raw)
        steps = torch.arange(self.padding.shape[1], device=raw.device, dtype=raw.dtype)
        mean = (logits.softmax(dim=-1) * steps).sum(dim=-1) / self.last
        return self._into(x, mean, place)

    def _codes(self, x: Tensor) -> Tensor:
        """(..., c) int64 categories of the encoded rows."""
        codes = (x[..., self.discrete] * self.last).round()
        return torch.minimum(codes.clamp(min=0), self.last).long()

    def _parts(self, raw: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits (..., c, L), and place and spread (..., p - c) of the numbers."""
        flat, place, spread = raw.split([self.padding.numel(), len(self.numbers), len(self.numbers)], dim=-1)
        logits = flat.unflatten(-1, self.padding.shape).masked_fill(self.padding, -torch.inf)
        # The network begins in the middle; a spread far below a step could gain no likelihood.
        return logits, 0.5 + place, functional.softplus(spread - 2) + self.half_step / 8

    def _into(self, x: Tensor, categories: Tensor, numbers: Tensor) -> Tensor:
        whole = x.expand(*categories.shape[:-1], x.shape[-1]).clone()
        whole[..., self.discrete], whole[..., self.numbers] = categories, numbers
        return whole
