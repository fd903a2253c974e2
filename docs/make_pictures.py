"""The pictures in docs/pictures: pages of a made-up class, as a browser shows them.

    python docs/make_pictures.py

It needs Debian's chromium and chromium-driver, and selenium (`pip install -e '.[dev]'`).
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from graders.course import Course
from graders.manifest import find_course
from graders.mistakes import load_variants
from tools.grading import grade_paths
from tools.options import Options

HERE = Path(__file__).parent
MODULE, SEED = "01", "pictures"
NAMES = [
    *("ada", "alan", "alonzo", "barbara", "claude", "dana", "donald", "edsger", "emmy", "evelyn"),
    *("grace", "hedy", "ida", "john", "katherine", "kurt", "leonhard", "linus", "margaret"),
    *("maryam", "noam", "radia", "sofia", "tim"),
]
MADE = {3: ("a1", "a4", "a7"), 4: ("a1", "a11"), 6: ("a8m",), 7: ("a1", "a18")}  # by every nth
FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
    *("--no-first-run", "--disable-background-networking", "--disable-sync"),
)


def make_class(course: Course, folder: Path) -> None:
    """A learner for each name: right work, known mistakes, a file that is broken, and nothing."""
    reference = course.root / "reference" / course.package
    variants = {v.mistake.id: v for v in load_variants(course, course.module(MODULE))}
    for number, name in enumerate(NAMES, start=1):
        work = folder / name / course.package
        shutil.copytree(reference, work, ignore=shutil.ignore_patterns("__pycache__"))
        made = next((ids for every, ids in MADE.items() if number % every == 0), ())
        if made:
            variant = variants[made[number % len(made)]]
            (work / variant.file).write_text(variant.apply(reference), encoding="utf-8")
    (folder / NAMES[0] / course.package / "attention.py").write_text("def causal_mask(:\n")
    shutil.rmtree(folder / NAMES[-1] / course.package)


def take_pictures(results: Path) -> None:
    """The page of the class on a screen, and that of a learner on a phone, in the dark."""
    options = webdriver.ChromeOptions()
    for flag in FLAGS:
        options.add_argument(flag)
    browser = webdriver.Chrome(options, Service(shutil.which("chromedriver")))
    try:
        for page, width, height, scheme, picture in (
            ("index.html", 1000, 1240, "light", "class.png"),
            ("learners/dana.html", 400, 860, "dark", "learner.png"),
        ):
            size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
            browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
            features = [{"name": "prefers-color-scheme", "value": scheme}]
            browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
            browser.get((results / page).as_uri())
            for figure in browser.find_elements(By.TAG_NAME, "figure")[: width < 600]:
                browser.execute_script("arguments[0].scrollIntoView()", figure)
            browser.save_screenshot(str(HERE / "pictures" / picture))
    finally:
        browser.quit()


def main() -> None:
    """Make a class, grade it, look at it."""
    course = find_course(HERE)
    with tempfile.TemporaryDirectory() as scratch:
        folder, results = Path(scratch) / "class", Path(scratch) / "results"
        make_class(course, folder)
        grade_paths(MODULE, [folder], Options(out=results, seed=SEED, quiet=True))
        take_pictures(results)


if __name__ == "__main__":
    main()
