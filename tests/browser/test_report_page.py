"""The report page in a real browser: its own script runs under its own policy, and a click sorts a table."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from recbench.report.page import page
from recbench.report.selection import select
from recbench.store.folder import Store
from recbench.store.record import Status
from tests.report.conftest import QUALITY, drawn_cell

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        not (CHROMIUM and DRIVER), reason="needs the Debian packages chromium and chromium-driver"
    ),
]


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Any]:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    flags = ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1000,1400")
    for flag in (*flags, f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(executable_path=str(DRIVER)))
    try:
        yield driver
    finally:
        driver.quit()


def test_a_click_on_a_head_sorts_and_the_page_is_no_wider_than_the_window(
    browser: Any, tmp_path: Path
) -> None:
    store = Store(tmp_path / "results")
    for dataset in ("adult", "compas", "heloc"):
        for method in QUALITY:
            store.write(*drawn_cell(method, dataset, 0))
    failed, _ = drawn_cell("dice", "adult", 0)
    store.write(failed.model_copy(update={"status": Status.FAILED, "reason": "x", "scores": {}}), None)
    path = tmp_path / "page.html"
    path.write_text(page(select(store), said=lambda name: None), encoding="utf-8")
    browser.get(path.as_uri())
    assert not [line for line in browser.get_log("browser") if line["level"] == "SEVERE"]
    wide = "return [document.documentElement.scrollWidth, window.innerWidth]"
    width, window = browser.execute_script(wide)
    assert width <= window

    def column(at: int) -> list[str]:
        cells = browser.find_elements("css selector", f".table > table:first-of-type tbody td.col{at}")
        return [cell.text for cell in cells][: len(QUALITY) + 1]

    (head, *_) = browser.find_elements("css selector", ".table > table thead th.level1.col1")
    for way in (1, -1):
        head.click()
        *numbers, last = column(1)
        assert [float(number) for number in numbers] == sorted(map(float, numbers))[::way]
        assert last == "failed", "what is no number stays below"
    assert head.get_attribute("aria-sort") == "descending"
    (names, *_) = browser.find_elements("css selector", ".table > table thead th.level1.col0")
    names.send_keys("\ue007")  # Enter
    assert column(0) == sorted(column(0))
    assert head.get_attribute("aria-sort") is None
