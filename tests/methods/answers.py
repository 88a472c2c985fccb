"""Answers of methods, as what a test knows they are."""

from torch import Tensor

from recbench.method import Recourse


def recourse_of(returned: Recourse | Tensor) -> Recourse:
    """Return a method's answer, which must be a whole recourse and not the bare rows."""
    assert isinstance(returned, Recourse)
    return returned
