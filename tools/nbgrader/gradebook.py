"""nbgrader's gradebook, opened to write: by one process at a time, in whole transactions."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import nbgrader.dbutil
from alembic.script import ScriptDirectory
from filelock import FileLock, Timeout
from nbgrader.api import Base, Gradebook
from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError, SAWarning
from sqlalchemy.pool import NullPool

from graders.errors import CourseError

SQLITE, POSTGRESQL = "sqlite", "postgresql"
WAIT_SECONDS = 10  # for a server, and for rows that others write to
WRITERS = 0x636F75727365  # of PostgreSQL's advisory locks, the one of ours
VERSION_TABLE = "alembic_version"
URLS = "sqlite:///gradebook.db or postgresql://USER:PASSWORD@HOST/DATABASE"


class Book:
    """A gradebook that this process alone writes to with these tools."""

    def __init__(self, api: Any, engine: Engine) -> None:
        self.api = api  # nbgrader's Gradebook: what its methods commit counts when ``whole`` ends
        self._engine = engine

    @contextmanager
    def whole(self) -> Iterator[None]:
        """All that is written inside is written together at the end, or none of it.

        nbgrader's methods commit one by one; here each of them ends but a savepoint.
        """
        with self._engine.connect() as connection, connection.begin():
            self.api.db.remove()
            self.api.db.configure(bind=connection, join_transaction_mode="create_savepoint")
            try:
                yield
                self.api.db.commit()
            finally:
                self.api.db.remove()


def gradebook_url(words: str) -> URL:
    """The URL of a gradebook; of PostgreSQL with psycopg 3 as its driver.

    Raises:
        CourseError: it is none, or of another kind of database.
    """
    try:
        url = make_url(words)
    except ArgumentError:
        raise CourseError(f"{words!r} is no URL of a gradebook. Write {URLS}") from None
    if url.drivername in ("postgres", POSTGRESQL):
        url = url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() not in (SQLITE, POSTGRESQL):
        raise CourseError(f"A gradebook in {url.drivername} is not supported. Write {URLS}")
    return url


@contextmanager
def opened(url: URL, course_id: str) -> Iterator[Book]:
    """Open a gradebook, with its tables made if it is empty, and keep other writers of ours out.

    Raises:
        CourseError: it cannot be opened, is of another version, or somebody else has locked it.
    """
    where = url.render_as_string(hide_password=True)
    with _explained(where), ExitStack() as stack, _quiet():
        engine = _engine(url)
        stack.callback(engine.dispose)
        stack.enter_context(_alone(url, engine, where))
        with engine.begin() as connection:
            _make_or_check(connection, where)
        api = Gradebook(url.render_as_string(hide_password=False), course_id)
        stack.callback(api.close)
        yield Book(api, engine)


def _engine(url: URL) -> Engine:
    hurry = {"connect_timeout": WAIT_SECONDS} if url.get_backend_name() == POSTGRESQL else {}
    try:
        engine = create_engine(url, poolclass=NullPool, connect_args=hurry)
    except ModuleNotFoundError as error:
        raise CourseError(
            f"{error.name} is not installed here, which a gradebook in PostgreSQL needs. In the "
            'course repository: pip install -e ".[nbgrader,postgresql]"'
        ) from None
    if url.get_backend_name() == SQLITE:
        # sqlite3 begins and ends transactions by itself, without regard to savepoints
        event.listen(engine, "connect", lambda made, _: setattr(made, "isolation_level", None))
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    """Take the right to write at once, or wait for it for a while."""
    if connection.dialect.name == SQLITE:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{WAIT_SECONDS}s'")


@contextmanager
def _alone(url: URL, engine: Engine, where: str) -> Iterator[None]:
    """Among our own writers, be the only one, as long as this lasts."""
    other = CourseError(f"Another `course nbgrader` writes to {where} now. Wait until it is done.")
    if url.get_backend_name() == POSTGRESQL:
        with engine.connect() as connection:
            asked = text("SELECT pg_try_advisory_lock(:key)").bindparams(key=WRITERS)
            if not connection.scalar(asked):
                raise other
            connection.commit()  # the lock is the connection's, and stays
            yield
        return
    path = Path(url.database or "")
    if not url.database or path.is_dir() or not path.parent.is_dir():
        raise CourseError(f"{where} names no file in a folder that is there. Write {URLS}")
    lock = FileLock(path.with_name(f".{path.name}.lock"), timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise other from None
    except OSError as error:
        raise CourseError(
            f"{where} cannot be written to ({error.strerror}). Give the permission to write to its "
            "folder, and run again."
        ) from None
    try:
        yield
    finally:
        lock.release()


def require_gradebook(url: URL) -> None:
    """CourseError if this is no gradebook of nbgrader's that can be written to now."""
    where = url.render_as_string(hide_password=True)
    mend = "Make it with: nbgrader generate_assignment"
    if url.get_backend_name() == SQLITE and not Path(url.database or "").is_file():
        raise CourseError(f"There is no gradebook in {where}. {mend}")
    with _explained(where), ExitStack() as stack:
        engine = _engine(url)
        stack.callback(engine.dispose)
        with engine.begin() as connection:
            tables = inspect(connection).get_table_names()
            if not tables:
                raise CourseError(f"{where} is empty. {mend}")
            _check(connection, where, tables)


def _make_or_check(connection: Connection, where: str) -> None:
    """Make the tables of an empty gradebook. CourseError for one of another version."""
    tables = inspect(connection).get_table_names()
    if tables:
        _check(connection, where, tables)
        return
    Base.metadata.create_all(bind=connection)
    connection.execute(text(f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL)"))
    row = text(f"INSERT INTO {VERSION_TABLE} VALUES (:head)").bindparams(head=_head())
    connection.execute(row)


def _head() -> str | None:
    """The version of this nbgrader's gradebooks."""
    return ScriptDirectory(nbgrader.dbutil.ALEMBIC_DIR).get_current_head()


def _check(connection: Connection, where: str, tables: Collection[str]) -> None:
    if "submitted_assignment" not in tables:
        raise CourseError(
            f"{where} holds other tables ({', '.join(sorted(tables)[:5])}, …), and no gradebook of "
            "nbgrader. Name the gradebook, or an empty database."
        )
    versions = ["none"]
    if VERSION_TABLE in tables:
        versions = [*connection.scalars(text(f"SELECT version_num FROM {VERSION_TABLE}"))]
    if versions != [head := _head()]:
        raise CourseError(
            f"{where} is a gradebook of another version of nbgrader (schema "
            f"{', '.join(versions)}; {head} is expected). An older one, once it is saved elsewhere, "
            f"becomes a new one with: nbgrader db upgrade --db '{where}'. For a newer one, update "
            "nbgrader here."
        )


@contextmanager
def _explained(where: str) -> Iterator[None]:
    """Says what keeps a database from being used, as a CourseError."""
    try:
        yield
    except DatabaseError as error:
        said = str(error.orig).strip().splitlines() or [str(error)]
        mend = "Is this the right file or database?"
        if isinstance(error, OperationalError):
            mend = "Look whether it is there, runs, is locked by another program, and lets you in."
        raise CourseError(
            f"{where} cannot be used: {said[0]}. {mend} What was written before is whole, and the "
            "same command goes on with the rest."
        ) from None


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what nbgrader logs and warns of, on its own ways to add a submission."""
    log = logging.getLogger("tornado.application")  # each error that it raises, with a traceback
    before = log.disabled
    log.disabled = True
    try:
        with warnings.catch_warnings():
            said = "Object of type .* not in session"
            warnings.filterwarnings("ignore", said, SAWarning, r"nbgrader\.api")
            yield
    finally:
        log.disabled = before
