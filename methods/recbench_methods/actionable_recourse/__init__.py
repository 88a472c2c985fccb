"""Actionable recourse: the cheapest actions on a grid, by integer programming."""

from recbench.plugins import MethodCard, Traits

card = MethodCard(
    name="actionable-recourse",
    summary="cheapest combination of actions on a grid, by an integer programme (exact if linear)",
    implementation="recbench_methods.actionable_recourse.method:ActionableRecourse",
    params="recbench_methods.actionable_recourse.params:ActionableRecourseParams",
    traits=Traits(deterministic=True),
    citation="Ustun, Spangher, Liu: Actionable Recourse in Linear Classification. FAT* 2019.",
    url="https://arxiv.org/abs/1809.06514",
)
