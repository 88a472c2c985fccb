"""Wachter et al. 2017: the closest point that the classifier accepts, by gradient search."""

from recbench.plugins import MethodCard, Traits

card = MethodCard(
    name="wachter",
    summary="gradient search for the closest accepted point, with a weight that adapts per person",
    implementation="recbench_methods.wachter.method:Wachter",
    params="recbench_methods.wachter.params:WachterParams",
    traits=Traits(gradients=True, deterministic=True),
    citation=(
        "Wachter, Mittelstadt, Russell: Counterfactual Explanations without Opening the Black Box:"
        " Automated Decisions and the GDPR. Harvard Journal of Law & Technology 31(2), 2017."
    ),
    url="https://arxiv.org/abs/1711.00399",
)
