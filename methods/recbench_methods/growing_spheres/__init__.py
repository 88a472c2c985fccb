"""Growing Spheres: draw points in ever wider layers around a person until the classifier accepts one."""

from recbench.plugins import MethodCard, Traits

card = MethodCard(
    name="growing-spheres",
    summary="closest accepted point drawn in growing layers around the person, then fewer changes",
    implementation="recbench_methods.growing_spheres.method:GrowingSpheres",
    params="recbench_methods.growing_spheres.params:GrowingSpheresParams",
    traits=Traits(),
    citation=(
        "Laugel, Lesot, Marsala, Renard, Detyniecki: Inverse Classification for Comparison-based"
        " Interpretability in Machine Learning. 2017."
    ),
    url="https://arxiv.org/abs/1712.08443",
)
