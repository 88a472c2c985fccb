"""DiCE's model-agnostic methods as dice-ml 0.12 has them, behind recbench's interface.

Its gradient method does not run under current libraries; recbench's own is ``dice``. Faults of the
wrapped ones are measured and listed (``docs/methods-wrapped.md``), not repaired here.
"""

from recbench.plugins import MethodCard, Traits


def _card(name: str, attribute: str, summary: str) -> MethodCard:
    return MethodCard(
        name=name,
        summary=f"dice-ml 0.12: {summary}",
        implementation=f"recbench_methods.dice_ml.methods:{attribute}",
        params=f"recbench_methods.dice_ml.params:{attribute}Params",
        requires=("dice_ml", "raiutils", "jsonschema", "tqdm"),
        # Its own dependencies ask for xgboost and lightgbm, and so for CUDA; nothing here uses them.
        install="pip install jsonschema tqdm; pip install --no-deps dice-ml==0.12 raiutils==0.4.2",
        traits=Traits(keeps_constraints=False, native=False),
        citation=(
            "Mothilal, Sharma, Tan: Explaining Machine Learning Classifiers through Diverse Counterfactual"
            " Explanations. FAT* 2020. Implementation: dice-ml 0.12."
        ),
        url="https://arxiv.org/abs/1905.07697",
    )


random = _card("dice-ml-random", "DiceRandom", "random changes of one feature, then two, and so on")
genetic = _card("dice-ml-genetic", "DiceGenetic", "genetic search that starts from accepted training rows")
