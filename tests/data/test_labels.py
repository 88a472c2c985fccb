"""Labels that nobody hoped for."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recbench.data.dataset import Dataset
from recbench.data.files import from_file
from recbench.data.schema import Feature, Scalar, Schema, Target
from recbench.errors import UsageError
from recbench.run.tune import held_out


def schema(*favourable: Scalar) -> Schema:
    return Schema(
        features=(Feature(name="x", kind="integer"),), target=Target(name="y", favourable=favourable)
    )


def table(labels: Sequence[object]) -> pd.DataFrame:
    return pd.DataFrame({"x": np.arange(len(labels)), "y": pd.Series(list(labels), dtype=object)})


def made(train: Sequence[object], test: Sequence[object], *favourable: Scalar) -> Dataset:
    return Dataset("d", schema(*favourable), table(train), table(test))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (">50K", ">50K."), ("YES", "yes"), ("yes", " yes"), ("yes", "yes "), ("not paid", "not_paid"),
        ("not-paid", "not paid"), ("Paid", "paid!"), ("'yes'", "yes"),
        ("yes", "y\u00a0es"), ("yes", "yes\u200b"),
        ("straße", "STRASSE"), ("1", "1.0"), ("1", "1."), (" 1", "1"), ("1e0", "1"), ("good;", "good"),
        ("ｙｅｓ", "yes"), ("yes\t", "yes"), ("(yes)", "yes"), ("True", "true"),
    ],
)  # fmt: skip
def test_labels_that_look_alike_are_refused_with_both_spellings(one: str, other: str) -> None:
    for train, test in (([one, "no"], [other, "no"]), ([one, other, "no"], [one, "no"])):
        with pytest.raises(UsageError) as caught:
            made(train, test, one)
        assert repr(one) in str(caught.value)
        assert repr(other) in str(caught.value)
        assert "written in two ways" in str(caught.value)
    # The unfavourable ones, and the one that only the schema has, likewise.
    with pytest.raises(UsageError, match="written in two ways"):
        made([one, "Z"], [other, "Z"], "Z")
    with pytest.raises(UsageError, match="written in two ways"):
        made([one, "no"], [one, "no"], other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<=50K", ">50K"), ("+", "-"), ("1", "-1"), ("A", "A-"), ("A+", "A"), ("1.5", "15"), ("1:30", "130"),
        ("01", "1"), ("1", "10"), ("v1.2", "v12"), ("yes", "y"),
        (1, -1), (1, 0), (True, False), ("1", 2), (".", "-"),
        ("9007199254740993", "9007199254740992"), (".5", "5"), ("50%", "50"), ("C", "C#"),
    ],
)  # fmt: skip
def test_labels_that_differ_are_taken(one: Scalar, other: Scalar) -> None:
    dataset = made([one, other, one], [other, one], one)
    assert dataset.favourable(dataset.train).tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    ("train", "test", "message"),
    [
        (["yes", "no"], ["good", "no"], r"is never 'good' \(and 0|is never 'good' in the train rows"),
        (["yes", "no"], ["no", "no"], "is never 'yes' in the test rows"),
        (["yes", "no"], ["yes"], "is never 'no' in the test rows"),
        (["yes", "no", "late"], ["yes", "no"], "is never 'late' in the test rows"),
        (["yes", "no"], ["yes", "no", "late", "lost"], r"is never 'late' \(and 1 more\) in the train rows"),
    ],
)
def test_a_label_that_only_one_table_has_is_refused(
    train: list[object], test: list[object], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        made(train, test, "yes")


def test_a_favourable_label_that_never_occurs_is_refused() -> None:
    with pytest.raises(UsageError, match=r"no row has the favourable label 'fiar' .* holds: good, no"):
        made(["good", "no"], ["good", "no"], "good", "fiar")


@pytest.mark.parametrize("word", ["NA", "N/A", "nan", "NaN", "null", "NULL", "None", ""])
def test_words_that_may_mean_nothing_are_refused_unless_hoped_for(word: str) -> None:
    with pytest.raises(UsageError, match=r"a label, or a value that is missing\?"):
        made(["yes", "no", word], ["yes", "no", word], "yes")
    assert made([word, "no"], [word, "no"], word).favourable(table([word])).tolist() == [1]


def test_random_parts_of_one_table_may_lack_a_rare_label(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(schema("yes").to_yaml())
    frame = table(["yes", "no"] * 30 + ["late"])
    frame.to_csv(tmp_path / "d.csv", index=False)
    dataset = from_file(tmp_path / "d.csv", tmp_path / "s.yaml")
    assert dataset.drawn
    assert {len(held_out(dataset, split).test) for split in range(5)} == {12}  # most lack "late"
    split = ["train"] * 30 + ["test"] * 31
    frame.assign(split=split).to_csv(tmp_path / "d.csv", index=False)
    with pytest.raises(UsageError, match="is never 'late' in the train rows"):
        from_file(tmp_path / "d.csv", tmp_path / "s.yaml")


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_two_spellings_in_a_file_are_refused(tmp_path: Path, suffix: str) -> None:
    (tmp_path / "s.yaml").write_text(schema(">50K").to_yaml())
    data = tmp_path / f"d{suffix}"
    frame = table([">50K", "<=50K"] * 20 + [">50K.", "<=50K."] * 10)
    frame.to_csv(data, index=False) if suffix == ".csv" else frame.to_parquet(data)
    with pytest.raises(UsageError, match=r"the labels '>50K' and '>50K\.': one label, written in two ways"):
        from_file(data, tmp_path / "s.yaml")


@pytest.mark.parametrize(
    ("favourable", "labels"),
    [("yes", ["yes", "no"]), ("1", ["1", "0"]), ("1", ["1.0", "0.0"]), ("true", ["TRUE", "FALSE"]),
     ("01", ["01", "02"]), ("-1", ["-1", "1"]), ("2.5", ["2.50", "1"])],
)  # fmt: skip
def test_labels_of_a_file_match_however_they_are_written(
    tmp_path: Path, favourable: str, labels: list[str]
) -> None:
    text = f"features: [{{name: x, kind: integer}}]\ntarget: {{name: y, favourable: {favourable}}}\n"
    (tmp_path / "s.yaml").write_text(text)
    (tmp_path / "d.csv").write_text("x,y\n" + "".join(f"{k},{labels[k % 2]}\n" for k in range(20)))
    dataset = from_file(tmp_path / "d.csv", tmp_path / "s.yaml")
    assert dataset.favourable(dataset.train).tolist() == [1 - k % 2 for k in dataset.train["x"]]
