"""C-CHVAE, Pawelczyk et al. 2020: growing spheres in the latent space of a conditional autoencoder."""

from recbench.plugins import MethodCard, Traits

card = MethodCard(
    name="cchvae",
    summary="the closest accepted decoding from a growing sphere in an autoencoder's latent space",
    implementation="recbench_methods.cchvae.method:Cchvae",
    params="recbench_methods.cchvae.params:CchvaeParams",
    traits=Traits(),
    citation=(
        "Pawelczyk, Broelemann, Kasneci: Learning Model-Agnostic Counterfactual Explanations for Tabular"
        " Data. The Web Conference (WWW) 2020."
    ),
    url="https://arxiv.org/abs/1910.09398",
)
