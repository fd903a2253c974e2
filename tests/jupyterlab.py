"""A real JupyterLab in a course folder of nbgrader, and its formgrader in a real browser."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from .nbgrader_course import isolated

SECONDS = 60  # at most, for each thing that is waited for


@contextmanager
def running_lab(folder: Path, home: Path) -> Iterator[tuple[str, str]]:
    """JupyterLab on a port of its choice, with ``folder`` as its root. Its address, and a token."""
    token = secrets.token_hex(16)
    home.mkdir(exist_ok=True)
    with (home / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--no-browser", "--port=0", "--allow-root"],
            cwd=folder,
            env=os.environ | isolated(home) | {"JUPYTER_TOKEN": token},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        yield _address(server, home), token
    finally:
        server.terminate()
        server.wait()


def _address(server: subprocess.Popen[bytes], home: Path) -> str:
    """As the server notes it once it answers."""
    note = home / f"jpserver-{server.pid}.json"
    until = time.monotonic() + SECONDS
    while server.poll() is None and time.monotonic() < until:
        if note.exists() and note.stat().st_size:
            return str(json.loads(note.read_text())["url"])
        time.sleep(0.1)
    raise AssertionError((home / "log").read_text()[-3000:])


def open_gradebook(
    browser: webdriver.Chrome, lab: tuple[str, str], assignment: str
) -> dict[str, str]:
    """Open formgrader's page of an assignment's notebook. The score of each learner, as one reads it.

    Their names, which the page hides at first, are shown.
    """
    address, token = lab
    browser.get(f"{address}lab?token={token}")  # from then on a cookie lets it in
    browser.get(f"{address}formgrader/gradebook/{assignment}/{assignment}")
    WebDriverWait(browser, SECONDS).until(
        lambda seen: seen.find_elements(By.CSS_SELECTOR, "tbody td.score")
    )
    browser.find_element(By.ID, "toggle_names").click()
    names, points = (
        [cell.text for cell in browser.find_elements(By.CSS_SELECTOR, f"tbody td.{column}")]
        for column in ("name", "score")
    )
    return dict(zip(names, points, strict=True))


def open_submission(browser: webdriver.Chrome, lab: tuple[str, str], number: str) -> None:
    """Open formgrader's page of a submission, to which people give points, with all that it loads."""
    address, _ = lab
    browser.get(f"{address}formgrader/submissions/{number}")
    WebDriverWait(browser, SECONDS).until(
        lambda seen: seen.execute_script("return document.readyState") == "complete"
    )
