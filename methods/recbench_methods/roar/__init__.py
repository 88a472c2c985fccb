"""Upadhyay et al. 2021 (ROAR): recourse that survives the worst small change of the model."""

from recbench.plugins import MethodCard, Traits

card = MethodCard(
    name="roar",
    summary="gradient search on the worst case of a local linear model whose coefficients may change",
    implementation="recbench_methods.roar.method:Roar",
    params="recbench_methods.roar.params:RoarParams",
    traits=Traits(deterministic=True),
    citation=("Upadhyay, Joshi, Lakkaraju: Towards Robust and Reliable Algorithmic Recourse. NeurIPS 2021."),
    url="https://arxiv.org/abs/2102.13620",
)
