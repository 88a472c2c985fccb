"""A small task that the tests of benchmarks share."""

import pytest
import torch
from sklearn.linear_model import LogisticRegression
from torch import nn

import recbench as rb
from recbench.classifiers import TorchClassifier


@pytest.fixture(scope="session")
def loan() -> rb.Task:
    """`loan` with a logistic regression: a network of one layer that is there at once."""
    data = rb.load_dataset("loan")
    rows, labels = data.encoder.encode(data.train), data.favourable(data.train)
    fitted = LogisticRegression(C=100).fit(rows.numpy(), labels)
    layer = nn.Linear(len(data.schema), 1)
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(fitted.coef_))
        layer.bias.copy_(torch.from_numpy(fitted.intercept_))
    return rb.make_task(data, classifier=TorchClassifier(nn.Sequential(layer, nn.Flatten(0)), "linear"))
