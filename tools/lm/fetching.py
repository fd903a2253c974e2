"""What ``course data shakespeare`` does: fetch the plays, once, and keep nothing but these very bytes."""

from __future__ import annotations

import hashlib
import urllib.error
import urllib.request
from pathlib import Path

from graders.errors import CourseError
from graders.files import explained, write_whole
from graders.lm.corpus import BUILTIN, shakespeare_path

# all of it, as char-rnn and nanoGPT use it; in the public domain
URL = "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt"
SHA256 = "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"
SIZE = 1_115_394  # bytes
_SECONDS = 30


def fetch_shakespeare(root: Path, source: Path | None = None, url: str = URL) -> tuple[Path, bool]:
    """Put the plays in their place, unless they are there. Nothing but these very bytes is kept.

    Args:
        root: the folder of the course.
        source: a file to take them from; None is the network.

    Returns:
        where they are, and whether they are new there.

    Raises:
        CourseError: they cannot be had, or are not what they should be.
    """
    path, where = shakespeare_path(root), source or url
    if path.is_file() and _is_right(path.read_bytes()):
        return path, False
    try:
        content = _download(url) if source is None else source.read_bytes()
    except (OSError, urllib.error.URLError) as error:
        why = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
        raise CourseError(
            f"{where} cannot be read ({why}). Get the file elsewhere and name it with --from FILE, "
            f"or train on the corpus {BUILTIN}, which needs no network."
        ) from None
    if not _is_right(content):
        raise CourseError(
            f"{where} is not the corpus: expected {SIZE:,} bytes with "
            f"SHA-256 {SHA256}, found {len(content):,} with {hashlib.sha256(content).hexdigest()}. "
            "Nothing was kept. Name the right file with --from FILE."
        )
    with explained(path.parent):
        path.parent.mkdir(exist_ok=True)
    write_whole(path, content)
    return path, True


def _is_right(content: bytes) -> bool:
    return hashlib.sha256(content).hexdigest() == SHA256


def _download(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=_SECONDS) as answer:
        content: bytes = answer.read(SIZE + 1)  # whoever sends more sends something else
    return content
