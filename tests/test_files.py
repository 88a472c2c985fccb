"""Small texts are there whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from recbench.files import write_whole


def test_a_text_replaces_the_one_before(tmp_path: Path) -> None:
    place = tmp_path / "note.json"
    write_whole(place, "one")
    write_whole(place, "naïve")
    assert place.read_text(encoding="utf-8") == "naïve"
    assert list(tmp_path.iterdir()) == [place]


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    place = tmp_path / "note.json"
    place.mkdir()
    with pytest.raises(OSError):
        write_whole(place, "one")
    assert list(tmp_path.iterdir()) == [place]
