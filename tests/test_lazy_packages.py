"""A package that names what its files hold imports each file only when it is asked for."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest

from graders.outcomes import Crashed
from graders.worker.loading import Package, load_package

from .conftest import REFERENCE

LAZY = sorted(
    init
    for init in REFERENCE.rglob("__init__.py")
    if "def __getattr__" in init.read_text(encoding="utf-8")
)


def homes(init: Path) -> dict[str, str]:
    """The names that a package gives, and the file that each is in, as its imports say."""
    tree = ast.parse(init.read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level]
    return {alias.name: str(node.module) for node in imports for alias in node.names}


def copied(init: Path, folder: Path, broken: str = "") -> Package:
    """The package with files that hold nothing but its names, one of them broken."""
    package = folder / "lazy"
    package.mkdir()
    shutil.copy(init, package)
    files: dict[str, str] = {}
    for name, file in homes(init).items():
        files[file] = files.get(file, "") + f"class {name}: pass\n"
    for file, text in files.items():
        text = "raise NotImplementedError" if file == broken else text
        (package / f"{file}.py").write_text(text)
    return load_package(folder, "lazy", f"lazy_{folder.name}")


@pytest.mark.parametrize("init", LAZY, ids=lambda init: init.parent.name)
class TestLazyPackage:
    def test_gives_every_name(self, init: Path, tmp_path: Path) -> None:
        package = copied(init, tmp_path)
        for name, file in homes(init).items():
            assert getattr(package, name) is getattr(getattr(package, file), name)

    def test_lists_its_names_in_order(self, init: Path, tmp_path: Path) -> None:
        package = copied(init, tmp_path)
        assert package.__all__ == sorted(homes(init))

    def test_a_broken_file_takes_no_other_with_it(self, init: Path, tmp_path: Path) -> None:
        files = set(homes(init).values())
        broken = min(files)
        package = copied(init, tmp_path, broken)
        for name, file in homes(init).items():
            if file != broken:
                assert getattr(package, name) is getattr(getattr(package, file), name)
        with pytest.raises(NotImplementedError):
            getattr(package, broken)

    def test_another_name_is_an_attribute_error(self, init: Path, tmp_path: Path) -> None:
        package = copied(init, tmp_path)
        with pytest.raises(Crashed, match="no_such_name"):
            package.no_such_name  # noqa: B018
