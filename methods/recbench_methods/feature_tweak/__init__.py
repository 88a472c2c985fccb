"""Feature tweaking: step into a leaf of one tree that says yes, by as little as that takes."""

from recbench.plugins import MethodCard, Traits

card = MethodCard(
    name="feature-tweak",
    summary="cheapest step into an approving leaf of some tree that turns the whole ensemble",
    implementation="recbench_methods.feature_tweak.method:FeatureTweak",
    params="recbench_methods.feature_tweak.params:FeatureTweakParams",
    traits=Traits(model=("forest", "boosting"), deterministic=True),
    citation=(
        "Tolomei, Silvestri, Haines, Lalmas: Interpretable Predictions of Tree-based Ensembles via"
        " Actionable Feature Tweaking. KDD 2017."
    ),
    url="https://arxiv.org/abs/1706.06691",
)
