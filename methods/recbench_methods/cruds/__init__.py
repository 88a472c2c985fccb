"""CRUDS, Downs et al. 2020: recourse in the part of a latent space that goes with the class."""

from recbench.plugins import MethodCard, Traits

card = MethodCard(
    name="cruds",
    summary="gradient search in the latent subspace that goes with the class, the rest of a person kept",
    implementation="recbench_methods.cruds.method:Cruds",
    params="recbench_methods.cruds.params:CrudsParams",
    traits=Traits(gradients=True),
    citation=(
        "Downs, Chu, Yacoby, Doshi-Velez, Pan: CRUDS: Counterfactual Recourse Using Disentangled Subspaces."
        " ICML Workshop on Human Interpretability in Machine Learning, 2020."
    ),
    url="https://finale.seas.harvard.edu/publications/cruds-counterfactual-recourse-using-disentangled-subspaces",
)
