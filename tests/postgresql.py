"""A PostgreSQL server of the tests' own: on a socket in a temporary folder, gone afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

INSTALLED = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
MISSING = "PostgreSQL is not installed: apt-get install postgresql"
USER = PASSWORD = "postgres"


class Server:
    """A running server, with databases of any name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def url(self, database: str, password: str = PASSWORD) -> str:
        """A URL as users write it."""
        return f"postgresql://{USER}:{password}@/{database}?host={quote(str(self._folder))}"

    def new(self, database: str) -> str:
        """Make an empty database; its URL."""
        program("createdb", "--host", self._folder, "--username", USER, database)
        return self.url(database)


def program(name: str, *arguments: object) -> None:
    """Run one of PostgreSQL's programs, which refuse to be run by root."""
    account: dict[str, Any] = {}
    if os.getuid() == 0:
        account = {"user": "postgres", "group": "postgres", "extra_groups": []}
    done = subprocess.run(
        [str(INSTALLED[-1].with_name(name)), *map(str, arguments)],
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "PGPASSWORD": PASSWORD},
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,  # the server keeps it
        stderr=subprocess.DEVNULL,
        check=False,
        **account,
    )
    assert done.returncode == 0, (name, arguments)


@contextmanager
def server() -> Iterator[Server]:
    """Start a server, and stop it."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # the path of a socket must be short
    try:
        if os.getuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        (folder / "password").write_text(PASSWORD)
        (folder / "password").chmod(0o644)
        data = folder / "data"
        safe = ("--auth", "scram-sha-256", "--pwfile", folder / "password", "--no-sync")
        program("initdb", "--pgdata", data, "--username", USER, "--encoding", "UTF8", *safe)
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        program("pg_ctl", "--pgdata", data, "-w", "-o", options, "start")
        try:
            yield Server(folder)
        finally:
            program("pg_ctl", "--pgdata", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)
