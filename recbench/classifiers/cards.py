"""Cards of the classifiers that come with recbench."""

from recbench.plugins.cards import ClassifierCard

mlp = ClassifierCard(
    name="mlp",
    summary="multi-layer perceptron, hidden layers 10-10-10 with ReLU (the GenRe paper's classifier)",
    implementation="recbench.classifiers.torch_models:Mlp",
    params="recbench.classifiers.params:MlpParams",
)

linear = ClassifierCard(
    name="linear",
    summary="logistic regression, as a torch module",
    implementation="recbench.classifiers.torch_models:Linear",
    params="recbench.classifiers.params:LinearParams",
)

forest = ClassifierCard(
    name="forest",
    summary="scikit-learn random forest",
    implementation="recbench.classifiers.tree_models:Forest",
    params="recbench.classifiers.params:ForestParams",
    differentiable=False,
)

boosting = ClassifierCard(
    name="boosting",
    summary="scikit-learn gradient boosting",
    implementation="recbench.classifiers.tree_models:Boosting",
    params="recbench.classifiers.params:BoostingParams",
    differentiable=False,
)
