"""The texts to train on: the built-in one, one that is fetched, and what is counted in them."""

from __future__ import annotations

import hashlib
import http.server
import json
import math
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from graders.errors import CourseError
from graders.lm.corpus import Corpus, load_corpus, shakespeare_path
from graders.lm.play import CHARACTERS, NAMES, SHA256, write_plays
from tools.lm import fetching
from tools.lm.fetching import fetch_shakespeare
from tools.lm.textstats import measure

from .shell import course_command

PLAYS = b"To be, or not to be.\n" * 9


@pytest.fixture
def small_plays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take these for the right bytes, so that no test needs a megabyte or a network."""
    monkeypatch.setattr(fetching, "SHA256", hashlib.sha256(PLAYS).hexdigest())


class Server(http.server.BaseHTTPRequestHandler):
    """Gives the plays once, and counts how often it was asked."""

    asked = 0

    def do_GET(self) -> None:
        Server.asked += 1
        self.send_response(200 if self.path == "/plays" else 404)
        self.end_headers()
        self.wfile.write(PLAYS)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    Server.asked = 0
    with http.server.HTTPServer(("127.0.0.1", 0), Server) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_the_built_in_plays_are_always_the_same() -> None:
    text = write_plays()
    assert hashlib.sha256(text.encode()).hexdigest() == SHA256
    assert CHARACTERS <= len(text) < CHARACTERS + 10_000
    assert "{" not in text
    speakers = {line[:-1] for line in text.splitlines() if line.endswith(":")}
    assert set(NAMES) < speakers


def test_plays_are_fetched_once(small_plays: None, url: str, tmp_path: Path) -> None:
    path, new = fetch_shakespeare(tmp_path, url=f"{url}/plays")
    assert new
    assert path.read_bytes() == PLAYS
    assert fetch_shakespeare(tmp_path, url=f"{url}/plays") == (path, False)
    assert Server.asked == 1
    assert load_corpus(tmp_path, "shakespeare", 0.1).text.encode() == PLAYS


def test_wrong_bytes_are_not_kept(url: str, tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"expected 1,115,394 bytes with SHA-256 86c4.*found 189"):
        fetch_shakespeare(tmp_path, url=f"{url}/plays")
    assert not shakespeare_path(tmp_path).exists()


@pytest.mark.parametrize("where", ["/missing", ""])
def test_without_a_network_it_says_what_to_do(url: str, tmp_path: Path, where: str) -> None:
    address = f"{url}{where}" if where else "http://127.0.0.1:9/"  # where nobody listens
    with pytest.raises(CourseError, match=r"cannot be read .*--from FILE, or train on .*builtin"):
        fetch_shakespeare(tmp_path, url=address)


def test_plays_come_from_a_file_too(small_plays: None, tmp_path: Path) -> None:
    source = tmp_path / "here.txt"
    source.write_bytes(PLAYS)
    path, new = fetch_shakespeare(tmp_path, source)
    assert new
    assert path.read_bytes() == PLAYS
    path.write_bytes(PLAYS[:-1])  # damaged since: made good again
    assert fetch_shakespeare(tmp_path, source) == (path, True)
    with pytest.raises(CourseError, match=r"nowhere\.txt cannot be read"):
        fetch_shakespeare(tmp_path / "other", tmp_path / "nowhere.txt")


def test_the_end_of_the_text_is_held_out(tmp_path: Path) -> None:
    file = tmp_path / "text.txt"
    file.write_text("0123456789" * 10, encoding="utf-8")
    found = load_corpus(tmp_path, str(file), 0.25)
    assert found.train + found.val == found.text
    assert len(found.val) == 25


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("shakespeare", None, "course data shakespeare"),
        ("nowhere.txt", None, "expected builtin, shakespeare or a text file|Expected builtin"),
        ("bad.txt", b"\xff", "cannot be read as UTF-8"),
        ("short.txt", b"ab", "holds 2 characters, too few"),
    ],
)
def test_a_text_that_cannot_be_used_is_named(
    tmp_path: Path, name: str, content: bytes | None, words: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(CourseError, match=words):
        load_corpus(tmp_path, name if name == "shakespeare" else str(tmp_path / name), 0.1)


def test_entropy_falls_to_what_the_text_is_made_of() -> None:
    stats = measure(Corpus("abab", "ab" * 500, 100))
    assert [(o.n, o.contexts) for o in stats.orders[:3]] == [(0, 1), (1, 2), (2, 2)]
    assert stats.orders[0].entropy == pytest.approx(math.log(2))
    assert stats.orders[1].entropy == pytest.approx(0)
    assert stats.orders[0].held_out == pytest.approx(math.log(2), abs=1e-3)
    assert stats.orders[1].held_out < 0.02
    assert (stats.train, stats.val, stats.alphabet) == (900, 100, (("a", 500), ("b", 500)))


def test_what_only_the_held_out_text_has_is_told_and_costs_nothing() -> None:
    stats = measure(Corpus("ab", "ab" * 500 + "z", 11))
    assert stats.unseen == "z"
    assert all(math.isfinite(order.held_out) for order in stats.orders)


def test_stats_from_the_shell(tmp_path: Path) -> None:
    file = tmp_path / "text.txt"
    file.write_text("the cat sat\n" * 50, encoding="utf-8")
    told = course_command("data", "stats", file)
    assert told.code == 0
    assert "600 characters, 150 words" in " ".join(told.out.split())
    assert "training 540, held out 60" in told.out
    assert "\\n" in told.out
    found = json.loads(course_command("data", "stats", file, "--json").out)
    assert found["characters"] == 600
    assert [order["n"] for order in found["orders"]] == [*range(7)]
    missing = course_command("data", "stats", "nowhere.txt")
    assert (missing.code, missing.out) == (2, "")
