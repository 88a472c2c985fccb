"""The page on speed quotes the tables that were measured."""

from benchmarks.speed.page import PAGE, RESULTS, filled


def test_the_page_is_in_step_with_the_results() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert filled(text, RESULTS) == text, "python -m benchmarks.speed.page"
    for figure in ("people", "features"):
        assert (RESULTS / f"growth-{figure}.png").exists()
