import hashlib
import logging
import os
import re
import signal
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import pooch
import pytest

from recbench.data.catalogue.download import CF_DATA, Repository, State
from recbench.errors import RecbenchError, UsageError

TABLE = b"age,score\n" + b"".join(b"%d,%d\n" % (k, k % 2) for k in range(20_000))
OTHER = b"age,score\n1,1\n"


@pytest.fixture
def repository(loopback, bare):
    loopback.files = {"table.csv": TABLE, "other.csv": OTHER}
    pins = {name: hashlib.sha256(body).hexdigest() for name, body in loopback.files.items()}
    return Repository("made", loopback.url, pins | {"absent.csv": "0" * 64})


@pytest.fixture(autouse=True)
def pauses(monkeypatch):
    """The seconds that pooch waits before it tries again; the tests do not wait."""
    waited: list[float] = []
    monkeypatch.setattr("pooch.core.time", SimpleNamespace(sleep=waited.append))
    return waited


def test_a_file_is_downloaded_once_and_found_afterwards(repository, loopback, bare):
    assert repository.find("table.csv").state is State.ABSENT
    path = repository.fetch("table.csv")
    assert path == bare / "recbench" / "data" / "made" / "table.csv"
    assert path.read_bytes() == TABLE
    assert repository.fetch("table.csv") == path
    assert loopback.asked == ["table.csv"]
    assert repository.find("table.csv").state is State.CACHED
    assert repository.find("table.csv").ready
    assert [entry.name for entry in path.parent.iterdir()] == ["table.csv"]


def test_wrong_bytes_are_refused_and_leave_nothing(repository, loopback):
    loopback.files["table.csv"] = TABLE[:-1] + b"!"
    with pytest.raises(RecbenchError, match=r"table\.csv is not the published file: its checksum is wrong"):
        repository.fetch("table.csv")
    assert list(repository.folder.iterdir()) == []


def test_a_cut_connection_is_tried_again(repository, loopback, caplog, pauses):
    loopback.cuts["table.csv"] = 2
    with caplog.at_level(logging.WARNING):
        assert repository.fetch("table.csv").read_bytes() == TABLE
    assert loopback.asked == ["table.csv"] * 3
    assert pauses == [1, 2]
    assert [record.message.split(": ")[-1] for record in caplog.records] == [
        "the connection was cut, trying again."
    ] * 2


def test_a_connection_that_is_always_cut_is_an_error_and_leaves_nothing(repository, loopback):
    loopback.cuts["table.csv"] = 99
    with pytest.raises(RecbenchError, match=r"table\.csv cannot be downloaded: .* was cut 4 times") as caught:
        repository.fetch("table.csv")
    assert "set RECBENCH_DATA_HOME" in caught.value.hint
    assert list(repository.folder.iterdir()) == []
    loopback.cuts.clear()
    assert repository.fetch("table.csv").read_bytes() == TABLE


def test_pooch_says_nothing_meanwhile_and_may_speak_afterwards(repository, monkeypatch):
    heard = []
    listener = logging.Handler()
    monkeypatch.setattr(listener, "emit", lambda record: heard.append(record.getMessage()))
    monkeypatch.setattr(pooch.get_logger(), "handlers", [listener])
    repository.fetch("table.csv")
    assert heard == []
    pooch.get_logger().info("of somebody else")
    assert heard == ["of somebody else"]


def test_a_404_is_not_tried_again(repository, loopback):
    with pytest.raises(RecbenchError, match=r"absent\.csv cannot be downloaded: the server answered 404"):
        repository.fetch("absent.csv")
    assert loopback.asked == ["absent.csv"]


def test_offline_is_one_clear_line_at_once(repository, monkeypatch):
    monkeypatch.setenv("RECBENCH_DATA_URL", "http://127.0.0.1:1")
    began = time.monotonic()
    with pytest.raises(RecbenchError) as caught:
        repository.fetch("table.csv")
    assert time.monotonic() - began < 2
    assert caught.value.exit_code == 1
    assert re.search(r"127\.0\.0\.1:1/table\.csv cannot be reached \(.*refused", caught.value.message)
    assert "Go online, or put the file in a folder and set RECBENCH_DATA_HOME" in caught.value.hint
    assert "\n" not in str(caught.value)


def test_a_malformed_mirror_is_a_clear_error(repository, monkeypatch):
    monkeypatch.setenv("RECBENCH_DATA_URL", "nonsense")
    with pytest.raises(RecbenchError, match=r"nonsense/table\.csv cannot be reached \(.*scheme"):
        repository.fetch("table.csv")


def test_a_mirror_serves_instead(repository, loopback, monkeypatch):
    broken = Repository("made", "http://127.0.0.1:1", repository.checksums)
    monkeypatch.setenv("RECBENCH_DATA_URL", loopback.url + "/")
    assert broken.fetch("other.csv").read_bytes() == OTHER


def test_a_corrupt_cached_file_is_said_and_downloaded_anew(repository, caplog):
    path = repository.fetch("table.csv")
    path.write_bytes(TABLE[:100])
    assert repository.find("table.csv").state is State.CORRUPT
    with caplog.at_level(logging.WARNING):
        assert repository.fetch("table.csv").read_bytes() == TABLE
    assert f"{path} is corrupt (wrong checksum): downloading it anew." in caplog.text


def test_a_corrupt_cached_file_is_not_used_when_offline(repository, monkeypatch):
    repository.fetch("table.csv").write_bytes(b"")
    monkeypatch.setenv("RECBENCH_DATA_URL", "http://127.0.0.1:1")
    with pytest.raises(RecbenchError, match="cannot be reached"):
        repository.fetch("table.csv")


def test_data_home_comes_first_and_needs_no_network(repository, loopback, monkeypatch, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "table.csv").write_bytes(TABLE)
    monkeypatch.setenv("RECBENCH_DATA_HOME", str(home))
    assert repository.fetch("table.csv") == home / "table.csv"
    assert repository.find("table.csv").state is State.HOME
    assert loopback.asked == []
    # What the folder does not hold is downloaded as usual, and not into the folder.
    assert repository.fetch("other.csv").parent == repository.folder
    assert [entry.name for entry in home.iterdir()] == ["table.csv"]


def test_a_wrong_file_in_data_home_is_an_error_that_names_it(repository, loopback, monkeypatch, tmp_path):
    (tmp_path / "table.csv").write_bytes(TABLE + b"more")
    monkeypatch.setenv("RECBENCH_DATA_HOME", str(tmp_path))
    with pytest.raises(UsageError, match=r"table\.csv has a wrong checksum") as caught:
        repository.fetch("table.csv")
    assert str(tmp_path / "table.csv") in caught.value.message
    assert "unset RECBENCH_DATA_HOME" in caught.value.hint
    assert loopback.asked == []
    assert (tmp_path / "table.csv").read_bytes() == TABLE + b"more"


def test_a_data_home_that_is_no_folder(repository, monkeypatch, tmp_path):
    monkeypatch.setenv("RECBENCH_DATA_HOME", str(tmp_path / "nowhere"))
    with pytest.raises(UsageError, match=r"RECBENCH_DATA_HOME is '.*nowhere', which is not a folder"):
        repository.fetch("table.csv")


def test_an_unreadable_file_and_an_unwritable_cache(repository, bare, monkeypatch, tmp_path):
    (repository.folder / "table.csv").mkdir(parents=True)
    with pytest.raises(RecbenchError, match=r"cannot read .*table\.csv: Is a directory"):
        repository.find("table.csv")
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(RecbenchError, match=r"table\.csv cannot be written to .*: ") as caught:
        repository.fetch("table.csv")
    assert "RECBENCH_DATA_HOME" in caught.value.hint


def test_an_unknown_file_names_the_nearest(repository):
    with pytest.raises(UsageError, match=r"unknown data file 'tabel\.csv'.* Did you mean table\.csv"):
        repository.fetch("tabel.csv")


def test_progress_is_told_the_size(repository):
    class Bar:
        total = 0
        seen = 0

        def update(self, count):
            self.seen += count

        def reset(self):
            self.seen = 0

        def close(self):
            self.closed = True

    bar = Bar()
    repository.fetch("table.csv", bar)
    assert bar.total == bar.seen == len(TABLE)
    assert bar.closed


def test_a_killed_download_is_never_taken_for_a_table(repository, loopback):
    loopback.stalls["table.csv"] = threading.Event()
    code = (
        "import sys; from recbench.data.catalogue.download import Repository;"
        "Repository('made', sys.argv[1], {'table.csv': sys.argv[2]}).fetch('table.csv')"
    )
    arguments = [sys.executable, "-c", code, loopback.url, repository.checksums["table.csv"]]
    process = subprocess.Popen(arguments, env=dict(os.environ))
    try:
        deadline = time.monotonic() + 20
        while not any(entry.stat().st_size for entry in repository.folder.glob("*")):
            assert time.monotonic() < deadline, "the download did not begin"
            time.sleep(0.02)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert repository.find("table.csv").state is State.ABSENT
    loopback.stalls.pop("table.csv").set()
    assert repository.fetch("table.csv").read_bytes() == TABLE


def test_two_processes_may_download_at_once(repository, loopback):
    paths = []
    threads = [threading.Thread(target=lambda: paths.append(repository.fetch("table.csv"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(paths) == 4
    assert paths[0].read_bytes() == TABLE
    assert [entry.name for entry in repository.folder.iterdir()] == ["table.csv"]


def test_the_published_files_are_pinned():
    assert sorted(CF_DATA.checksums) == [
        f"{name}_{part}.csv" for name in ("adult", "compas", "heloc") for part in ("test", "train")
    ]
    assert all(re.fullmatch("[0-9a-f]{64}", checksum) for checksum in CF_DATA.checksums.values())
    assert CF_DATA.url.endswith("carla-recourse/cf-data/2d56677095bd11deba5d8e3731f8941b95e0a880")
