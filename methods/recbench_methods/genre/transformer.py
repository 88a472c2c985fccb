"""An encoder-decoder transformer of 16 + 16 layers, in the manner of the paper's (GenRe, Section 4.2).

It is not the paper's: its feed-forward layers are four times as wide as a token (128), without dropout and
normalised before, and every feature has a head of its own; bins and loss are those of the fast network.

It needs a GPU and thousands of steps; :class:`recbench_methods.genre.network.FastNetwork` is the default.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from recbench_methods.genre.bins import People
from recbench_methods.genre.network import Network

LAYERS = 16
WIDTH = 32
HEADS = 8


@dataclass(frozen=True)
class Drawing:
    """Recourses that are being drawn: what is known of each person, and what was drawn so far.

    Attributes:
        memory: (r, d, W), the encoded person of each recourse.
        said: (r, s + 1, W), the start token and the s features drawn.
    """

    memory: Tensor
    said: Tensor


class TransformerNetwork(Network[Drawing]):
    """Encoder over the person's features, causal decoder over the features of the recourse.

    Args:
        features: d.
        size: B, bins per feature.
        order: (d,) int64, features in the order in which they are drawn.
        layers: of the encoder, and as many of the decoder.
        width: of a token; the hidden layers are four times as wide.
        heads: of attention.
    """

    def __init__(
        self,
        features: int,
        size: int,
        order: Tensor,
        layers: int = LAYERS,
        width: int = WIDTH,
        heads: int = HEADS,
    ) -> None:
        super().__init__(order)
        self.rank: Tensor
        self.offset: Tensor
        self.register_buffer("rank", order.argsort())
        self.register_buffer("offset", torch.arange(features) * size)
        self.person = nn.Embedding(features * size, width)
        self.value = nn.Parameter(torch.randn(features, width) * 0.1)
        self.history = nn.Embedding(features * size, width)
        self.first = nn.Parameter(torch.randn(width) * 0.1)
        self.place = nn.Parameter(torch.randn(features, width) * 0.1)
        encoder = nn.TransformerEncoderLayer(
            width, heads, 4 * width, dropout=0.0, batch_first=True, norm_first=True
        )
        decoder = nn.TransformerDecoderLayer(
            width, heads, 4 * width, dropout=0.0, batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(encoder, layers, nn.LayerNorm(width), enable_nested_tensor=False)
        self.decoder = nn.TransformerDecoder(decoder, layers, nn.LayerNorm(width))
        self.head = nn.Parameter(torch.randn(features, width, size) * width**-0.5)

    def forward(self, people: People, bins: Tensor) -> Tensor:  # noqa: D102
        said = self.history(bins + self.offset)[:, self.order]
        first = self.first.expand(len(bins), 1, -1)
        states = self._decode(torch.cat([first, said[:, :-1]], dim=1), self._encode(people))[:, self.rank]
        return torch.einsum("ndw,dwb->ndb", states, self.head)

    def start(self, people: People, k: int) -> Drawing:  # noqa: D102
        memory = self._encode(people).repeat_interleave(k, dim=0)
        return Drawing(memory, self.first.expand(len(memory), 1, -1))

    def logits(self, state: Drawing, feature: int) -> Tensor:  # noqa: D102
        return self._decode(state.said, state.memory)[:, -1] @ self.head[feature]

    def push(self, state: Drawing, feature: int, bins: Tensor) -> Drawing:  # noqa: D102
        said = self.history(bins + self.offset[feature])[:, None]
        return Drawing(state.memory, torch.cat([state.said, said], dim=1))

    def _encode(self, people: People) -> Tensor:
        tokens = self.person(people.own + self.offset) + people.x[..., None] * self.value
        out: Tensor = self.encoder(tokens + self.place)
        return out

    def _decode(self, said: Tensor, memory: Tensor) -> Tensor:
        length = said.shape[1]
        mask = nn.Transformer.generate_square_subsequent_mask(length, device=said.device)
        # A token's place is the feature that is drawn next.
        tokens = said + self.place[self.order[:length]]
        out: Tensor = self.decoder(tokens, memory, tgt_mask=mask, tgt_is_causal=True)
        return out
