"""recbench: which recourse method gives people changes that are cheap, realistic and really work?

The public names are imported on first use, so that ``import recbench`` costs milliseconds
and the command line answers before torch has been loaded.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from recbench.classifiers.base import Classifier
    from recbench.data.dataset import Dataset
    from recbench.data.encoding import Encoder
    from recbench.data.schema import Feature, Schema, Target
    from recbench.errors import RecbenchError, UsageError
    from recbench.method import Params, Reason, Recourse, RecourseMethod
    from recbench.plugins.cards import ClassifierCard, DatasetCard, MethodCard, MetricCard, Traits
    from recbench.rng import PeopleRng, Rng
    from recbench.task import Feasible, RecourseTask

_HOMES = {
    "Classifier": "recbench.classifiers.base",
    "ClassifierCard": "recbench.plugins.cards",
    "Dataset": "recbench.data.dataset",
    "DatasetCard": "recbench.plugins.cards",
    "Encoder": "recbench.data.encoding",
    "Feasible": "recbench.task.task",
    "Feature": "recbench.data.schema",
    "MethodCard": "recbench.plugins.cards",
    "MetricCard": "recbench.plugins.cards",
    "Params": "recbench.method.method",
    "PeopleRng": "recbench.rng",
    "Reason": "recbench.method.method",
    "RecbenchError": "recbench.errors",
    "Recourse": "recbench.method.method",
    "RecourseMethod": "recbench.method.method",
    "RecourseTask": "recbench.task.task",
    "Rng": "recbench.rng",
    "Schema": "recbench.data.schema",
    "Target": "recbench.data.schema",
    "Traits": "recbench.plugins.cards",
    "UsageError": "recbench.errors",
}

__all__ = ["__version__", *sorted(_HOMES)]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'recbench' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
