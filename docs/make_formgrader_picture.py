"""The picture of formgrader in docs/pictures: nbgrader's own page, with points of the course in it.

    python docs/make_formgrader_picture.py

A course folder is built, work of module 01 is handed in and graded, and JupyterLab shows the
gradebook. It needs nbgrader, selenium (`pip install -e '.[nbgrader,dev]'`), and Debian's chromium and
chromium-driver.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from selenium import webdriver

sys.path.insert(
    0, str(Path(__file__).parents[1])
)  # for the class that is handed in, and the browser
from graders.errors import CourseError
from graders.manifest import find_course
from tests.browser import chromium
from tests.handed_notebooks import ALL, Maker, Places
from tests.jupyterlab import open_gradebook, running_lab
from tests.nbgrader_course import ASSIGNMENT, make_course, nbgrader
from tests.shell import Done

HERE = Path(__file__).parent
WIDTH, HEIGHT = 1000, 520
MISTAKES = {"alan": "a1", "barbara": "a2", "claude": "a4"}


def graded_course(folder: Path) -> Places:
    """A course folder with five learners in its gradebook."""
    course = find_course(HERE)
    places = Places(make_course(course, folder), course, course.module("01"))
    _require(nbgrader(folder, "generate_assignment", ASSIGNMENT))
    maker = Maker(places)
    maker.write("ada", ALL, maker.answers)
    maker.write("dana", ALL, {})
    for name, mistake in MISTAKES.items():
        maker.write(name, ALL, maker.mistaken(mistake))
    _require(nbgrader(folder, "autograde", ASSIGNMENT))
    return places


def _require(done: Done) -> None:
    if done.code:
        raise CourseError(f"nbgrader ended with {done.code}: {done.err[-2000:]}")


def take_picture(browser: webdriver.Chrome, picture: Path) -> None:
    """The page that is open, as on a small screen."""
    size = {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.execute_script("window.scrollTo(0, 0)")
    browser.save_screenshot(str(picture))


def main() -> None:
    """Build, hand in, grade, look."""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        places = graded_course(root / "course")
        with running_lab(places.root, root / "lab") as lab, chromium(root / "chromium") as browser:
            print(open_gradebook(browser, lab, ASSIGNMENT))
            take_picture(browser, HERE / "pictures" / "formgrader.png")


if __name__ == "__main__":
    main()
