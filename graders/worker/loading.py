"""Import an implementation from a given folder, and only from there."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..outcomes import Crashed


class Package:
    """``tt`` in a scenario: a package whose parts are imported when they are first named.

    ``tt.attention.create_causal_mask`` imports ``attention.py`` alone, so a broken file costs only
    the exercises that live in it.
    """

    def __init__(self, module: types.ModuleType, folder: Path) -> None:
        self._module = module
        self._folder = folder
        self._is_package = folder.is_dir()

    def __getattr__(self, name: str) -> Any:
        module, folder = self._module, self._folder
        if self._is_package:
            part = folder / name
            if part.is_dir() or part.with_suffix(".py").is_file():
                with _naming(part.with_suffix(".py")):
                    found = Package(importlib.import_module(f"{module.__name__}.{name}"), part)
                self.__dict__[name] = found  # from now on without a look at the disk
                return found
        if hasattr(module, name):
            return getattr(module, name)
        where = "/".join(module.__name__.split("."))
        if self._is_package:
            names = sorted(p.name for p in folder.iterdir() if not p.name.startswith("_"))
            raise Crashed(f"there is no {where}/{name}.py; found there: {_listed(names)}")
        names = [
            n for n, v in vars(module).items() if getattr(v, "__module__", None) == module.__name__
        ]
        raise Crashed(f"{where}.py defines no `{name}`; found in it: {_listed(names)}")


@contextlib.contextmanager
def _naming(file: Path) -> Iterator[None]:
    """Python does not say which file it is that holds null bytes, so it is said here."""
    try:
        yield
    except SyntaxError as error:
        error.filename = error.filename or str(file)
        raise
    except ValueError as error:
        if "null bytes" not in str(error):  # Python 3.10, and 3.11 up to 3.11.3
            raise
        raise SyntaxError(str(error), (str(file), None, None, None)) from None


def _listed(names: list[str]) -> str:
    return ", ".join(names[:12]) + (", …" if len(names) > 12 else "") if names else "nothing"


def load_package(root: Path, package: str, name: str | None = None) -> Package:
    """The package in ``root/package``, registered under ``name`` (its own name by default).

    It does not depend on ``sys.path``: another package of that name elsewhere cannot take its
    place, and nothing in ``root`` can shadow an installed library.

    Raises:
        Crashed: there is no such folder.
    """
    name = name or package
    folder = root / package
    if not folder.is_dir():
        raise Crashed(f"there is no folder {package}/ in {root}")
    loaded = sys.modules.get(name)
    if loaded is not None and [*getattr(loaded, "__path__", [])] == [str(folder)]:
        return Package(loaded, folder)
    if loaded is not None:  # a package of that name from elsewhere
        _forget(name)
    init = folder / "__init__.py"
    module = types.ModuleType(name)
    module.__path__ = [str(folder)]
    if init.is_file():
        spec = importlib.util.spec_from_file_location(
            name, init, submodule_search_locations=[str(folder)]
        )
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            with _naming(init):
                spec.loader.exec_module(module)
        except BaseException:
            _forget(name)
            raise
    sys.modules[name] = module
    return Package(module, folder)


def _forget(name: str) -> None:
    for known in [n for n in sys.modules if n == name or n.startswith(f"{name}.")]:
        del sys.modules[known]
