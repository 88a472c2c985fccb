"""recbench: which recourse method gives people changes that are cheap, realistic and really work?

    >>> import recbench as rb
    >>> task = rb.make_task(rb.load_dataset("loan"))
    >>> wachter = rb.get_method("wachter").fit(task)
    >>> len(wachter.recommend(task.rejected(10)))
    10

The public names are imported on first use, so that ``import recbench`` costs milliseconds
and the command line answers before torch has been loaded.
"""

import sys
from types import ModuleType
from typing import TYPE_CHECKING

from recbench.faces import lazily

__version__ = "0.1.0"

if TYPE_CHECKING:
    from recbench.api.catalogue import (
        Catalogue as Catalogue,
        Description as Description,
        classifiers as classifiers,
        datasets as datasets,
        describe as describe,
        methods as methods,
        metrics as metrics,
        suites as suites,
    )
    from recbench.api.cells import (
        CellStore as CellStore,
    )
    from recbench.api.checking import (
        check_method as check_method,
    )
    from recbench.api.findings import (
        Findings as Findings,
    )
    from recbench.api.pages import (
        mlflow_pages as mlflow_pages,
        sync as sync,
    )
    from recbench.api.results import (
        Results as Results,
        open_results as open_results,
    )
    from recbench.api.running import (
        Plan as Plan,
        plan as plan,
        run as run,
    )
    from recbench.api.status import (
        SweepStatus as SweepStatus,
        status as status,
    )
    from recbench.api.table import (
        Table as Table,
    )
    from recbench.api.tasks import (
        get_method as get_method,
        load_dataset as load_dataset,
        load_method as load_method,
        make_task as make_task,
        read_dataset as read_dataset,
    )
    from recbench.api.tuning import (
        tune as tune,
    )
    from recbench.classifiers.base import (
        Classifier as Classifier,
        ClassifierRecipe as ClassifierRecipe,
    )
    from recbench.data.catalogue.generated import (
        draw_people as draw_people,
    )
    from recbench.data.dataset import (
        Dataset as Dataset,
    )
    from recbench.data.encoding import (
        Encoder as Encoder,
    )
    from recbench.data.schema import (
        Feature as Feature,
        Schema as Schema,
        Target as Target,
    )
    from recbench.errors import (
        RecbenchError as RecbenchError,
        UsageError as UsageError,
    )
    from recbench.method.method import (
        Reason as Reason,
        Recourse as Recourse,
        RecourseMethod as RecourseMethod,
    )
    from recbench.metrics.base import (
        Metric as Metric,
        MetricContext as MetricContext,
    )
    from recbench.plugins.cards import (
        ClassifierCard as ClassifierCard,
        DatasetCard as DatasetCard,
        MethodCard as MethodCard,
        MetricCard as MetricCard,
        Traits as Traits,
    )
    from recbench.plugins.params import (
        Params as Params,
        searched as searched,
    )
    from recbench.protocol.turned_down import (
        Task as Task,
    )
    from recbench.rng import (
        PeopleRng as PeopleRng,
        Rng as Rng,
    )
    from recbench.run.recommend import (
        Method as Method,
    )
    from recbench.run.sweep import (
        Watcher as Watcher,
    )
    from recbench.run.tune import (
        held_out as held_out,
    )
    from recbench.store.record import (
        CellRecord as CellRecord,
    )
    from recbench.suite import (
        MethodSpec as MethodSpec,
        Suite as Suite,
    )
    from recbench.task.task import (
        Feasible as Feasible,
        RecourseTask as RecourseTask,
    )

_HOMES = {
    "Catalogue": "recbench.api.catalogue",
    "CellRecord": "recbench.store.record",
    "CellStore": "recbench.api.cells",
    "Classifier": "recbench.classifiers.base",
    "ClassifierCard": "recbench.plugins.cards",
    "ClassifierRecipe": "recbench.classifiers.base",
    "Dataset": "recbench.data.dataset",
    "DatasetCard": "recbench.plugins.cards",
    "Description": "recbench.api.catalogue",
    "Encoder": "recbench.data.encoding",
    "Feasible": "recbench.task.task",
    "Feature": "recbench.data.schema",
    "Findings": "recbench.api.findings",
    "Method": "recbench.run.recommend",
    "MethodCard": "recbench.plugins.cards",
    "MethodSpec": "recbench.suite",
    "Metric": "recbench.metrics.base",
    "MetricCard": "recbench.plugins.cards",
    "MetricContext": "recbench.metrics.base",
    "Params": "recbench.plugins.params",
    "PeopleRng": "recbench.rng",
    "Plan": "recbench.api.running",
    "Reason": "recbench.method.method",
    "RecbenchError": "recbench.errors",
    "Recourse": "recbench.method.method",
    "RecourseMethod": "recbench.method.method",
    "RecourseTask": "recbench.task.task",
    "Results": "recbench.api.results",
    "Rng": "recbench.rng",
    "Schema": "recbench.data.schema",
    "Suite": "recbench.suite",
    "SweepStatus": "recbench.api.status",
    "Table": "recbench.api.table",
    "Target": "recbench.data.schema",
    "Task": "recbench.protocol.turned_down",
    "Traits": "recbench.plugins.cards",
    "UsageError": "recbench.errors",
    "Watcher": "recbench.run.sweep",
    "check_method": "recbench.api.checking",
    "classifiers": "recbench.api.catalogue",
    "datasets": "recbench.api.catalogue",
    "describe": "recbench.api.catalogue",
    "draw_people": "recbench.data.catalogue.generated",
    "get_method": "recbench.api.tasks",
    "held_out": "recbench.run.tune",
    "load_dataset": "recbench.api.tasks",
    "load_method": "recbench.api.tasks",
    "make_task": "recbench.api.tasks",
    "methods": "recbench.api.catalogue",
    "metrics": "recbench.api.catalogue",
    "mlflow_pages": "recbench.api.pages",
    "open_results": "recbench.api.results",
    "plan": "recbench.api.running",
    "read_dataset": "recbench.api.tasks",
    "run": "recbench.api.running",
    "searched": "recbench.plugins.params",
    "status": "recbench.api.status",
    "suites": "recbench.api.catalogue",
    "sync": "recbench.api.pages",
    "tune": "recbench.api.tuning",
}

__all__ = ["__version__", *sorted(_HOMES)]


class _Face(ModuleType):
    """The package as its users see it: `run` and `metrics` are verbs, though rooms have these names too."""

    def __setattr__(self, name: str, value: object) -> None:
        # Python binds a room to its parent when it is first imported, and would hide the verb.
        if not (isinstance(value, ModuleType) and name in _HOMES):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Face

__getattr__ = lazily(__name__, _HOMES)


def __dir__() -> list[str]:
    return __all__
