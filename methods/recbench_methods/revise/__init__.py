"""REVISE, Joshi et al. 2019: gradient search in the latent space of an autoencoder."""

from recbench.plugins import MethodCard, Traits

card = MethodCard(
    name="revise",
    summary="gradient search for a close accepted decoding in an autoencoder's latent space",
    implementation="recbench_methods.revise.method:Revise",
    params="recbench_methods.revise.params:ReviseParams",
    traits=Traits(gradients=True, deterministic=True),
    citation=(
        "Joshi, Koyejo, Vijitbenjaronk, Kim, Ghosh: Towards Realistic Individual Recourse and Actionable"
        " Explanations in Black-Box Decision Making Systems. arXiv 1907.09615, 2019."
    ),
    url="https://arxiv.org/abs/1907.09615",
)
