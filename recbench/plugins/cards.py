"""Cards: what recbench knows of a plug-in before it imports it.

An entry point leads to a card, and the card leads to the implementation. A card module imports
nothing heavy, so ``recbench methods`` can list every method with its citation and traits in a
fraction of a second, and a method whose library is missing is listed with the line that installs it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ClassVar

from recbench.errors import RecbenchError

if TYPE_CHECKING:
    from recbench.plugins.params import Params

CONTRACT = 1
"""The newest version of the plug-in contract that this recbench keeps; see ``docs/plugins.md``."""


@dataclass(frozen=True)
class Traits:
    """What a recourse method needs and promises; the runner and the conformance suite hold it to these.

    Attributes:
        gradients: needs a classifier that is differentiable in its input.
        model: kinds of classifier it can explain; empty means any (``"linear"``, ``"forest"``, ...).
        keeps_constraints: never returns what ``task.feasible`` forbids.
        samples: can draw several recourses per person.
        deterministic: does not depend on the random stream given to ``generate``.
        native: written for recbench, batched, and picklable (wrapped originals are not).
    """

    gradients: bool = False
    model: tuple[str, ...] = ()
    keeps_constraints: bool = True
    samples: bool = False
    deterministic: bool = False
    native: bool = True

    def words(self) -> list[str]:
        """Return the traits in a few words, for listings."""
        said = {
            "gradients": self.gradients,
            "constraints": self.keeps_constraints,
            "samples": self.samples,
            "deterministic": self.deterministic,
            "wrapped": not self.native,
        }
        return [word for word, holds in said.items() if holds] + [f"{kind} only" for kind in self.model]


@dataclass(frozen=True)
class Card:
    """The light half of a plug-in.

    Attributes:
        name: what users type.
        summary: one line of help.
        implementation: ``"package.module:attribute"`` of the heavy half.
        requires: importable modules it cannot do without.
        install: the command that brings them.
        contract: the version of the plug-in contract that it was written for.
    """

    kind: ClassVar[str] = "plug-in"

    name: str
    summary: str
    implementation: str
    requires: tuple[str, ...] = ()
    install: str = ""
    contract: int = 1  # of those who do not say; it stays 1 when CONTRACT rises

    def missing(self) -> list[str]:
        """Return the required modules that are not installed, without importing any."""
        # Only the top package is looked for: to find a part of it, Python would import it.
        return [module for module in self.requires if find_spec(module.partition(".")[0]) is None]

    def load(self) -> Any:
        """Import and return the implementation, which may be anything."""
        return _named(self.implementation)


@dataclass(frozen=True)
class CardWithParams(Card):
    """The light half of a plug-in with parameters.

    Attributes:
        params: ``"package.module:attribute"`` of the model of its parameters, in a module that imports
            nothing heavy. Empty for that of the implementation, which is then imported to plan a run.
    """

    params: str = ""

    def load_params(self) -> type[Params]:
        """Import and return the model of the parameters.

        Raises:
            RecbenchError: what is named is none.
        """
        from recbench.plugins.params import Params

        place = self.params or f"{self.implementation}.Params"
        found = _named(self.params) if self.params else getattr(self.load(), "Params", None)
        if not (isinstance(found, type) and issubclass(found, Params)):
            raise RecbenchError(f"{self.kind} {self.name!r}: {place} is no subclass of recbench's Params.")
        return found


def _named(place: str) -> Any:
    module, _, attribute = place.partition(":")
    return getattr(import_module(module), attribute)


@dataclass(frozen=True)
class MethodCard(CardWithParams):
    """A recourse method."""

    kind: ClassVar[str] = "method"

    traits: Traits = field(default_factory=Traits)
    citation: str = ""
    url: str = ""
    expected_failed_checks: dict[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class DatasetCard(Card):
    """A data set.

    Attributes:
        source: where the tables come from.
        licence: under which terms.
        citation: what to cite.
        files: what ``recbench data fetch`` downloads; empty means it is generated.
        rows: training and test rows, and
        features: how many each has, so that listings need not load a table; None if unknown.
    """

    kind: ClassVar[str] = "data set"

    source: str = ""
    licence: str = ""
    citation: str = ""
    files: tuple[str, ...] = ()
    rows: tuple[int, int] | None = None
    features: int | None = None


@dataclass(frozen=True)
class ClassifierCard(CardWithParams):
    """A recipe that trains a classifier; ``differentiable`` says whether gradient methods can use it."""

    kind: ClassVar[str] = "classifier"

    differentiable: bool = True


SHARE = "share of people"
"""The unit of a metric that says yes (1) or no (0) of each person, or nothing (NaN)."""


@dataclass(frozen=True)
class MetricCard(Card):
    """A measure of recourse.

    Attributes:
        title: the column head.
        short: the definition in a few words, below the head; ``{k}`` stands for the neighbours of LOF.
        better: ``"higher"``, ``"lower"`` or ``""`` where neither is.
        unit: of the aggregated value: :data:`SHARE` if each person is a 0 or a 1, else it is a mean, for
            example of ``"points"`` or ``"s"``. It decides about intervals and tests; values never do.
        default: computed unless ``--metrics`` says otherwise.
        draws: looks at the several draws of a method, which the store does not keep.
        version: raise it when the definition changes; stored scores are then computed anew.
    """

    kind: ClassVar[str] = "metric"

    title: str = ""
    short: str = ""
    better: str = ""
    unit: str = ""
    default: bool = True
    draws: bool = False
    version: int = 1

    @property
    def is_share(self) -> bool:
        """Whether a value is the share of people for whom the answer is yes."""
        return self.unit == SHARE
