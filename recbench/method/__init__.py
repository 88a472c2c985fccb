"""The method: the contract of recourse methods, and the rules for their answers."""

from typing import TYPE_CHECKING

from recbench.faces import lazily

if TYPE_CHECKING:
    from recbench.method.loading import method_class
    from recbench.method.method import Progress, Reason, Recourse, RecourseMethod
    from recbench.plugins.params import Params

_HOMES = {
    "Params": "recbench.plugins.params",
    "Progress": "recbench.method.method",
    "Reason": "recbench.method.method",
    "Recourse": "recbench.method.method",
    "RecourseMethod": "recbench.method.method",
    "method_class": "recbench.method.loading",
}

__all__ = ["Params", "Progress", "Reason", "Recourse", "RecourseMethod", "method_class"]

__getattr__ = lazily(__name__, _HOMES)
