"""Notebooks of a student copy, from the scripts that this repository keeps them as."""

from __future__ import annotations

from graders.errors import CourseError

SCRIPT = "notebook.py"
NOTEBOOK = "notebook.ipynb"
_KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def notebook(script: str, path: str) -> bytes:
    """A script with ``# %%`` marks as a notebook without outputs; the same script, the same bytes.

    Args:
        script: text of the script, in jupytext's percent format.
        path: where it stands, for messages.

    Raises:
        CourseError: it holds no cell of code.
    """
    import jupytext  # late: a course need not have notebooks
    import nbformat

    made = jupytext.reads(script, fmt="py:percent")
    if not any(cell.cell_type == "code" and cell.source.strip() for cell in made.cells):
        raise CourseError(
            f"{path} holds no cell of code. Begin each with a line `# %%`, and each cell of text "
            "with `# %% [markdown]`."
        )
    made.metadata = nbformat.from_dict(_KERNEL)
    made.nbformat, made.nbformat_minor = 4, 5
    for number, cell in enumerate(made.cells, start=1):
        cell.id = f"cell-{number}"
        cell.metadata = nbformat.from_dict({})
    text: str = nbformat.writes(made)
    return text.encode() + b"\n"
