"""Plug-ins: cards, the registries that list them, and their parameters. Nothing here imports torch."""

from typing import TYPE_CHECKING

from recbench.faces import lazily

if TYPE_CHECKING:
    from recbench.plugins.cards import (
        CONTRACT,
        SHARE,
        ClassifierCard,
        DatasetCard,
        MethodCard,
        MetricCard,
        Traits,
    )
    from recbench.plugins.params import Params, searched
    from recbench.plugins.wording import Parameter, describe

_HOMES = {
    "CONTRACT": "recbench.plugins.cards",
    "ClassifierCard": "recbench.plugins.cards",
    "DatasetCard": "recbench.plugins.cards",
    "MethodCard": "recbench.plugins.cards",
    "MetricCard": "recbench.plugins.cards",
    "Parameter": "recbench.plugins.wording",
    "Params": "recbench.plugins.params",
    "SHARE": "recbench.plugins.cards",
    "Traits": "recbench.plugins.cards",
    "describe": "recbench.plugins.wording",
    "searched": "recbench.plugins.params",
}

__all__ = [
    "CONTRACT",
    "SHARE",
    "ClassifierCard",
    "DatasetCard",
    "MethodCard",
    "MetricCard",
    "Parameter",
    "Params",
    "Traits",
    "describe",
    "searched",
]

__getattr__ = lazily(__name__, _HOMES)
