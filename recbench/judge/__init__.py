"""The judge: gold labels and the plausibility model, which metrics see and no method does."""

from typing import TYPE_CHECKING

from recbench.faces import lazily

if TYPE_CHECKING:
    from recbench.judge.judge import Judge

_HOMES = {
    "Judge": "recbench.judge.judge",
}

__all__ = ["Judge"]

__getattr__ = lazily(__name__, _HOMES)
