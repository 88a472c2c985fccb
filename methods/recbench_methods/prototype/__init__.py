"""Van Looveren & Klaise 2021: counterfactuals guided by prototypes of the target class."""

from recbench.plugins.cards import MethodCard, Traits

card = MethodCard(
    name="prototype",
    summary="elastic-net search that a prototype of the target class draws towards the data",
    implementation="recbench_methods.prototype.method:Prototype",
    traits=Traits(gradients=True, deterministic=True),
    citation=(
        "Van Looveren, Klaise: Interpretable Counterfactual Explanations Guided by Prototypes."
        " ECML PKDD 2021."
    ),
    url="https://arxiv.org/abs/1907.02584",
)
