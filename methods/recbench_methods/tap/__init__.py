"""Friedbaum et al. 2024 (TAP): actionable perturbations whose effect a second model confirms."""

from recbench.plugins import MethodCard, Traits

card = MethodCard(
    name="tap",
    summary="gradient search for a set of outcome distributions, verified by a classifier of pairs",
    implementation="recbench_methods.tap.method:Tap",
    params="recbench_methods.tap.params:TapParams",
    traits=Traits(gradients=True, deterministic=True),
    citation="Friedbaum, Adiga, Tandon: Trustworthy Actionable Perturbations. ICML 2024.",
    url="https://arxiv.org/abs/2405.11195",
)
