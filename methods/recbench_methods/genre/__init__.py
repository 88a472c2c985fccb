"""GenRe: recourse drawn from a model trained on pairs (x, x+), and GenRe+ with a stricter choice of draw."""

from recbench.plugins import MethodCard, Traits

_PAPER = (
    "Garg, Nagalapatti, Sarawagi: From Search to Sampling: Generative Models for Robust Algorithmic Recourse"
)

card = MethodCard(
    name="genre",
    summary="autoregressive model of recourse, trained on pairs; the draw the classifier likes best",
    implementation="recbench_methods.genre.method:GenRe",
    params="recbench_methods.genre.params:GenReParams",
    traits=Traits(samples=True),
    citation=f"{_PAPER}. ICLR 2025.",
    url="https://arxiv.org/abs/2505.07351",
)

plus = MethodCard(
    name="genre-plus",
    summary="GenRe's draws, and of those that are accepted and plausible the cheapest",
    implementation="recbench_methods.genre.genre_plus:GenRePlus",
    params="recbench_methods.genre.params:GenRePlusParams",
    traits=Traits(samples=True),
    citation=f"Model as in {_PAPER}. ICLR 2025. The choice among draws is recbench's own.",
    url="https://arxiv.org/abs/2505.07351",
)
