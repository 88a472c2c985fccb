"""Sealed: a fitted model as bytes that tell damage before anything is read, and hold no code if possible.

A line of JSON (name, form, SHA-256), then the value. The form ``plain`` is skops: arrays, numbers, texts and
scikit-learn estimators. What cannot be taken apart into those, such as the network of a plug-in, is
``pickle``, and read only where the caller says that nobody else can have written it.
"""

from __future__ import annotations

import hashlib
import json
import pickle
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")

_LONGEST_HEAD = 1000
_QUICK = 3
"""Level of compression: forests shrink to a sixth, and higher levels take longer than they save."""

_TRUSTED = ["sklearn.calibration._CalibratedClassifier", "sklearn.tree._tree.Tree"]
"""What skops does not know to be harmless: a holder of fitted parts, and trees, whose nodes are checked here
because scikit-learn follows them without looking."""


class UnreadableError(Exception):
    """The bytes are not what was sealed under this name."""


class ForeignError(UnreadableError):
    """The bytes would run code when they are read, and somebody else may have written them."""


@dataclass(frozen=True)
class Form(Generic[T]):
    """How a value is taken apart into arrays, numbers, texts and estimators, and put together again.

    Attributes:
        take_apart: returns the parts, or None if the value has none.
        put_together: may raise whatever it likes if the parts do not fit.
    """

    take_apart: Callable[[T], object]
    put_together: Callable[[Any], T]


def seal(name: str, value: T, form: Form[T] | None) -> bytes:
    """Return a value as bytes."""
    parts = None if form is None else form.take_apart(value)
    body = None if parts is None else _plain(parts)
    kind = "pickle" if body is None else "plain"
    if body is None:
        body = pickle.dumps(value)
    head = {"name": name, "form": kind, "sha256": hashlib.sha256(body).hexdigest()}
    return json.dumps(head).encode() + b"\n" + body


def unseal(name: str, sealed: bytes, form: Form[T] | None, is_ours: Callable[[], bool]) -> T:
    """Return the value that was sealed under ``name``.

    Args:
        name: as for :func:`seal`.
        sealed: what it returned.
        form: as for :func:`seal`.
        is_ours: says whether nobody else can have written the bytes; only then a pickle is read.

    Raises:
        ForeignError: it is a pickle that is not ours.
        Exception: of any kind, if the bytes are damaged or are not what was sealed under this name.
    """
    head_line, _, body = sealed[:_LONGEST_HEAD].partition(b"\n")
    head, body = json.loads(head_line), sealed[len(head_line) + 1 :]
    if head["name"] != name or head["sha256"] != hashlib.sha256(body).hexdigest():
        raise UnreadableError("damaged")
    if head["form"] == "plain" and form is not None:
        return form.put_together(_of_plain(body))
    if head["form"] != "pickle":
        raise UnreadableError(f"of the form {head['form']!r}")
    if not is_ours():
        raise ForeignError("a pickle that others may have written")
    value: T = pickle.loads(body)
    return value


def _plain(parts: object) -> bytes | None:
    """Return parts in the safe form, or None if something among them would not be read back."""
    import skops.io

    try:
        body: bytes = skops.io.dumps(parts, compression=zipfile.ZIP_DEFLATED, compresslevel=_QUICK)
        unknown = set(skops.io.get_untrusted_types(data=body)) - set(_TRUSTED)
    except Exception:  # skops says in many ways that it cannot take something
        return None
    return None if unknown else body


def _of_plain(body: bytes) -> Any:
    import skops.io

    parts = skops.io.loads(body, trusted=_TRUSTED)
    for tree, columns in _trees(parts):
        _check_tree(tree, columns)
    return parts


def _trees(value: Any, columns: int = 0) -> Iterator[tuple[Any, int]]:
    """Yield every scikit-learn tree below a value, with the number of columns its rows will have."""
    import numpy as np
    from sklearn.tree._tree import Tree

    columns = getattr(value, "n_features_in_", columns)
    if isinstance(value, Tree):
        yield value, columns
    elif isinstance(value, dict):
        for part in value.values():
            yield from _trees(part, columns)
    elif isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.dtype == object):
        for part in np.ravel(value) if isinstance(value, np.ndarray) else value:
            yield from _trees(part, columns)
    elif hasattr(value, "__dict__") and not isinstance(value, type):
        yield from _trees(vars(value), columns)


def _check_tree(tree: Any, columns: int) -> None:
    """Raise unless every node leads to later nodes and asks for a column that there is."""
    import numpy as np

    if tree.node_count > tree.capacity:
        raise UnreadableError("a tree of more nodes than it holds")
    left, right, feature = tree.children_left, tree.children_right, tree.feature
    inner = np.flatnonzero(left != -1)
    children = np.stack([left[inner], right[inner]])
    asked = feature[inner]
    if (
        tree.n_features != columns
        or (children <= inner).any()
        or (children >= tree.node_count).any()
        or (asked < 0).any()
        or (asked >= columns).any()
    ):
        raise UnreadableError("a tree whose nodes lead astray")
