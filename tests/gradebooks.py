"""What is in a gradebook, row by row and as nbgrader reads it."""

from __future__ import annotations

from typing import Any

from nbgrader.api import Gradebook
from sqlalchemy import MetaData, create_engine, select, text

from tools.nbgrader.gradebook import gradebook_url

NAME = "01_attention"
Rows = dict[str, list[tuple[Any, ...]]]


def rows(url: str) -> Rows:
    """All that is in a database."""
    engine = create_engine(gradebook_url(url))
    try:
        with engine.connect() as connection:
            tables = MetaData()
            tables.reflect(connection)
            return {
                name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
                for name, table in tables.tables.items()
            }
    finally:
        engine.dispose()


def execute(url: str, *statements: str) -> None:
    engine = create_engine(gradebook_url(url))
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def nbgraders(url: str) -> Gradebook:
    return Gradebook(gradebook_url(url).render_as_string(hide_password=False))


def grades_of(url: str, student: str) -> dict[str, tuple[float | None, bool, str | None]]:
    """By exercise: automatic score, whether a person is to look at it, and what is read of it."""
    with nbgraders(url) as book:
        notebook = book.find_submission_notebook(NAME, NAME, student)
        comments = {comment.name: comment.comment for comment in notebook.comments}
        return {
            grade.name: (
                grade.auto_score,
                grade.needs_manual_grade,
                comments[grade.name.replace("test", "solution")],
            )
            for grade in notebook.grades
        }
