"""Records of cells that nobody ran, from facts as a flat list: what is the cell's goes into the cell."""

from collections.abc import Mapping
from typing import Any

from recbench.source import Code
from recbench.store.cell import Cell
from recbench.store.record import CellRecord
from recbench.task.recipes import ClassifierSpec, TaskRecipe


def cell_from(**facts: Any) -> Cell:
    """Return a cell; ``classifier`` is a name and ``code`` a version or the code itself."""
    recipe = facts.pop("recipe", TaskRecipe())
    classifier = facts.pop("classifier", recipe.classifier.name)
    if classifier != recipe.classifier.name:
        recipe = recipe.model_copy(update={"classifier": ClassifierSpec(name=classifier)})
    code = facts.pop("code", "")
    if not isinstance(code, Code):
        code = Code(code, facts.pop("modules", {}))
    return Cell(recipe=recipe, code=code, **facts)


def record_from(facts: Mapping[str, Any]) -> CellRecord:
    """Return a record."""
    ours = {name: value for name, value in facts.items() if name in CellRecord.model_fields}
    return CellRecord(cell=cell_from(**{name: facts[name] for name in facts if name not in ours}), **ours)


def changed(record: CellRecord, **changes: Any) -> CellRecord:
    """Return a record in which these facts are others; nothing is checked."""
    ours = {name: value for name, value in changes.items() if name in CellRecord.model_fields}
    theirs = {name: value for name, value in changes.items() if name not in ours}
    if {"code", "modules"} & theirs.keys():
        code = record.cell.code
        theirs["code"] = Code(theirs.pop("code", code.version), theirs.pop("modules", code.modules))
    return record.model_copy(update={**ours, "cell": record.cell.model_copy(update=theirs)})
