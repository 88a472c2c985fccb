"""Writes scikit-learn's breast cancer table and its schema, to be used as anyone's own data.

Run it from the root of the repository: ``python -m benchmarks.breast_cancer --out FOLDER``. Nobody tuned
a method for this table (Wolberg, Mangasarian, Street and Street 1995, UCI Machine Learning Repository,
doi 10.24432/C5DW2B, CC BY 4.0). A benign tumour is the favourable label.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import yaml
from sklearn.datasets import load_breast_cancer

NAME = "breast_cancer"


def write(folder: Path) -> tuple[Path, Path]:
    """Write the table and its schema to ``folder`` and return both files."""
    bunch = load_breast_cancer(as_frame=True)
    table = bunch.data.rename(columns=lambda name: name.replace(" ", "_"))
    schema = {
        "target": {"name": "diagnosis", "favourable": ["benign"]},
        "features": [{"name": name, "kind": "continuous"} for name in table.columns],
    }
    table["diagnosis"] = [str(bunch.target_names[label]) for label in bunch.target]
    folder.mkdir(parents=True, exist_ok=True)
    data, meaning = folder / f"{NAME}.csv", folder / f"{NAME}.yaml"
    table.to_csv(data, index=False)
    meaning.write_text(yaml.safe_dump(schema, sort_keys=False), encoding="utf-8")
    return data, meaning


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    data, schema = write(parser.parse_args().out)
    print(f"recbench run --methods genre-plus,nnr,unchanged --data {data} --schema {schema} --seeds 0-4")


if __name__ == "__main__":
    main()
