"""Mothilal et al. 2020 (DiCE): several accepted points per person that differ from one another."""

from recbench.plugins import MethodCard, Traits

card = MethodCard(
    name="dice",
    summary="gradient search for k diverse accepted points per person; the cheapest is the recourse",
    implementation="recbench_methods.dice.method:Dice",
    params="recbench_methods.dice.params:DiceParams",
    traits=Traits(gradients=True, samples=True),
    citation=(
        "Mothilal, Sharma, Tan: Explaining Machine Learning Classifiers through Diverse Counterfactual"
        " Explanations. FAT* 2020."
    ),
    url="https://arxiv.org/abs/1905.07697",
)
