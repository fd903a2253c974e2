"""Solution regions: what counts as a marker, what a region may hold, what is refused."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graders.errors import CourseError
from release.regions import BEGIN, END, find_regions

# "<" and ">" stand for the two markers in the sources of this file
MARKERS = {"<": BEGIN, ">": END}


def source(text: str) -> str:
    """A dedented source, with lines of nothing but "<" or ">" as markers."""
    lines = textwrap.dedent(text).strip("\n").splitlines()
    return "".join(f"{_marked(line)}\n" for line in lines)


def _marked(line: str) -> str:
    word = line.strip()
    return line.replace(word, MARKERS[word]) if word in MARKERS else line


def test_regions_know_their_lines_their_symbol_and_whether_a_function_is_around_them() -> None:
    found = find_regions(
        source("""
        <
        helper = 1
        >
        def f():
            def inner():
                <
                return 1
                >
            return inner
        class C:
            <
            size = 1
            >
            @property
            def g(self):
                for i in range(3):
                    <
                    pass
                    >
        """),
        "x.py",
    )
    seen = [(r.begin, r.end, r.indent, r.symbol, r.in_function) for r in found]
    assert seen == [
        (1, 3, 0, "", False),
        (6, 8, 8, "f", True),
        (11, 13, 4, "C", False),
        (17, 19, 12, "C", True),
    ]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("<\nx = 1", 1, "never closed"),
        ("x = 1\n>", 2, "no region is open"),
        ("x = 1\n>\n<\ny = 1", 2, "no region is open"),
        ("<\nx = 1\n<\ny = 1\n>\n>", 3, "begins in line 1 is still open"),
        ("<\n>", 1, "empty"),
        ("<\n\n# only a comment\n>", 1, "empty"),
        ("x = [\n    <\n    1,\n    >\n]", 2, "whole statements"),
        ("<\nx = [\n    1,\n>\n]", 1, "whole statements"),
        ("if a:\n    <\n    x = 1\nelse:\n    >\n    y = 1", 2, "whole statements"),
        ("<\nif a:\n    x = 1\n>\nelse:\n    y = 1", 1, "whole statements"),
        ("<\n@decorator\n>\ndef f():\n    pass", 1, "whole statements"),
        ("@decorator\n<\ndef f():\n    pass\n>", 2, "whole statements"),
        ("if a:\n    <\n    x = 1\ny = 1\n>", 2, "whole statements of one block"),
        ("def f():\n<\n    return 1\n>", 2, "indented by 0, its statements by 4"),
        ("def f():\n    <\n    return 1\n>", 4, "indented by 0, its statements by 4"),
        ("def f(:\n    pass", 1, "not valid Python"),
    ],
)
def test_a_broken_region_is_refused_with_file_line_and_mend(
    text: str, line: int, words: str
) -> None:
    with pytest.raises(CourseError) as refused:
        find_regions(source(text), "some/file.py")
    message = str(refused.value)
    assert message.startswith(f"some/file.py, line {line}: ")
    assert words in message
    assert "To mend it: " in message


def test_a_marker_behind_code_is_refused() -> None:
    with pytest.raises(CourseError, match=r"line 1: .* shares its line with code"):
        find_regions(f"x = 1  {BEGIN}\ny = 1\n{END}\n", "x.py")


@pytest.mark.parametrize(
    "comment",
    [
        "# BEGIN SOLUTION",
        "###BEGIN SOLUTION",
        "### BEGIN SOLUTIONS",
        "### Begin Solution",
        "### END  SOLUTION",
        "### END_SOLUTION",
        "### BEGIN SOLUTION: the mask",
        "#### END SOLUTION",
        "### BEGIN SOLUTON",
        "### EDN SOLUTION",
        "### START SOLUTION",
    ],
)
def test_a_comment_that_is_nearly_a_marker_is_refused(comment: str) -> None:
    with pytest.raises(CourseError, match=r"line 2: .* nearly a marker"):
        find_regions(f"x = 1\n{comment}\n", "x.py")


@pytest.mark.parametrize(
    "comment",
    ["# the solution begins here", "### BEGIN", "# end of the solution", "# begin with the mask"],
)
def test_other_comments_may_speak_of_solutions(comment: str) -> None:
    assert find_regions(f"x = 1\n{comment}\n", "x.py") == []


TEXTS = st.text("abc \n\t#'\"\\{}", max_size=20)
MARKED_TEXTS = st.lists(st.sampled_from([BEGIN, END, "\n", "    "]) | TEXTS).map("".join)


@given(st.lists(MARKED_TEXTS, max_size=6), st.data())
def test_markers_in_strings_and_docstrings_never_count(
    texts: list[str], data: st.DataObject
) -> None:
    lines: list[str] = []
    regions = 0
    for number, text in enumerate(texts):
        quoted = text.replace("\\", "\\\\").replace('"', '\\"')
        statement = data.draw(
            st.sampled_from(
                [
                    f"x = {text!r}",
                    f'x = """{quoted}"""',
                    f'def f{number}():\n    """{quoted}"""',
                    f'x = f"""{quoted.replace("{", "{{").replace("}", "}}")}"""',
                ]
            )
        )
        if data.draw(st.booleans()):
            statement = f"{BEGIN}\n{statement}\n{END}"
            regions += 1
        lines.append(statement)
    assert len(find_regions("\n".join(lines) + "\n", "x.py")) == regions
