"""FACE: the training row that the shortest path through dense regions leads to."""

from recbench.plugins import MethodCard, Traits

card = MethodCard(
    name="face",
    summary="training row at the end of the shortest path over a graph of similar people",
    implementation="recbench_methods.face.method:Face",
    params="recbench_methods.face.params:FaceParams",
    traits=Traits(deterministic=True),
    citation=(
        "Poyiadzi, Sokol, Santos-Rodriguez, De Bie, Flach: FACE: Feasible and Actionable Counterfactual"
        " Explanations. AIES 2020."
    ),
    url="https://arxiv.org/abs/1909.09369",
)
