"""Addresses: nothing secret is printed, and any folder can hold MLflow's database."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from recbench.tracking.addresses import shown_address, sqlite_file, sqlite_uri, without_secrets
from recbench.tracking.client import artifact_home, in_short

ODD = [
    "plain",
    "a b",
    "what?x=1",
    "a%20b",
    "x%3Fy",
    "ü#q",
    'it\'s "q"',
    "-lead",
    "a;b&c=d",
    "c:d",
    "a@b",
    "[b]",
]


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("https://me:secret@host:5000/mlflow", "https://host:5000/mlflow"),
        ("https://secret@host", "https://host"),
        ("https://host:5000/?token=secret", "https://host:5000/"),
        ("https://host/x?a=1&token=secret#secret", "https://host/x"),
        ("https://host#secret", "https://host"),
        ("https://me:se/cret@host/x", "https://host/x"),
        ("https://me:se?cret@host/x", "https://host/x"),
        ("https://me:se@cret@host/x", "https://host/x"),
        ("postgresql+psycopg2://me:secret@host/db", "postgresql+psycopg2://host/db"),
        ("postgresql://me:se/cret@host/db?sslpassword=secret", "postgresql://host/db"),
        ("mssql+pyodbc:///?odbc_connect=PWD%3Dsecret", "mssql+pyodbc:///"),
        ("me:secret@host:5000", "host:5000"),
        ("ftp:me:secret@host", "host"),
        ("sqlite:////a@b/mlflow.db", "sqlite:////a@b/mlflow.db"),
        ("sqlite:///mlflow.db?key=secret", "sqlite:///mlflow.db"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
        ("", ""),
    ],
)
def test_what_is_shown_of_an_address(uri: str, shown: str) -> None:
    assert shown_address(uri) == shown
    assert "cret" not in in_short(ValueError(f"cannot use {uri} now"), uri)
    if "://" in uri:
        assert "cret" not in in_short(ValueError(f"cannot use '{uri}', sorry")), "of whatever it speaks"


def test_a_secret_that_stands_alone_is_blotted_out() -> None:
    uri = "https://me:s3cr%21t@host/?token=abcdef"
    said = without_secrets("401 for url: /api?token=abcdef, password 's3cr!t' of me", uri)
    assert "abcdef" not in said
    assert "s3cr" not in said
    assert said.endswith("of me")


def test_texts_without_secrets_stay_as_they_are() -> None:
    said = "x?y at a@b.c: see https://host/page, 3 rows (http://h:1/a)"
    assert without_secrets(said) == said


@pytest.mark.parametrize("name", ODD)
def test_the_address_of_a_database_leads_back_to_its_file(tmp_path: Path, name: str) -> None:
    from sqlalchemy import create_engine, text

    file = tmp_path / name / "mlflow.db"
    file.parent.mkdir()
    uri = sqlite_uri(file)
    assert sqlite_file(uri) == file
    with create_engine(uri).begin() as database:
        database.execute(text("CREATE TABLE here (x INTEGER)"))
    assert sqlite3.connect(file).execute("SELECT name FROM sqlite_master").fetchall() == [("here",)]
    assert artifact_home(uri, tmp_path) == (file.parent / "mlartifacts").as_uri()


def test_an_ordinary_folder_keeps_its_ordinary_address(tmp_path: Path) -> None:
    assert sqlite_uri(tmp_path / "mlflow.db") == f"sqlite:///{tmp_path.resolve()}/mlflow.db"
    assert sqlite_file("sqlite://") is None
    assert sqlite_file("postgresql://host/db") is None
    assert sqlite_file("sqlite:///relative.db?timeout=5") == Path("relative.db")
