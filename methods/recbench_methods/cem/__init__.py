"""Dhurandhar et al. 2018 (CEM): pertinent negatives, what is missing for the other decision."""

from recbench.plugins import MethodCard, Traits

card = MethodCard(
    name="cem",
    summary="pertinent negatives: elastic-net search by FISTA with a bisected weight",
    implementation="recbench_methods.cem.method:Cem",
    params="recbench_methods.cem.params:CemParams",
    traits=Traits(gradients=True, deterministic=True),
    citation=(
        "Dhurandhar, Chen, Luss, Tu, Ting, Shanmugam, Das: Explanations based on the Missing: Towards"
        " Contrastive Explanations with Pertinent Negatives. NeurIPS 2018."
    ),
    url="https://arxiv.org/abs/1802.07623",
)
