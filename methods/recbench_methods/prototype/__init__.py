"""Van Looveren & Klaise 2021: counterfactuals guided by prototypes of the target class."""

from recbench.plugins import MethodCard, Traits

card = MethodCard(
    name="prototype",
    summary="elastic-net search that a prototype of the target class draws towards the data",
    implementation="recbench_methods.prototype.method:Prototype",
    params="recbench_methods.prototype.params:PrototypeParams",
    traits=Traits(gradients=True, deterministic=True),
    citation=(
        "Van Looveren, Klaise: Interpretable Counterfactual Explanations Guided by Prototypes."
        " ECML PKDD 2021."
    ),
    url="https://arxiv.org/abs/1907.02584",
)
