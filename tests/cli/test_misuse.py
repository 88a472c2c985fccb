"""What a person can write on the command line: nonsense is one line and exit code 2, at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from recbench.cli import main
from recbench.cli.quantities import parse_resources
from recbench.errors import UsageError

RUN = ["run", "--methods", "nnr", "--no-tracking", "--dry-run"]


def misuse(capsys: pytest.CaptureFixture[str], folder: Path, *words: object) -> str:
    """Return the one line in which the command line refuses these words."""
    with pytest.raises(SystemExit) as caught:
        main([*map(str, words)])
    said = capsys.readouterr().err
    assert caught.value.code == 2, said
    assert said.startswith("error: ")
    assert said.count("\n") == 1
    assert "fault of recbench" not in said
    assert len(said) < 400
    assert not list(folder.iterdir())
    return said


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--methods", ""], "'' names nothing"),
        (["--datasets", " , "], "' , ' names nothing"),
        (["--device", ""], "unknown device ''"),
        (["--seeds", "-1"], "is not a list of seeds"),
        (["--seeds", str(10**30)], "is not a list of seeds"),
        (["--seeds", str(2**32)], "seed 4294967296 is too large; seeds go up to 4294967295"),
        (["--seeds", "0-20000000"], "20,000,001 seeds are too many; at most 10,000"),
        (["--seeds", "0-9999,10000"], "10,001 seeds are too many"),
        (["--seeds", "5-1"], "run backwards"),
        (["--seeds", "9" * 5000], "is not a list of seeds"),
        (["--seeds", "١"], "is not a list of seeds"),
        (["--factuals", "0"], "is neither a number of people nor 'all'"),
        (["--factuals", "9" * 5000], "is neither a number of people nor 'all'"),
        (["--factuals", "²"], "is neither a number of people nor 'all'"),
        (["--factuals", "99999999999"], "people are too many"),
        (["--threads", "0"], "0 is not in the range"),
        (["--threads", str(10**12)], "is not in the range"),
        (["--chunk", str(10**30)], "is not in the range"),
        (["--jobs", str(10**9)], "is not in the range"),
        (["--cell-memory", "9" * 400 + "G"], "is no size"),
        (["--cell-memory", "99999999999G"], "is not between 1M and 1024T"),
        (["--cell-memory", "0.0001K"], "is not between 1M and 1024T"),
        (["--cell-memory", "infG"], "is no size"),
        (["--cell-timeout", "9" * 400], "is no time"),
        (["--cell-timeout", "99999999h"], "is longer than a year"),
        (["--cell-timeout", "nan"], "is no time"),
        (["--cell-timeout", "0s"], "is no time"),
        (["--device", "cuda:-1"], "unknown device 'cuda:-1'"),
        (["--device", "cuda:x"], "unknown device 'cuda:x'"),
        (["--device", "cuda:999"], "device 'cuda:999' is not available here"),
        (["--resources", "GPU=nan"], "is malformed"),
        (["--resources", "GPU=inf"], "is malformed"),
        (["--resources", "GPU=-1"], "is malformed"),
        (["--set", "nnr.gamma=.nan"], "methods.0: params holds nan, which is no finite number"),
        (["--set", "mlp.learning_rate=.inf"], "classifiers.0: params holds inf, which is no finite number"),
        (["--set", "mlp.epochs=1_0"], "mlp.epochs = '1_0': '1_0' is a word, not a number"),
        (["--set", "mlp.epochs=1:30"], "mlp.epochs = '1:30': '1:30' is a word, not a number"),
        (["--set", "mlp.epochs=2020-01-01"], "is a word, not a number"),
        (["--set", "mlp.epochs=true"], "True is a truth value, not a number"),
        (["--set", "mlp.epochs=1e30"], "mlp.epochs = 1e+30: "),
        (["--set", f"mlp.epochs={'9' * 30}"], "the number is too large"),
        (["--set", f"mlp.epochs={'9' * 5000}"], "is too long"),
        (["--set", f"mlp.epochs={'[' * 5000}"], "is nested too deeply"),
        (["--set", "mlp.epochs={a: 1, a: 2}"], "the key 'a' is there twice"),
        (["--set", "mlp.epochs=!!python/name:os.system"], "does not fit the tag"),
        (["--set", "mlp.epochs=\0"], "it holds the character"),
        (["--set", "mlp.epochs=*x"], "found undefined alias"),
        (["--set", "mlp.epochs=[1"], "is not valid YAML"),
        (["--set", "mlp.epochs=1", "--set", "mlp.epochs=2"], "--set mlp.epochs is given twice"),
        (["--set", "mlp.hidden=[10, -1]"], "mlp.hidden.1 = -1"),
        (["--set", "mlp.epochs"], "is malformed"),
        (["--set", "=1"], "is malformed"),
        (["--data", "a\0.csv", "--schema", "s.yaml"], "a path holds no NUL character"),
        (["--results", "a\0"], "a path holds no NUL character"),
        (["--results", "a" * 5000], "is too long"),
        (["--data", "/dev/null", "--schema", "/dev/null"], "cannot read schema /dev/null: it is not a file"),
    ],
)  # fmt: skip
def test_nonsense_in_a_run(
    capsys: pytest.CaptureFixture[str], folder: Path, words: list[str], message: str
) -> None:
    assert message in misuse(capsys, folder, *RUN, *words)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["tune", "nnr", "--seed", "-1"], "is not in the range"),
        (["tune", "nnr", "--seed", str(10**30)], "is not in the range"),
        (["tune", "nnr", "--splits", str(10**9)], "is not in the range"),
        (["tune", "nnr", "--budget", "9" * 400], "is no time"),
        (["tune", "nnr", "--search", "gamma=" + "[" * 5000], "is nested too deeply"),
        (["tune", "nnr", "--search", "gamma=.5", "--search", "gamma=.6"], "--search gamma is given twice"),
        (["tune", "nnr", "--search", "gamma=.5,.nan"], "nnr.gamma = nan"),
        (["tune", "nnr", "--set", "gamma=.inf"], "holds inf, which is no finite number"),
        (["check", "nnr", "--set", "gamma=.nan"], "nnr.gamma = nan"),
        (["check", "nnr", "--set", "gamma=1_0"], "'1_0' is a word, not a number"),
        (["check", "nnr", "--set", "gamma=1", "--set", "nnr.gamma=2"], "--set gamma is given twice"),
        (["check", "nnr", "--set", "gamma=" + "[" * 5000], "is nested too deeply"),
        (["run", "a\0b.yaml"], "there is no suite file"),
        (["ui", "--port", "0"], "is not in the range"),
    ],
)
def test_nonsense_elsewhere(
    capsys: pytest.CaptureFixture[str], folder: Path, words: list[str], message: str
) -> None:
    assert message in misuse(capsys, folder, *words)


def test_resources() -> None:
    assert parse_resources("GPU=1, MEMORY=0.5") == {"GPU": 1.0, "MEMORY": 0.5}
    with pytest.raises(UsageError, match="names GPU twice"):
        parse_resources("GPU=1,GPU=2")
