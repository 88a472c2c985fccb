"""Pawelczyk et al. 2023 (PROBE): recourse that survives being carried out imprecisely."""

from recbench.plugins import MethodCard, Traits

card = MethodCard(
    name="probe",
    summary="gradient search for a recourse that noise invalidates with at most a given probability",
    implementation="recbench_methods.probe.method:Probe",
    params="recbench_methods.probe.params:ProbeParams",
    traits=Traits(gradients=True, deterministic=True),
    citation=(
        "Pawelczyk, Datta, van den Heuvel, Kasneci, Lakkaraju: Probabilistically Robust Recourse:"
        " Navigating the Trade-offs between Costs and Robustness in Algorithmic Recourse. ICLR 2023."
    ),
    url="https://arxiv.org/abs/2203.06768",
)
