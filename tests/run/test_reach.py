"""What a process really loads on its way to recourse is within what the key covers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from recbench.data.dataset import Dataset
from recbench.plugins import registry
from recbench.run.versions import method_card
from recbench.source import code_of
from recbench.source.closure import Source

QUICK = {
    "genre": {"steps": 20, "temperature": 0.1},
    "genre-plus": {"steps": 20, "temperature": 0.1},
}
"""Parameters with which a method is quick; the code they lead to is the same."""

NATIVE = [name for name in registry.methods.names() if method_card(name).traits.native]
WRAPPED = [name for name in registry.methods.names() if name not in NATIVE]


def classifier_of(method: str) -> str:
    kinds = method_card(method).traits.model
    return kinds[0] if kinds else "mlp"


def reached(method: str) -> set[str]:
    roots = [*registry.methods.modules(method), *registry.classifiers.modules(classifier_of(method))]
    return Source.installed().reached(["recbench.protocol.prepare", "recbench.run.recourse", *roots])


def loaded(people: Dataset, folder: Path, methods: list[str]) -> dict[str, list[str]]:
    (folder / "schema.json").write_text(people.schema.model_dump_json())
    people.train.head(200).to_parquet(folder / "train.parquet")
    people.test.head(60).to_parquet(folder / "test.parquet")
    asked = json.dumps({name: (classifier_of(name), QUICK.get(name, {})) for name in methods})
    script = Path(__file__).with_name("reach.py")
    done = subprocess.run(
        [sys.executable, script, folder, asked], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.slow
@pytest.mark.parametrize("methods", [NATIVE, WRAPPED], ids=["native", "wrapped"])
def test_nothing_is_loaded_that_the_key_does_not_cover(
    people: Dataset, tmp_path: Path, methods: list[str]
) -> None:
    core: set[str] = set()
    for method, modules in loaded(people, tmp_path, methods).items():
        own = {name for name in modules if name.startswith("recbench_methods.")}
        assert own
        assert own <= reached(method), method
        core |= {name for name in modules if name.partition(".")[0] == "recbench"}
    assert core <= set().union(*map(reached, methods))


def test_scoring_is_out_of_reach() -> None:
    modules = code_of("recbench.protocol.prepare", "recbench.run.recourse").modules
    assert "recbench.protocol.prepare" in modules
    assert not {
        "recbench.run.scoring",
        "recbench.judge.judge",
        "recbench.run.execute",
        "recbench.suite",
    } & set(modules)
