"""FOCUS: gradient search through a tree ensemble whose splits were made soft."""

from recbench.plugins import MethodCard, Traits

card = MethodCard(
    name="focus",
    summary="gradient search through soft trees; the ensemble itself judges every step",
    implementation="recbench_methods.focus.method:Focus",
    params="recbench_methods.focus.params:FocusParams",
    traits=Traits(model=("forest", "boosting"), deterministic=True),
    citation=(
        "Lucic, Oosterhuis, Haned, de Rijke: FOCUS: Flexible Optimizable Counterfactual Explanations for"
        " Tree Ensembles. AAAI 2022."
    ),
    url="https://arxiv.org/abs/1911.12199",
)
