"""The floor: nobody changes anything."""

from recbench.plugins import MethodCard, Traits

card = MethodCard(
    name="unchanged",
    summary="returns every person as they are: the floor that any method must beat",
    implementation="recbench_methods.unchanged.method:Unchanged",
    params="recbench.plugins.params:Params",
    traits=Traits(deterministic=True),
)
