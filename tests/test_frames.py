"""Frames between processes: they arrive as they were sent, and nothing else is taken for one."""

from __future__ import annotations

import json
import math
import socket
import threading
import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from safetensors.numpy import save

from graders.inputs import Array
from graders.worker import frames

PROMISED = (frames.FrameError, frames.Closed, TimeoutError)
HONEST: dict[str, Array] = {
    "scores": np.arange(6, dtype="float32").reshape(2, 3),
    "mask": np.array([True, False]),
}

texts = st.text(max_size=8)
headers = st.dictionaries(
    texts.filter(lambda key: key != frames.ORDER),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)
tensors: st.SearchStrategy[dict[str, Array]] = st.dictionaries(
    texts.filter(lambda name: name.isprintable() and name != "__metadata__"),
    st.sampled_from(frames.KINDS.split()).flatmap(
        lambda kind: hnp.arrays(np.dtype(kind), hnp.array_shapes(min_dims=0, min_side=0))
    ),
    max_size=4,
)


def receive_bytes(content: bytes) -> frames.Frame:
    """What becomes of bytes after which the other side goes away."""
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
            theirs.sendall(content)
        return frames.receive(ours, time.monotonic() + 5)


def frame_of(head: bytes, body: bytes, magic: bytes = frames.MAGIC) -> bytes:
    return frames.PREFIX.pack(magic, len(head), len(body)) + head + body


def sent(header: dict[str, object], arrays: dict[str, Array]) -> bytes:
    """The bytes of a frame as ``send`` writes them."""
    return frame_of(json.dumps({**header, frames.ORDER: [*arrays]}).encode(), save(arrays))


@given(headers, tensors)
def test_frame_arrives_as_it_was_sent(header: dict[str, object], arrays: dict[str, Array]) -> None:
    """Header, names, their order, dtypes, shapes (of no dims too) and every bit."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        frames.send(theirs, header, arrays)
        got, tensors = frames.receive(ours, time.monotonic() + 5)
    assert got == header
    assert [*tensors] == [*arrays]
    for name, array in arrays.items():
        assert (tensors[name].dtype, tensors[name].shape) == (array.dtype, array.shape)
        assert tensors[name].tobytes() == array.tobytes()


def test_tensor_that_is_not_contiguous_arrives_as_it_reads() -> None:
    array = np.arange(12).reshape(3, 4).T[::2]
    ours, theirs = socket.socketpair()
    with ours, theirs:
        frames.send(theirs, {}, {"a": array})
        assert np.array_equal(frames.receive(ours)[1]["a"], array)


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(PROMISED):
        receive_bytes(content)


@given(st.binary(max_size=60), st.binary(max_size=200))
def test_arbitrary_header_and_body_are_refused(head: bytes, body: bytes) -> None:
    with pytest.raises(PROMISED):
        receive_bytes(frame_of(head, body))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@given(
    st.dictionaries(
        st.sampled_from(["a", "b", "__metadata__"]),
        st.fixed_dictionaries(
            {},
            optional={
                "dtype": st.sampled_from(["F64", "BOOL", "BF16", "F8_E5M2", "U64", "C64"])
                | json_values,
                "shape": st.lists(st.integers(-2, 2**63), max_size=20) | json_values,
                "data_offsets": st.lists(st.integers(-2, 2**63), max_size=3) | json_values,
            },
        ),
        max_size=2,
    ),
    st.binary(max_size=32),
)
def test_tensors_of_an_odd_description_are_refused_or_read(
    described: dict[str, object], data: bytes
) -> None:
    """Whatever shape, dtype and place a body states of its tensors, no other exception comes."""
    table = json.dumps(described).encode()
    body = len(table).to_bytes(8, "little") + table + data
    head = json.dumps({frames.ORDER: [n for n in described if n != "__metadata__"]}).encode()
    try:
        _, arrays = receive_bytes(frame_of(head, body))
    except PROMISED:
        return
    assert sum(array.nbytes for array in arrays.values()) <= len(data)


@given(st.data())
@settings(max_examples=200)
def test_changed_frame_is_refused_or_read(data: st.DataObject) -> None:
    """Bits flipped, bytes cut out or put in: FrameError, Closed, or other numbers."""
    content = bytearray(sent({"id": 1}, HONEST))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(content) - 1))
        kind = data.draw(st.sampled_from(["flip", "cut", "insert"]))
        if kind == "flip":
            content[place] ^= data.draw(st.integers(1, 255))
        elif kind == "cut":
            del content[place : place + data.draw(st.integers(1, 8))]
        else:
            content[place:place] = data.draw(st.binary(min_size=1, max_size=8))
        if not content:
            break
    try:
        header, arrays = receive_bytes(bytes(content))
    except PROMISED:
        return
    assert isinstance(header, dict)
    assert all(array.dtype in frames.DTYPES for array in arrays.values())


@pytest.mark.parametrize(
    ("head", "arrays"),
    [
        ({}, {}),
        ({"tensors": None}, {}),
        ({"tensors": "a"}, {"a": np.zeros(1)}),
        ({"tensors": [["a"]]}, {"a": np.zeros(1)}),
        ({"tensors": ["a", "a"]}, {"a": np.zeros(1), "b": np.zeros(1)}),
        ({"tensors": ["a"]}, {"a": np.zeros(1), "b": np.zeros(1)}),
        ({"tensors": ["a"]}, {"a": np.zeros(1, "uint16")}),
        ({"tensors": ["a"]}, {"a": np.zeros((1,) * 17)}),
        ({"tensors": ["a"]}, {"a": np.zeros((0, 1 << 40))}),
        ([], {}),
        (3, {}),
        ("tensors", {}),
    ],
)
def test_frame_of_another_form_is_refused(head: object, arrays: dict[str, Array]) -> None:
    with pytest.raises(frames.FrameError):
        receive_bytes(frame_of(json.dumps(head).encode(), save(arrays)))


@pytest.mark.parametrize(
    "head", [b"[" * 100_000, b"1" * 100_000, b"\xff", b"", b'{"a":', b'"\\ud800"']
)
def test_header_that_is_hard_to_read_is_refused(head: bytes) -> None:
    with pytest.raises(frames.FrameError):
        receive_bytes(frame_of(head, save({})))


@pytest.mark.parametrize("name", ["\x1b]8;;http://evil\x07", "one\ntwo", "\u202eright", "a" * 201])
def test_name_that_steers_a_terminal_is_refused(name: str) -> None:
    """Where two results of a learner are compared, the names of one are told."""
    head = json.dumps({frames.ORDER: [name]}).encode()
    with pytest.raises(frames.FrameError, match="a name that nobody can read"):
        receive_bytes(frame_of(head, save({name: np.zeros(2)})))


def test_bool_of_a_liar_is_true_or_false() -> None:
    """A byte of 7 in a tensor of bools is True like any other, also when it is compared."""
    body = save({"a": np.array([0, 1, 7, 255], "uint8")}).replace(b'"U8"', b'"BOOL"')
    size = int.from_bytes(body[:8], "little")
    body = (size + 2).to_bytes(8, "little") + body[8:]
    _, arrays = receive_bytes(frame_of(b'{"tensors": ["a"]}', body))
    assert arrays["a"].tolist() == [False, True, True, True]
    assert arrays["a"].view("uint8").tolist() == [0, 1, 1, 1]


def test_body_with_a_table_of_a_million_tensors_is_refused_unread() -> None:
    """Each would become an object here, however empty."""
    table = (
        b'{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}' + b" " * frames.MAX_HEADER + b"}"
    )
    body = len(table).to_bytes(8, "little") + table
    with pytest.raises(frames.FrameError, match="too many tensors"):
        receive_bytes(frame_of(b'{"tensors": ["a"]}', body))


@pytest.mark.parametrize("sizes", [(1 << 31, 0), (0, 1 << 31), (0xFFFFFFFF, 0xFFFFFFFF)])
def test_length_beyond_the_limit_is_refused_before_room_is_made_for_it(
    sizes: tuple[int, int],
) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(frames.FrameError):
            receive_bytes(frames.PREFIX.pack(frames.MAGIC, *sizes))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1 << 20


def test_answer_of_a_learner_has_a_limit_of_its_own() -> None:
    """A check keeps dozens of them."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.send(frames.PREFIX.pack(frames.MAGIC, 2, frames.MAX_ANSWER + 1))
        with pytest.raises(frames.FrameError, match="8 MiB are too much for one answer"):
            frames.receive(ours, time.monotonic() + 5, frames.MAX_ANSWER)


def test_length_within_the_limit_takes_no_more_room_than_what_came() -> None:
    """64 MiB are announced, 10 bytes come."""
    tracemalloc.start()
    try:
        with pytest.raises(frames.Closed):
            receive_bytes(frames.PREFIX.pack(frames.MAGIC, 2, frames.MAX_BODY) + b"{}" + b"x" * 8)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 << 20


@pytest.mark.parametrize(
    ("header", "arrays"),
    [
        ({"message": "x" * frames.MAX_HEADER}, {}),
        ({}, {"a": np.zeros(frames.MAX_BODY, "uint8")}),
        ({}, {str(n): np.zeros(0) for n in range(frames.MAX_TENSORS + 1)}),
    ],
    ids=["header", "body", "tensors"],
)
def test_frame_that_is_too_large_is_not_sent(
    header: dict[str, str], arrays: dict[str, Array]
) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        with pytest.raises(frames.FrameError, match="too much"):
            frames.send(theirs, header, arrays)
        ours.setblocking(False)
        with pytest.raises(BlockingIOError):
            ours.recv(1)


def test_slow_drip_meets_the_deadline() -> None:
    """A byte now and then does not extend the time: the deadline is for the whole frame."""
    ours, theirs = socket.socketpair()
    content, stop = sent({"id": 1}, HONEST), threading.Event()

    def drip() -> None:
        for byte in content:
            theirs.send(bytes([byte]))
            if stop.wait(0.02):
                break

    dripping = threading.Thread(target=drip)
    with ours, theirs:
        dripping.start()
        started = time.monotonic()
        with pytest.raises(TimeoutError):
            frames.receive(ours, started + 0.2)
        assert time.monotonic() - started < 1
        stop.set()
        dripping.join()


def test_deadline_that_has_passed_is_met_at_once() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(sent({"id": 1}, HONEST))
        with pytest.raises(TimeoutError):
            frames.receive(ours, time.monotonic() - 1)


def test_sending_to_one_who_does_not_read_meets_the_deadline() -> None:
    """A worker that stops reading cannot hold up the deciding process."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        started = time.monotonic()
        with pytest.raises(TimeoutError):
            frames.send(ours, {}, {"a": np.zeros(4 << 20)}, started + 0.2)
        assert time.monotonic() - started < 2


@pytest.mark.parametrize("deadline", [0.0, math.inf])
def test_other_side_that_is_gone_is_noticed(deadline: float) -> None:
    ours, theirs = socket.socketpair()
    with ours:
        theirs.close()
        with pytest.raises((frames.Closed, TimeoutError)):
            frames.receive(ours, deadline or time.monotonic() + 5)
        with pytest.raises(frames.Closed):
            frames.send(ours, {}, HONEST)


@given(st.lists(tensors, max_size=4))
def test_parts_come_apart_as_they_were_put_together(parts: list[dict[str, Array]]) -> None:
    """Of any names, and also where a part holds nothing."""
    found = frames.apart(frames.together(parts), len(parts))
    assert [[*part] for part in found] == [[*part] for part in parts]
    for own, part in zip(found, parts, strict=True):
        assert all(own[name] is part[name] for name in part)


@pytest.mark.parametrize("name", ["2 a", "-1 a", "a", "", "00 a", "1", "٠ a"])
def test_part_that_was_not_asked_for_is_refused(name: str) -> None:
    """A name without a number, or with one that is out of range."""
    with pytest.raises(frames.FrameError, match="belongs to no call"):
        frames.apart({name: HONEST["mask"]}, 1 if name == "1" else 2)
