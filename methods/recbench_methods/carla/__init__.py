"""The recourse methods of CARLA 0.0.5 as they are, behind recbench's interface.

They stand beside the native methods so that everyone can compare with the originals. Faults of theirs
are measured and listed (``docs/methods-wrapped.md``), not repaired here. Each person is put to CARLA
alone, with a random stream of their own.
"""

from recbench.plugins import MethodCard, Traits

_CARLA = (
    "Implementation: Pawelczyk, Bielawski, van den Heuvel, Richter, Kasneci: CARLA: A Python Library to"
    " Benchmark Algorithmic Recourse and Counterfactual Explanation Algorithms. NeurIPS Datasets and"
    " Benchmarks 2021."
)


def _card(
    name: str,
    what: str,
    paper: str,
    url: str,
    *,
    gradients: bool = False,
    deterministic: bool = False,
    faults: dict[str, str] | None = None,
) -> MethodCard:
    attribute = "".join(word.capitalize() for word in name.split("-"))
    return MethodCard(
        name=f"carla-{name}",
        summary=f"CARLA 0.0.5: {what}",
        implementation=f"recbench_methods.carla.methods:{attribute}",
        params=f"recbench_methods.carla.params:{attribute}Params",
        requires=("carla",),
        install="pip install --no-deps carla-recourse==0.0.5",
        traits=Traits(
            gradients=gradients, keeps_constraints=False, deterministic=deterministic, native=False
        ),
        citation=f"{paper} {_CARLA}",
        url=url,
        expected_failed_checks=faults or {},
    )


wachter = _card(
    "wachter",
    "gradient search for the closest accepted point",
    "Wachter, Mittelstadt, Russell: Counterfactual Explanations without Opening the Black Box: Automated"
    " Decisions and the GDPR. Harvard Journal of Law & Technology 31(2), 2017.",
    "https://arxiv.org/abs/1711.00399",
    gradients=True,
    deterministic=True,
)

growing_spheres = _card(
    "growing-spheres",
    "random points on spheres that grow until one is accepted",
    "Laugel, Lesot, Marsala, Renard, Detyniecki: Inverse Classification for Comparison-based"
    " Interpretability in Machine Learning. 2017.",
    "https://arxiv.org/abs/1712.08443",
)

cchvae = _card(
    "cchvae",
    "random points on growing spheres in the latent space of a VAE",
    "Pawelczyk, Broelemann, Kasneci: Learning Model-Agnostic Counterfactual Explanations for Tabular"
    " Data. WWW 2020.",
    "https://arxiv.org/abs/1910.09398",
)

revise = _card(
    "revise",
    "gradient search in the latent space of a VAE",
    "Joshi, Koyejo, Vijitbenjaronk, Kim, Ghosh: Towards Realistic Individual Recourse and Actionable"
    " Explanations in Black-Box Decision Making Systems. 2019.",
    "https://arxiv.org/abs/1907.09615",
    gradients=True,
    deterministic=True,
)

cruds = _card(
    "cruds",
    "gradient search in the class-relevant part of a conditional subspace VAE",
    "Downs, Chu, Yacoby, Doshi-Velez, Pan: CRUDS: Counterfactual Recourse Using Disentangled Subspaces."
    " ICML Workshop on Human Interpretability 2020.",
    "https://finale.seas.harvard.edu/files/finale/files/cruds-_counterfactual_recourse_using_disentangled_subspaces.pdf",
    gradients=True,
)

clue = _card(
    "clue",
    "gradient search in the latent space of a VAE for a point the classifier is certain of",
    "Antorán, Bhatt, Adel, Weller, Hernández-Lobato: Getting a CLUE: A Method for Explaining Uncertainty"
    " Estimates. ICLR 2021.",
    "https://arxiv.org/abs/2006.06848",
    gradients=True,
    deterministic=True,
    faults={"answers_somebody": "one epoch on a few hundred rows trains its autoencoder too little"},
)

face = _card(
    "face",
    "shortest path through a neighbourhood graph of a part of the training rows",
    "Poyiadzi, Sokol, Santos-Rodriguez, De Bie, Flach: FACE: Feasible and Actionable Counterfactual"
    " Explanations. AIES 2020.",
    "https://arxiv.org/abs/1909.09369",
    faults={
        "numbers_only": "looks for up to 53 neighbours in a tenth of the rows: cannot run on a small table"
    },
)
