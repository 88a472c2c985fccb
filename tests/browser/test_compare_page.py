"""What people see: MLflow's pages on a sweep, in a real browser.

RECBENCH_SCREENSHOTS names a folder for the pictures, to be looked at.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from recbench.store.folder import Store

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        not (CHROMIUM and DRIVER), reason="needs the Debian packages chromium and chromium-driver"
    ),
]

_FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    # So wide that the six columns of the compare page are drawn: what is out of sight is not there.
    "--window-size=2400,1400",
)


@pytest.fixture
def pages(filled: Store) -> Iterator[dict[str, str]]:
    """The addresses that ``recbench ui`` prints, while it runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "recbench", "ui", "--results", str(filled.root), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        found = {}
        for line in process.stdout or ():
            what, _, address = line.strip().partition(": ")
            found[what] = address
            if line.startswith("Ctrl-C"):
                break
        yield found
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=60)
        finally:
            process.kill()


@pytest.fixture
def browser(tmp_path: Path):  # type: ignore[no-untyped-def]
    """Headless Chromium."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM or ""
    for flag in (*_FLAGS, f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield driver
    driver.quit()


def shows(browser, *texts: str) -> None:  # type: ignore[no-untyped-def]
    """Wait until the page shows all texts."""
    from selenium.webdriver.support.ui import WebDriverWait

    def missing(driver) -> list[str]:  # type: ignore[no-untyped-def]
        page = driver.execute_script("return document.body.innerText")
        return [text for text in texts if text not in page]

    WebDriverWait(browser, 120, 1.0).until(
        lambda driver: not missing(driver), message=f"the page lacks {missing(browser)}"
    )


def within_time(browser, condition) -> None:  # type: ignore[no-untyped-def]
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(browser, 120, 1.0).until(condition)


def count(browser, selector: str) -> int:  # type: ignore[no-untyped-def]
    return int(browser.execute_script("return document.querySelectorAll(arguments[0]).length", selector))


def picture(browser, name: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    folder = Path(os.environ.get("RECBENCH_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    assert browser.save_screenshot(str(folder / f"{name}.png"))


def hosts(browser) -> set[str]:  # type: ignore[no-untyped-def]
    """Return where the pages' requests went."""
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    sent = [event["params"] for event in events if event["method"] == "Network.requestWillBeSent"]
    ours = [request["request"]["url"] for request in sent if request["documentURL"].startswith("http")]
    return {url.split("/")[2].partition(":")[0] for url in ours if url.startswith(("http", "ws"))}


def test_the_runs_of_a_sweep_can_be_compared(  # type: ignore[no-untyped-def]
    browser, filled: Store, pages: dict[str, str], tmp_path: Path
) -> None:
    names = [
        f"{method} on {data}, seed 0" for data in ("loan", "moons") for method in ("genre", "nnr", "wachter")
    ]
    browser.get(pages["Compare"])
    shows(browser, "Comparing 6 Runs from 1 Experiment", *names)
    finished = [record for record in filled.records() if record.status == "done"]
    settings = [f"set.{record.cell.method}.{name}" for record in finished for name in record.cell.params]
    shows(browser, "Parallel Coordinates Plot", *settings, "recbench.label", "cost", "score")
    values = [str(value) for record in finished for value in record.cell.params.values()]
    shows(browser, *values, *(str(round(record.mean("score") or 0.0, 3)) for record in finished))
    within_time(browser, lambda driver: count(driver, ".parcoords .axis-title") >= 3)
    # The plot begins with data set, method and Score, and has a line for every run.
    axes = browser.execute_script(
        "return [...document.querySelectorAll('.parcoords .axis-title')].map(one => one.textContent)"
    )
    assert axes[:2] == ["dataset", "method"]
    assert axes[-1] == "score"
    drawn = browser.execute_script(
        "return document.querySelector('.js-plotly-plot').data[0].dimensions.map(one => one.values.length)"
    )
    assert set(drawn) == {6}
    picture(browser, "compare", tmp_path)
    assert hosts(browser) == {"127.0.0.1"}


def test_charts_have_a_bar_per_run(browser, pages: dict[str, str], tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    browser.get(pages["Charts"])
    shows(browser, "8 matching runs", "genre on loan, seed 0", "dice on loan, seed 0", "cost", "score")
    within_time(browser, lambda driver: count(driver, ".js-plotly-plot .bars .point") >= 6)
    picture(browser, "charts", tmp_path)
    assert hosts(browser) == {"127.0.0.1"}
