"""Addresses: where MLflow is, as a URL, and as it may be printed."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qsl, unquote

from recbench.errors import UsageError

_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s'\"<>]+", re.IGNORECASE)
_PLAIN = re.compile(r"sqlite:///(/?[\w./-]+)", re.ASCII)
"""An address of an SQLite file that says its path as it is: SQLAlchemy, slow to import, need not read it."""
_SHORTEST = 4
"""Characters of a word that is blotted out wherever it stands; shorter ones would blot out half of a line."""


def scheme_of(uri: str) -> str:
    """Return ``http``, ``sqlite``, ... (``postgresql`` for ``postgresql+psycopg2``)."""
    return uri.partition(":")[0].partition("+")[0].lower()


def shown_address(uri: str) -> str:
    """Return an address that may be printed, logged and stored: without user, password and query.

    Rather too little is shown than too much: passwords hold slashes, question marks and at signs.
    """
    scheme, mark, rest = uri.partition("://") if "://" in uri else ("", "", uri)
    if scheme_of(uri) != "sqlite":
        rest = rest.rpartition("@")[2]
    return f"{scheme}{mark}{re.split('[?#]', rest)[0]}"


def without_secrets(text: str, uri: str = "") -> str:
    """Return a text in which every address is fit to be printed, and no secret of ``uri`` stands alone."""
    if uri:
        text = text.replace(uri, shown_address(uri))
    text = _URL.sub(lambda found: shown_address(found[0]), text)
    for secret in sorted(_secrets(uri), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def _secrets(uri: str) -> set[str]:
    rest = uri.partition("://")[2]
    before_at, at, _ = rest.rpartition("@")
    secrets = {value for _, value in parse_qsl(rest.partition("?")[2])}
    if at and scheme_of(uri) != "sqlite":
        secrets |= {before_at, before_at.partition(":")[2]}
    secrets |= {unquote(secret) for secret in secrets}
    return {secret for secret in secrets if len(secret) >= _SHORTEST}


def sqlite_uri(path: Path) -> str:
    """Return the address of an SQLite file, whatever characters its folder's name has.

    Raises:
        UsageError: the installed SQLAlchemy cannot say it.
    """
    file = str(path.resolve())
    plain = f"sqlite:///{file}"
    if _PLAIN.fullmatch(plain):
        return plain
    from sqlalchemy.engine import URL, make_url

    uri = URL.create("sqlite", database=file).render_as_string(hide_password=False)
    if uri != plain:
        # With the driver named, MLflow does not take the quoted name for a folder and create that too.
        uri = URL.create("sqlite+pysqlite", database=file).render_as_string(hide_password=False)
    if make_url(uri).database != file:
        raise UsageError(
            f"MLflow cannot have its database in {path.parent}: the name holds characters that mean something"
            " in an address.",
            "Choose another --results, name a --tracking-uri, or install sqlalchemy>=2.1.",
        )
    return uri


def sqlite_file(uri: str) -> Path | None:
    """Return the file of an SQLite address; None if it is in memory, or no such address."""
    if scheme_of(uri) != "sqlite":
        return None
    if plain := _PLAIN.fullmatch(uri):
        return Path(plain[1])
    from sqlalchemy.engine import make_url

    database = make_url(uri).database
    return Path(database) if database and database != ":memory:" else None
