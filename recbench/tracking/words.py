"""Words: names and texts as MLflow takes them, and a hash that tells whether it has them."""

from __future__ import annotations

import hashlib
import json
import re
from posixpath import normpath

from recbench.escape import visible

# MLflow's limits are 6000 for a parameter and 8000 for a tag; servers before 2.10 took less.
LONGEST_PARAM, LONGEST_TAG = 500, 5000
LONGEST_NAME = 250
"""Of runs, experiments and keys: what MLflow's tables hold."""


def legal(name: str) -> str:
    """Return a name that MLflow takes for a parameter, metric or tag: plug-ins call theirs what they like."""
    text = re.sub(r"[^\w\-. /]", "_", name)[:LONGEST_NAME]
    # MLflow takes names for paths, and refuses those that lead elsewhere.
    is_plain = normpath(text) == text and not text.startswith(("/", "."))
    return text if is_plain else text.replace("/", "_").lstrip(".") or "_"


def seen(text: str) -> str:
    """Return text of several lines in which nothing hides; some databases refuse such letters."""
    return "\n".join(map(visible, text.split("\n")))


def mark(value: object) -> str:
    """Return sixteen letters that tell plain data from other data, whatever letters its texts have."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
