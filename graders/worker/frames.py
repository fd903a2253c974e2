"""What crosses between the deciding process and a worker: bounded frames, no pickle.

A frame is 4 magic bytes, the length of a JSON header and of a safetensors body (two big-endian
uint32), then both. Lengths are checked before anything is allocated.
"""

from __future__ import annotations

import json
import math
import socket
import struct
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from safetensors.numpy import load, save

from ..inputs import Array

MAGIC = b"ttc1"
PREFIX = struct.Struct(">4sII")
MAX_HEADER = 1 << 20
MAX_BODY = 1 << 26
MAX_ANSWER = 1 << 23  # of a learner's worker; right answers take 0.1 MB, and a check keeps dozens
MAX_TENSORS = 4096
MAX_NAME = 200  # visible characters: reports show names
KINDS = "bool uint8 int8 int16 int32 int64 float16 float32 float64"
DTYPES = frozenset(np.dtype(name) for name in KINDS.split())
ORDER = "tensors"  # in the header: the names of the tensors, in their order
Frame = tuple[dict[str, Any], dict[str, Array]]


class FrameError(Exception):
    """What came is not a frame: the other side is broken or lies."""


class Closed(Exception):
    """The other side is gone."""


def send(
    channel: socket.socket,
    header: Mapping[str, Any],
    arrays: Mapping[str, Array],
    deadline: float = math.inf,
) -> None:
    """Send one frame before ``deadline`` (``time.monotonic()`` seconds).

    Raises:
        FrameError: it is too large.
        TimeoutError: the deadline passed: the other side does not read.
        Closed: the other side is gone.
    """
    head = json.dumps({**header, ORDER: [*arrays]}).encode()  # safetensors keeps no order
    size = sum(array.nbytes for array in arrays.values())
    body = b""
    if size <= MAX_BODY:
        body = save({name: np.asarray(array, order="C") for name, array in arrays.items()})
    if len(head) > MAX_HEADER or max(size, len(body)) > MAX_BODY or len(arrays) > MAX_TENSORS:
        raise FrameError(
            f"{len(arrays)} tensors of {size >> 20} MiB in all are too much for one answer "
            f"(at most {MAX_TENSORS} and {MAX_BODY >> 20} MiB)"
        )
    try:
        _wait_until(channel, deadline)
        channel.sendall(PREFIX.pack(MAGIC, len(head), len(body)) + head + body)
    except (BrokenPipeError, ConnectionError):
        raise Closed from None


def receive(channel: socket.socket, deadline: float = math.inf, most: int = MAX_BODY) -> Frame:
    """Receive one frame, with a body of ``most`` bytes, before ``deadline`` (``time.monotonic()``).

    Raises:
        TimeoutError: the deadline passed.
        Closed: the other side is gone.
        FrameError: it is not a frame, too large, or holds what no frame may hold.
    """
    magic, head_size, body_size = PREFIX.unpack(_exactly(channel, PREFIX.size, deadline))
    if magic != MAGIC or head_size > MAX_HEADER or body_size > MAX_BODY:
        raise FrameError("not a frame")
    if body_size > most:
        raise FrameError(f"{body_size >> 20} MiB are too much for one answer, at most {most >> 20}")
    rest = _exactly(channel, head_size + body_size, deadline)
    head, body = rest[:head_size], rest[head_size:]
    if int.from_bytes(body[:8], "little") > MAX_HEADER:  # of the table of tensors
        raise FrameError("there are too many tensors")
    try:
        header = json.loads(head)
        arrays = load(body)
    except (ValueError, RecursionError):
        raise FrameError("the header is not JSON") from None
    except Exception as error:  # safetensors and numpy each have their own
        raise FrameError(f"the tensors cannot be read: {type(error).__name__}") from None
    if not isinstance(header, dict) or len(arrays) > MAX_TENSORS:
        raise FrameError("the header is not an object, or there are too many tensors")
    names = header.pop(ORDER, None)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise FrameError("the header does not name the tensors")
    if len(names) != len(arrays) or {*names} != {*arrays}:
        raise FrameError("the header names other tensors than there are")
    if not all(name.isprintable() and len(name) <= MAX_NAME for name in names):
        raise FrameError("a tensor has a name that nobody can read")
    return header, {name: _plain(arrays[name]) for name in names}


def together(parts: Sequence[Mapping[str, Array]]) -> dict[str, Array]:
    """The arrays of several calls or answers, under names that tell them apart."""
    return {f"{n} {name}": array for n, part in enumerate(parts) for name, array in part.items()}


def apart(arrays: Mapping[str, Array], count: int) -> list[dict[str, Array]]:
    """Undo ``together``.

    Raises:
        FrameError: a name belongs to none of ``count`` parts.
    """
    parts: dict[str, dict[str, Array]] = {str(number): {} for number in range(count)}
    for name, array in arrays.items():
        number, _, own = name.partition(" ")
        if number not in parts:
            raise FrameError("a tensor belongs to no call")
        parts[number][own] = array
    return [*parts.values()]


def _plain(array: Array) -> Array:
    if array.dtype not in DTYPES or array.ndim > 16:
        raise FrameError(f"a tensor has dtype {array.dtype} and {array.ndim} dims")
    if max(array.shape, default=0) > MAX_BODY:  # possible beside a length of 0
        raise FrameError(f"a tensor has shape {[*array.shape]}")
    if array.dtype == np.bool_:
        return np.asarray(array.view(np.uint8) != 0)  # a liar's bool holds more than 0 and 1
    return array


def _wait_until(channel: socket.socket, deadline: float) -> None:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    channel.settimeout(None if math.isinf(left) else left)


def _exactly(channel: socket.socket, count: int, deadline: float) -> bytes:
    received = bytearray()
    while len(received) < count:
        _wait_until(channel, deadline)
        try:
            piece = channel.recv(min(count - len(received), 1 << 20))
        except ConnectionError:
            raise Closed from None
        if not piece:
            raise Closed
        received += piece
    return bytes(received)
