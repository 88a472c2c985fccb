"""CLUE, Antoran et al. 2021: latent search for a row that the classifier is sure of."""

from recbench.plugins import MethodCard, Traits

card = MethodCard(
    name="clue",
    summary="latent search for a close row of which the classifier is sure that it is in the target class",
    implementation="recbench_methods.clue.method:Clue",
    params="recbench_methods.clue.params:ClueParams",
    traits=Traits(gradients=True, deterministic=True),
    citation=(
        "Antoran, Bhatt, Adel, Weller, Hernandez-Lobato: Getting a CLUE: A Method for Explaining"
        " Uncertainty Estimates. ICLR 2021."
    ),
    url="https://arxiv.org/abs/2006.06848",
)
