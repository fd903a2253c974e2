"""Copies of a package: each has its own changes, and none has those of another."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from graders.original import Original
from graders.worker.loading import load_package

FILES = {"ones.py": b"ONE = 1\n", "deep/twos.py": b"from ..ones import ONE\n\nTWO = ONE + 1\n"}


def no_link(source: str, target: str) -> None:
    raise OSError("no links on this file system")


@pytest.mark.parametrize("links", [True, False], ids=["links", "no links"])
def test_each_copy_has_its_own_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    """A change may have the size and the time of what it replaces, which was compiled."""
    if not links:
        monkeypatch.setattr(os, "link", no_link)
    original = Original(tmp_path / "original", "numbers", FILES)
    changes: list[dict[str, bytes]] = [{"ones.py": b"ONE = 5\n"}, {}, {"more.py": b""}]
    found = []
    for number, changed in enumerate(changes):
        root = tmp_path / f"copy_{number}"
        original.copy(root, changed)
        for name in changed:
            stamp = (tmp_path / "original/numbers/ones.py").stat().st_mtime
            os.utime(root / "numbers" / name, (stamp, stamp))
        package = load_package(root, "numbers", f"numbers_{number}")
        found.append((package.ones.ONE, package.deep.twos.TWO))
    assert found == [(5, 6), (1, 2), (1, 2)]
    assert (tmp_path / "original/numbers/ones.py").read_bytes() == FILES["ones.py"]
    assert (tmp_path / "copy_2/numbers/more.py").is_file()
    assert not (tmp_path / "copy_1/numbers/more.py").exists()
