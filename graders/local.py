"""An implementation that runs here, in this process: a learner's own code under a learner's pytest.

It isolates nothing. Grades come from ``graders.worker``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .calls import Call, Result, Scenario, result_of, scenario_name
from .outcomes import RunFailure
from .worker.execute import execute, explain
from .worker.loading import load_package


class Local:
    """The package in ``root/package``, imported into this process on first use."""

    def __init__(self, root: Path, package: str) -> None:
        self.root, self.package = root, package

    def run(self, scenario: Scenario, **inputs: Any) -> Result:
        """What the package gives.

        Raises:
            RunFailure: it gave no tensors; its message says why.
            KeyboardInterrupt: somebody pressed Ctrl-C, at an endless loop perhaps.
        """
        folder = self.root / self.package
        call = Call(scenario_name(scenario), inputs)
        tree, arrays = call.packed
        try:
            tt = load_package(self.root, self.package)
        except Exception as error:
            raise explain(error, folder) from error
        try:
            return result_of(call, execute(call.scenario, tree, arrays, tt, folder))
        except RunFailure as failure:
            if isinstance(failure.__cause__, KeyboardInterrupt):
                raise failure.__cause__ from None
            raise
