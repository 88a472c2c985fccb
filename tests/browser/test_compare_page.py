"""What people see: MLflow's pages on a sweep, in a real browser.

RECBENCH_SCREENSHOTS names a folder for the pictures, to be looked at.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote

import pandas as pd
import pytest

from recbench.store.folder import Store
from recbench.store.record import CellRecord

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
    # So wide that the twelve columns of the compare page are drawn: what is out of sight is not there.
    "--window-size=3800,1400",
)
LANGUAGE_MODELS = "AI Gateway"
"""What only that view of MLflow's pages has in its menu."""


@pytest.fixture
def twice(filled: Store, made_up: Callable[..., CellRecord]) -> Store:
    """The store with its finished cells under two seeds."""
    path = filled.root / "sweeps" / "5eed.json"
    note = json.loads(path.read_text())
    for record in list(filled.records()):
        if record.status == "done":
            again = made_up(record.cell.method, record.cell.dataset, seed=1)
            filled.write(again, pd.DataFrame({"person": ["x", "y"], "cost": [0.25, None]}))
            note["cells"][again.key] = again.cell.label
    path.write_text(json.dumps(note))
    return filled


@pytest.fixture
def pages(twice: Store) -> Iterator[dict[str, str]]:
    """The addresses that ``recbench ui`` prints, while it runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "recbench", "ui", "--results", str(twice.root), "--port", str(port)]
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
        page = text_of(driver)
        return [text for text in texts if text not in page]

    WebDriverWait(browser, 120, 1.0).until(
        lambda driver: not missing(driver), message=f"the page lacks {missing(browser)}"
    )


def text_of(browser) -> str:  # type: ignore[no-untyped-def]
    return str(browser.execute_script("return document.body.innerText"))


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
    browser, twice: Store, pages: dict[str, str], tmp_path: Path
) -> None:
    names = [
        f"{method} on {data}, seed {seed}"
        for data in ("loan", "moons")
        for method in ("genre", "nnr", "wachter")
        for seed in (0, 1)
    ]
    browser.get(pages["Compare"])
    shows(browser, "Comparing 12 Runs from 1 Experiment", *names)
    finished = [record for record in twice.records() if record.status == "done"]
    shows(browser, "Parallel Coordinates Plot", "set.rate", "recbench.label", "quality/cost", "quality/score")
    shows(browser, *(str(round(record.mean("score") or 0.0, 3)) for record in finished))
    assert "set.genre" not in text_of(browser), "what methods share lines up"
    within_time(browser, lambda driver: count(driver, ".parcoords .axis-title") >= 4)
    # The plot begins with data set, method, seed and Score, and has a line for every run.
    axes = browser.execute_script(
        "return [...document.querySelectorAll('.parcoords .axis-title')].map(one => one.textContent)"
    )
    assert axes == ["dataset", "method", "seed", "quality/score"]
    drawn = browser.execute_script(
        "return document.querySelector('.js-plotly-plot').data[0].dimensions.map(one => one.values.length)"
    )
    assert set(drawn) == {12}
    assert "Model training" in text_of(browser) and LANGUAGE_MODELS not in text_of(browser)
    picture(browser, "compare", tmp_path)
    assert hosts(browser) == {"127.0.0.1"}


def test_charts_have_a_bar_per_run_and_begin_with_what_counts(  # type: ignore[no-untyped-def]
    browser, pages: dict[str, str], tmp_path: Path
) -> None:
    browser.get(pages["Charts"])
    shows(browser, "14 matching runs", "genre on loan, seed 0", "dice on loan, seed 0")
    within_time(browser, lambda driver: count(driver, ".js-plotly-plot .bars .point") >= 6)
    sections = ["quality", "quality/further", "task", "time"]
    charts = [f"quality/{name}" for name in ("cost", "lof", "score", "validity")]
    shown = browser.execute_script(
        "return [...document.querySelectorAll('*')]"
        ".filter(one => !one.children.length).map(one => one.textContent)"
    )
    assert [text for text in shown if text in sections] == sections
    assert [text for text in shown if text.startswith("quality/")][:4] == charts
    assert "Model training" in text_of(browser) and LANGUAGE_MODELS not in text_of(browser)
    picture(browser, "charts", tmp_path)
    assert hosts(browser) == {"127.0.0.1"}
    # Left to itself, MLflow opens the other view.
    browser.get("about:blank")
    browser.get(pages["Charts"].replace("&workflowType=machine_learning", ""))
    shows(browser, LANGUAGE_MODELS, "14 matching runs")


def test_people_can_be_looked_at(browser, pages: dict[str, str], tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    from selenium.webdriver.common.by import By

    (run, *_) = re.findall("[0-9a-f]{32}", unquote(pages["Compare"]))
    experiment = pages["Charts"].partition("/runs?")[0]
    browser.get(f"{experiment}/runs/{run}/artifacts/people.html")
    shows(browser, "people.parquet", "settings.json")
    within_time(browser, lambda driver: count(driver, "iframe"))
    browser.switch_to.frame(browser.find_element(By.TAG_NAME, "iframe"))
    shows(browser, "2 people.", "person", "cost", "0.25")
    browser.switch_to.default_content()
    picture(browser, "people", tmp_path)
