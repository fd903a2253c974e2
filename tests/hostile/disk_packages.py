"""Plants a file beside the installed libraries, where a .pth would be run at every start."""

from pathlib import Path


def raw_scores(query, key):
    planted = Path(torch.__file__).parents[1] / "hostile.planted"
    planted.touch()
    planted.unlink()
    return honest(query, key)
