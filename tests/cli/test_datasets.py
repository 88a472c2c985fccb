import hashlib
import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from recbench.api import tables
from recbench.cli import cli
from recbench.data.catalogue.download import Repository
from recbench.errors import RecbenchError, UsageError
from recbench.plugins import registry
from recbench.plugins.cards import DatasetCard
from recbench.plugins.registry import Listing

NAMES = ["adult", "circles", "compas", "corr", "heloc", "loan", "moons"]
FILES = ("adult_train.csv", "adult_test.csv")


def run(*arguments):
    return CliRunner().invoke(cli, list(arguments))


@pytest.fixture
def pinned(loopback, bare, monkeypatch):
    """The catalogue with small files of our own behind a real server."""
    names = [f"{name}_{part}.csv" for name in ("adult", "compas", "heloc") for part in ("train", "test")]
    loopback.files = {name: f"column\n{name}\n".encode() for name in names}
    pins = {name: hashlib.sha256(body).hexdigest() for name, body in loopback.files.items()}
    repository = Repository("made", loopback.url, pins)
    monkeypatch.setattr(tables, "CF_DATA", repository)
    return repository


def test_list_says_what_where_and_under_which_terms(pinned):
    pinned.fetch("compas_train.csv")
    pinned.fetch("compas_test.csv")
    pinned.fetch("heloc_train.csv").write_text("broken")
    said = run("datasets")
    assert said.exit_code == 0
    lines = {line.split("\t")[0]: line for line in said.output.splitlines()}
    assert list(lines) == NAMES
    assert "36,624 + 12,208 rows, 13 features, not downloaded" in lines["adult"]
    assert "4,629 + 1,543 rows, 7 features, cached" in lines["compas"]
    assert "features, corrupt\t" in lines["heloc"]
    assert "the provider's terms apply" in lines["heloc"]
    assert "features, embedded\t" in lines["loan"]
    for name in NAMES:
        told = run("datasets", name).output
        for word in ("source: ", "licence: ", "cite: "):
            assert word in told
    assert "NeurIPS 2020" in run("datasets", "loan").output


def test_list_as_json(pinned):
    rows = {row["name"]: row for row in json.loads(run("datasets", "--json").output)}
    assert sorted(rows) == NAMES
    assert rows["adult"]["rows"] == [36624, 12208]
    assert rows["adult"]["state"] == "not downloaded"
    assert rows["adult"]["files"] == list(FILES)
    assert rows["loan"]["features"] == 7
    assert rows["loan"]["files"] == []
    assert all(row["licence"] and row["source"] and row["citation"] for row in rows.values())


def test_a_broken_plug_in_and_one_with_its_own_files_are_listed(pinned, monkeypatch):
    own = DatasetCard("own", "mine", "here:there", files=("own.csv",))
    listings = [
        Listing("bad", None, "importing bad failed: ImportError: no", "bad 1"),
        Listing("own", own, "", "own 1"),
    ]
    monkeypatch.setattr(registry.datasets, "listings", lambda: listings)
    lines = run("datasets").output.splitlines()
    assert lines[0].startswith("bad\tunavailable\timporting bad failed: ImportError: no")
    assert "own\tsize unknown, kept by its plug-in\tmine" in lines[1]
    monkeypatch.setattr(registry.datasets, "card", lambda name: own)
    failed = run("data", "fetch", "own")
    assert isinstance(failed.exception, UsageError)
    assert "keeps its files itself" in failed.exception.message


def test_fetch_verify_and_path(pinned, loopback):
    said = run("data", "fetch", "adult")
    assert said.exit_code == 0, said.exception
    assert said.output.count("downloaded.") == 2
    assert sorted(loopback.asked) == sorted(FILES)
    assert run("data", "fetch", "adult").output.count("is here.") == 2
    assert len(loopback.asked) == 2
    assert run("data", "path", "adult").output.splitlines() == [str(pinned.folder / file) for file in FILES]
    verified = run("data", "verify", "adult")
    assert verified.exit_code == 0
    assert verified.output.count(": right.") == 2


def test_fetch_without_a_name_fetches_everything_there_is(pinned, loopback):
    assert run("data", "fetch").exit_code == 0
    assert len(loopback.asked) == 6
    assert run("data", "verify").exit_code == 0


def test_verify_tells_corrupt_from_missing(pinned):
    assert run("data", "verify").exit_code == 0
    named = run("data", "verify", "adult")
    assert named.exit_code == 1
    assert "not downloaded" in named.output
    pinned.fetch("adult_train.csv").write_text("broken")
    said = run("data", "verify")
    assert said.exit_code == 1
    assert f"adult: {pinned.folder / 'adult_train.csv'}: corrupt." in said.output
    assert "recbench data fetch" in said.output
    assert run("data", "fetch", "adult").exit_code == 0
    assert run("data", "verify", "adult").exit_code == 0


def test_generated_sets_have_no_files(pinned):
    assert run("data", "fetch", "loan").output == "loan: generated, nothing to fetch.\n"
    assert run("data", "verify", "loan").output == "loan: generated, no files.\n"
    failed = run("data", "path", "loan")
    assert isinstance(failed.exception, UsageError)
    assert failed.exception.message == "data set 'loan' is generated: it has no files."


def test_errors_are_handed_to_the_command_line(pinned, loopback):
    unknown = run("data", "fetch", "adlut")
    assert isinstance(unknown.exception, UsageError)
    assert str(unknown.exception) == "unknown data set 'adlut'. Did you mean adult?"
    absent = run("data", "path", "adult")
    assert isinstance(absent.exception, RecbenchError)
    assert "adult_train.csv is not downloaded. Run: recbench data fetch adult" in str(absent.exception)
    loopback.files.clear()
    failed = run("data", "fetch", "adult")
    assert isinstance(failed.exception, RecbenchError)
    assert "the server answered 404" in str(failed.exception)


@pytest.mark.parametrize(
    "arguments", [["data"], ["datasets"], *(["data", one] for one in ("fetch", "path", "verify"))]
)
def test_help_teaches(arguments):
    said = run(*arguments, "--help").output
    assert ("RECBENCH_DATA_HOME" in said) if arguments == ["data"] else ("Example" in said)
    assert "recbench data" in said


def test_the_whole_command_in_a_process_imports_nothing_heavy(bare):
    code = (
        "import sys; from recbench.cli import main\n"
        "try: main(['datasets'])\n"
        "except SystemExit as end: assert end.code in (0, None), end.code\n"
        "print(sorted({'torch', 'numpy', 'pandas', 'mlflow', 'sklearn'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.splitlines()[-1] == "[]"
    assert len(said.stdout.splitlines()) == 8


def test_offline_in_a_process_is_one_line_and_exit_code_1(bare, monkeypatch):
    monkeypatch.setenv("RECBENCH_DATA_URL", "http://127.0.0.1:1")
    code = "from recbench.cli import main; main(['data', 'fetch', 'adult'])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert said.returncode == 1
    assert said.stderr.startswith("error: http://127.0.0.1:1/adult_train.csv cannot be reached")
    assert "RECBENCH_DATA_HOME" in said.stderr
    assert len(said.stderr.splitlines()) == 1
