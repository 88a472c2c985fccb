"""Nearest-neighbour recourse: become the nearest training person whom the classifier clearly accepts."""

from recbench.plugins import MethodCard, Traits

card = MethodCard(
    name="nnr",
    summary="nearest training row with the target label that the classifier clearly accepts",
    implementation="recbench_methods.nnr.method:NearestNeighbour",
    params="recbench_methods.nnr.params:NearestNeighbourParams",
    traits=Traits(deterministic=True),
    citation=(
        "NNR, the nearest-neighbour baseline of Garg, Nagalapatti, Sarawagi: From Search to Sampling:"
        " Generative Models for Robust Algorithmic Recourse. ICLR 2025."
    ),
    url="https://arxiv.org/abs/2505.07351",
)
