"""A small solution, and the ways to hide it in a copy: what ``test_leaks`` must find."""

from __future__ import annotations

import base64
import gzip
import io
import json
import tarfile
import textwrap
import zipfile

import numpy as np
from safetensors.numpy import save

from .test_regions import source

REFERENCE = source('''
import math
def attend(query, key):
    """Public: how strongly each query looks at each key."""
    <
    width = query.size(-1)
    scores = query @ key.transpose(-2, -1) / math.sqrt(width)  # (T_q, T_k)
    # the largest score of each row makes exp safe
    return _softmax(scores - scores.amax(dim=-1, keepdim=True))
    >
<
def _softmax(scores):
    raised = scores.exp()
    total = raised.sum(-1)
    return raised / total[..., None]
>
''')
LINE = "    scores = query @ key.transpose(-2, -1) / math.sqrt(width)"
RENAMED = "logits = q @ k.transpose(-2, -1) / math.sqrt(d)"


def packed(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def notebook(**cell: object) -> str:
    base = {"cell_type": "code", "metadata": {}, "source": [], "outputs": []}
    return json.dumps({"cells": [{**base, **cell}], "metadata": {}, "nbformat": 4})


def zipped(name: str, text: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(name, text)
    return held.getvalue()


def tarred(name: str, text: str) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as archive:
        info = tarfile.TarInfo(name)
        info.size = len(text)
        archive.addfile(info, io.BytesIO(text.encode()))
    return held.getvalue()


WRAPPED = "scores = (\n    query\n    @ key.transpose(-2, -1)  # why\n    / math.sqrt(width)\n)\n"
PLANTED: dict[str, tuple[str, bytes | str, int]] = {
    "as it is": ("a.py", f"x = 1\n{LINE.strip()}\n", 2),
    "with other spaces": ("a.py", "scores=query@key.transpose( -2,-1 )/math.sqrt( width )\n", 1),
    "over several lines": ("a.py", WRAPPED, 1),
    "over several lines of prose": ("a.md", f"Think:\n\n> {LINE[:30]}\n> {LINE[30:]}\n", 3),
    "with other names": ("a.py", f"x = 1\n\n\ndef f(q, k, d):\n    {RENAMED}\n", 5),
    "with types": (
        "a.py",
        "def f(x):\n    y = 1\n    a: T = x.exp()\n    b: T = a.sum(-1)\n    return a / b[..., None]\n",
        3,
    ),
    "in a larger expression": ("a.py", f"x = [f(y={RENAMED.partition('= ')[2]}) for _ in z]", 1),
    "small statements renamed": (
        "a.py",
        "def f(x):\n    y = 1\n    a = x.exp()\n    b = a.sum(-1)\n    return a / b[..., None]\n",
        3,
    ),
    "a helper under another name": (
        "a.py",
        "def g(x: T) -> T:\n    '''Doc.'''\n    a = x.exp()\n    b = a.sum(-1)\n"
        "    return a / b[..., None]\n",
        1,
    ),
    "as a comment": ("a.py", f"x = 1\n# {LINE.strip()}\n", 2),
    "a comment of the solution": ("a.py", "# The\n# the largest score of each row makes exp safe\n", 2),
    "in a string": ("a.py", f"HINT = '''\n{LINE}\n'''\n", 2),
    "renamed in a string": ("a.py", f"x = 1\nexec('''\n{RENAMED}\n''')\n", 3),
    "in a docstring example": ("a.py", f'def f():\n    """Do.\n\n    >>> {RENAMED}\n    """\n', 4),
    "in several lines of an example": (
        "a.md",
        "So:\n\n>>> logits = (q @ k.transpose(-2, -1)\n...           / math.sqrt(d))\n",
        3,
    ),
    "in markdown": ("a.md", f"Text with `{LINE.strip()}` in it.\n", 1),
    "renamed in markdown": ("a.md", f"So:\n\n```python\nx = 1\n{RENAMED}\n```\n", 5),
    "renamed in an indented list": ("a.md", f"- So:\n\n  ```py\n  {RENAMED}\n  ```\n", 4),
    "in HTML": ("a.html", "<p>a &lt; b</p>\n<p>scores&nbsp;= query @ key.transpose(-2,&#32;-1) / "
                "math.sqrt(width)</p>", 2),
    "in a JSON string": ("a.json", json.dumps({"a": f"x\n\t{LINE}\n"}), 1),
    "in escapes": ("a.json", '{"a": "scores = query \\u0040 key.transpose(-2, -1) / '
                   'math.sqrt(width)"}', 1),
    "in escapes in a text": ("a.js", "one\nx = 'scores = query \\x40 key.transpose(-2, -1)\\n / "
                             "math.sqrt(width)'", 2),
    "in escapes of escapes": ("a.log", json.dumps(json.dumps(WRAPPED.replace("  # why", ""))), 1),
    "between comments in a text": ("a.txt", f"So:\n{WRAPPED}", 2),
    "in JSON in JSON": ("a.json", json.dumps({"a": json.dumps(f"a = '\n'\n{LINE}")}), 1),
    "in pieces in JSON": ("a.json", json.dumps({"a": [LINE[:25], LINE[25:40], LINE[40:]]}, indent=1), 3),
    "renamed in JSON": ("a.json", json.dumps({"a": 1, "b": f"x = 1\n{RENAMED}\n"}, indent=1), 3),
    "in TOML": ("a.toml", f"[a]\nb = '{LINE.strip()}'\n", 2),
    "renamed in TOML": ("a.toml", f"[a]\nb = '{RENAMED}'\n", 2),
    "in a notebook's source": ("a.ipynb", notebook(source=["x = 1\n", LINE[:20], LINE[20:]]), 2),
    "renamed in a notebook": ("a.ipynb", notebook(source=["%time\n", "x = 1\n", RENAMED]), 3),
    "in a notebook's markdown": (
        "a.ipynb",
        notebook(cell_type="markdown", source=f"Do\n```python\n{RENAMED}\n```\n"),
        3,
    ),
    "in a notebook's output": (
        "a.ipynb",
        notebook(outputs=[{"output_type": "stream", "name": "stdout", "text": ["x\n", LINE]}]),
        2,
    ),
    "in a notebook's metadata": ("a.ipynb", notebook(metadata={"solution": {"text": LINE}}), 1),
    "in an attachment": (
        "a.ipynb",
        notebook(cell_type="markdown", attachments={"a.txt": {"text/plain": packed(RENAMED)}}),
        1,
    ),
    "in a picture in an output": (
        "a.ipynb",
        notebook(outputs=[{"data": {"image/png": base64.b64encode(
            b"\x89PNG\r\n\x1a\n\0\0tEXt\0" + LINE.encode() + b"\0\1\2").decode()}}]),
        1,
    ),
    "a file in an attachment": (
        "a.ipynb",
        notebook(attachments={"a": {"x/zip": base64.b64encode(zipped("a.py", RENAMED)).decode()}}),
        1,
    ),
    "an unknown thing in an attachment": (
        "a.ipynb",
        notebook(attachments={"a": {"image/png": base64.b64encode(bytes(range(99))).decode()}}),
        1,
    ),
    "in base64 in a text": ("a.py", f"import base64\nX = '{packed(LINE + chr(10) + LINE)}'\n", 1),
    "in wrapped base64": (
        "a.txt",
        "\n".join(textwrap.wrap(packed(f"# {'x' * 60}\n{LINE}"), 64)),
        2,
    ),
    "in a tensor's name": ("a.safetensors", save({LINE: np.zeros(2)}), 1),
    "in a tensor's metadata": ("a.safetensors", save({"a": np.zeros(2)}, {"index": LINE}), 1),
    "in a tensor": ("a.safetensors", save({"a": np.frombuffer(LINE.encode(), np.uint8)}), 1),
    "in a zip": ("a.zip", zipped("b/c.py", RENAMED), 1),
    "in a tar.gz": ("a.tar.gz", tarred("b/c.py", RENAMED), 1),
    "in a zip in a zip": ("a.zip", zipped("b.txt", packed(LINE)), 1),
    "in a gz": ("a.gz", gzip.compress(LINE.encode()), 1),
    "in UTF-16": ("a.txt", LINE.encode("utf-16"), 1),
    "a marker": ("a.py", "x = 1\n### END SOLUTION\n", 2),
    "a marker in a text": ("a.md", "Look for `# Begin solution` there.\n", 1),
}  # fmt: skip
