"""Which change of the code changes which keys."""

from __future__ import annotations

import ast
import json
import os
import py_compile
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

import recbench as installed
from recbench.errors import RecbenchError
from recbench.method.oracle import ORACLE
from recbench.plugins import registry
from recbench.run.versions import made_by, recourse_code, score_code
from recbench.source import Code, Source, code_of
from recbench.source.canonical import Parsed

ROOT = Path(installed.__file__).parent.parent


METHODS = [*registry.methods.names(), ORACLE.name]


def roots(method: str, classifier: str = "mlp") -> list[str]:
    own = ["recbench.method.oracle.search"] if method == ORACLE.name else registry.methods.modules(method)
    return [
        "recbench.protocol.prepare",
        "recbench.run.recourse",
        *own,
        *registry.classifiers.modules(classifier),
    ]


class Reread(Source):
    """A source that parses a text once, however often it is looked at."""

    parsed: ClassVar[dict[tuple[str, bytes], Parsed]] = {}

    def _parse(self, name: str, place: Any) -> Parsed:
        text = name, place.path.read_bytes()
        if text not in self.parsed:
            self.parsed[text] = super()._parse(name, place)
        return self.parsed[text]


class Checkout:
    """A copy of the sources in which modules are changed, one at a time."""

    def __init__(self, folder: Path) -> None:
        self.packages = {
            "recbench": [folder / "recbench"],
            "recbench_methods": [folder / "recbench_methods"],
        }
        unread = shutil.ignore_patterns("__pycache__", "templates")
        shutil.copytree(ROOT / "recbench", folder / "recbench", ignore=unread)
        shutil.copytree(ROOT / "methods" / "recbench_methods", folder / "recbench_methods", ignore=unread)
        self.folder = folder

    def modules(self) -> Iterator[tuple[str, Path]]:
        for path in sorted(self.folder.rglob("*.py")):
            parts = path.relative_to(self.folder).with_suffix("").parts
            yield ".".join(part for part in parts if part != "__init__"), path

    def versions(self) -> dict[str, Code]:
        """Return the code of each method, of each classifier with nnr, and of two metrics."""
        source = Reread(self.packages)
        found = {method: source.code(roots(method)) for method in METHODS}
        found |= {f"nnr, {one}": source.code(roots("nnr", one)) for one in registry.classifiers.names()}
        metrics = ("cost", "validity_retrained")
        scoring = {
            one: source.code(["recbench.run.scoring", *registry.metrics.modules(one)]) for one in metrics
        }
        return found | {f"score {one}": code for one, code in scoring.items()}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return Checkout(tmp_path_factory.mktemp("checkout"))


def with_another_constant(text: str) -> str:
    """Return a module in which one constant that can run is another."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.Return)) and isinstance(node.value, ast.Constant):
            names = [getattr(target, "id", "") for target in getattr(node, "targets", [])]
            if not {"__version__", "__all__"} & set(names):
                node.value = ast.Constant([node.value.value, "another"].__repr__())
                return ast.unparse(ast.fix_missing_locations(tree))
    return f"{text}\n_ANOTHER = 1\n"


@pytest.mark.slow
def test_a_changed_constant_changes_exactly_the_keys_that_can_reach_it(checkout: Checkout) -> None:
    before = checkout.versions()
    reached = set().union(*(code.modules for code in before.values()))
    assert len(reached) > 80
    for name, path in checkout.modules():
        text = path.read_text()
        path.write_text(with_another_constant(text))
        after = checkout.versions()
        path.write_text(text)
        changed = {what for what in before if after[what].version != before[what].version}
        assert changed == {what for what, code in before.items() if name in after[what].modules}, name
        assert changed or name not in reached, name


@pytest.mark.parametrize(
    ("module", "touched", "untouched"),
    [
        ("recbench/run/recourse.py", {"wachter", "genre", "oracle", "nnr, forest"}, {"score cost"}),
        ("recbench/method/output.py", {"wachter", "genre", "oracle"}, set()),
        ("recbench/task/recipes.py", {"wachter", "genre", "oracle"}, set()),
        ("recbench/plugins/params.py", {"wachter", "genre", "oracle"}, set()),
        ("recbench/task/task.py", {"wachter", "genre", "oracle", "score cost"}, set()),
        ("recbench/judge/gold.py", {"wachter", "genre", "oracle", "score cost"}, set()),
        ("recbench/method/oracle/search.py", {"oracle"}, {"wachter", "genre", "score cost"}),
        ("recbench/judge/judge.py", {"oracle", "score cost"}, {"wachter", "genre", "nnr"}),
        ("recbench/run/execute.py", set(), {"wachter", "genre", "oracle", "score cost"}),
        (
            "recbench/run/scoring.py",
            {"score cost", "score validity_retrained"},
            {"wachter", "genre", "oracle"},
        ),
        ("recbench/metrics/robustness.py", {"score validity_retrained"}, {"score cost", "wachter"}),
        ("recbench/classifiers/tree_models.py", {"nnr, forest", "nnr, boosting"}, {"nnr", "nnr, linear"}),
        ("recbench/store/folder.py", set(), {"wachter", "genre", "score cost"}),
        ("recbench/suite.py", set(), {"wachter", "genre", "score cost"}),
        ("recbench_methods/common/vae.py", {"cchvae", "revise"}, {"wachter", "genre", "nnr"}),
        (
            "recbench_methods/common/gradient_search.py",
            {"wachter", "probe", "tap"},
            {"genre", "nnr", "cchvae"},
        ),
        ("recbench_methods/genre/network.py", {"genre", "genre-plus"}, {"wachter", "nnr"}),
        ("recbench_methods/genre/genre_plus.py", {"genre-plus"}, {"genre"}),
    ],
)
def test_who_can_reach_what(checkout: Checkout, module: str, touched: set[str], untouched: set[str]) -> None:
    path = checkout.folder / module
    text = path.read_text()
    before = checkout.versions()
    path.write_text(f"{text}\n_ANOTHER = 1\n")
    after = checkout.versions()
    path.write_text(text)
    changed = {what for what in before if after[what].version != before[what].version}
    assert touched <= changed
    assert not untouched & changed


def test_comments_and_releases_change_no_key(checkout: Checkout) -> None:
    before = checkout.versions()
    texts = {path: path.read_text() for _, path in checkout.modules()}
    for path, text in texts.items():
        path.write_text(
            f"# A remark.\n{text}\n# Another.\n".replace('__version__ = "0', '__version__ = "9.0')
        )
    after = checkout.versions()
    for path, text in texts.items():
        path.write_text(text)
    assert after == before


def test_a_method_whose_module_is_misspelt_is_an_error() -> None:
    with pytest.raises(RecbenchError, match="no module"):
        code_of("recbench_methods.waechter.method")


def asked_of(site: Path) -> Code:
    """Return the code of the third-party method ``silent``, as a new process sees it."""
    script = (
        "from recbench.run.versions import recourse_code as of; import json;"
        "found = of('silent', 'mlp'); print(json.dumps([found.version, dict(found.modules)]))"
    )
    path = f"{site}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    words = [sys.executable, "-c", script]
    done = subprocess.run(
        words, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": path}
    )
    return Code(*json.loads(done.stdout))


def test_a_plug_in_of_others_counts_with_its_own_package(faulty: str, tmp_path: Path) -> None:
    site = Path(shutil.copytree(faulty, tmp_path / "site"))
    first = asked_of(site)
    assert {"faulty", "faulty.methods", "recbench.task.task"} <= set(first.modules)
    methods = site / "faulty" / "methods.py"
    methods.write_text(methods.read_text().replace("import faulty", "import faulty  # ours", 1))
    assert asked_of(site).version == first.version
    methods.write_text(f"{methods.read_text()}\nEXTRA = 1\n")
    second = asked_of(site)
    assert second.version != first.version
    assert second.modules["faulty.methods"] != first.modules["faulty.methods"]


def test_without_source_the_version_of_its_distribution_counts(faulty: str, tmp_path: Path) -> None:
    site = Path(shutil.copytree(faulty, tmp_path / "site"))
    methods = site / "faulty" / "methods.py"
    py_compile.compile(str(methods), str(methods.with_suffix(".pyc")))
    methods.unlink()
    (site / "faulty-1.0.dist-info" / "RECORD").write_text("faulty/__init__.py,,\nfaulty/methods.pyc,,\n")
    first = asked_of(site)
    assert "faulty.methods" in first.modules
    about = site / "faulty-1.0.dist-info" / "METADATA"
    about.write_text(about.read_text().replace("Version: 1.0", "Version: 1.1"))
    assert asked_of(site).version != first.version


def test_a_known_label_equation_is_part_of_the_code() -> None:
    plain, known = recourse_code("nnr", "mlp"), recourse_code("nnr", "mlp", "recbench.data.catalogue.loan")
    assert plain.version != known.version
    assert set(known.modules) - set(plain.modules) >= {"recbench.data.catalogue.loan"}


def test_scores_have_code_of_their_own() -> None:
    assert score_code("cost").version != score_code("validity_retrained").version
    assert "recbench.statistics" in score_code("cost").modules


def test_who_made_a_method_is_said_and_not_keyed() -> None:
    assert made_by("nnr") == made_by(ORACLE.name) == f"recbench-recourse {installed.__version__}"
