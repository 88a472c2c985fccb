"""Exact piece: the cheapest accepted point of one linear piece of the classifier after another."""

from recbench.plugins import MethodCard, Traits

card = MethodCard(
    name="exact-piece",
    summary="least cost under the rules, by the pieces in which the classifier is linear",
    implementation="recbench_methods.exact_piece.method:ExactPiece",
    params="recbench_methods.exact_piece.params:ExactPieceParams",
    traits=Traits(gradients=True, deterministic=True),
)
