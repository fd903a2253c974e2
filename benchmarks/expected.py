"""Write down what loss to expect at which step: ``configs/expected.toml``, from finished runs.

    course train --config tiny --set training.seed=1 --out build/runs/tiny-1     (and so on)
    python benchmarks/expected.py build/runs/tiny-* build/runs/shakespeare

Runs of one config and corpus, with different seeds, make up one table. What the file holds of other
configs is kept.
"""

from __future__ import annotations

import argparse
import statistics
from collections import defaultdict
from pathlib import Path

import yaml

from graders.errors import CourseError
from graders.files import write_whole
from graders.manifest import find_course
from graders.toml import tomllib
from tools.lm.expected import FILE
from tools.lm.runs import CONFIG, LOG, read_log

TOLERANCE = 0.1  # nats; several times what seeds make of a run (see low and high), and far less
# than what a broken model, mask or schedule costs
HEAD = """\
# Held-out loss to expect by step, in nats per character: the mean of some runs that differ in their
# seed only, the least and the largest. A right run stays within the tolerance of the mean.
# Measured, and written by benchmarks/expected.py: do not edit.
"""
Table = dict[tuple[str, str], tuple[int, list[dict[str, float]]]]


def measured(folders: list[Path]) -> Table:
    """By config and corpus: the number of runs, and their losses by step.

    Raises:
        CourseError: a folder holds no run, or the runs of a config were not evaluated alike.
    """
    losses: dict[tuple[str, str], dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    runs: dict[tuple[str, str], int] = defaultdict(int)
    for folder in folders:
        config = yaml.safe_load((folder / CONFIG).read_text(encoding="utf-8"))
        key = config["name"], config["training"]["corpus"]
        runs[key] += 1
        for line in read_log(folder / LOG):
            if "val_loss" in line:
                losses[key][line["step"]].append(line["val_loss"])
    table: Table = {}
    for key, steps in losses.items():
        if any(len(found) != runs[key] for found in steps.values()):
            raise CourseError(f"The runs of {key[0]} were evaluated at different steps.")
        table[key] = (
            runs[key],
            [
                {"step": step, "low": min(ls), "loss": statistics.mean(ls), "high": max(ls)}
                for step, ls in sorted(steps.items())
            ],
        )
    return table


def kept(path: Path) -> Table:
    """What the file holds so far."""
    if not path.exists():
        return {}
    runs = tomllib.loads(path.read_text(encoding="utf-8"))["run"]
    return {(run["config"], run["corpus"]): (run["runs"], run["at"]) for run in runs}


def text_of(table: Table) -> str:
    """As TOML."""
    parts = [HEAD, f"tolerance = {TOLERANCE}\n"]
    for (config, corpus), (runs, at) in sorted(table.items()):
        parts.append(
            f'\n[[run]]\nconfig = "{config}"\ncorpus = "{corpus}"\nruns = {runs}\nat = [\n'
        )
        for entry in at:
            figures = ", ".join(f"{name} = {entry[name]:.4f}" for name in ("low", "loss", "high"))
            parts.append(f"    {{ step = {entry['step']}, {figures} }},\n")
        parts.append("]\n")
    return "".join(parts)


def main() -> None:
    """Read the runs, write the table."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    chosen = options.parse_args()
    path = find_course(Path(__file__).parent).root / FILE
    write_whole(path, text_of({**kept(path), **measured(chosen.runs)}).encode())
    print(path.read_text(encoding="utf-8"), end="")


if __name__ == "__main__":
    main()
