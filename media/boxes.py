"""Reads the boxes of an MP4 file (ISO 14496-12) and the bits inside them, trusting no length it reads.

Errors speak of “it”: who asked knows which file it is.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from core.errors import BadMedia

MOST_TOP_BOXES = 10_000
LARGEST_INDEX = 64 << 20
"""Bytes of the largest `moov` that is read; a reel's has some ten thousand."""


class Box(NamedTuple):
    """A box of a file: its kind and the bytes it fills, header included."""

    kind: str
    offset: int
    size: int
    header: int


def top_boxes(path: Path) -> list[Box]:
    """Return the boxes a file consists of, in order.

    Raises BadMedia when it is missing, empty, cut off or no MP4 at all.
    """
    try:
        total = path.stat().st_size
        with path.open("rb") as file:
            return _top_boxes(file, total)
    except OSError as exc:
        raise BadMedia(f"It cannot be read ({exc.strerror}).") from exc


def read_payload(path: Path, box: Box) -> memoryview:
    """Return what is inside a box. Raises BadMedia when it is larger than any index we know."""
    if box.size > LARGEST_INDEX:
        raise BadMedia(f"It has a {box.kind} box of {box.size} bytes, more than any reel needs.")
    with path.open("rb") as file:
        file.seek(box.offset + box.header)
        return memoryview(file.read(box.size - box.header))


def children(data: memoryview, start: int = 0) -> Iterator[tuple[str, memoryview]]:
    """Yield kind and content of the boxes in `data` from byte `start` on.

    A trailing remainder under 8 bytes is ignored, as QuickTime writes one. Raises BadMedia for a box that
    claims more than there is.
    """
    at = start
    while at + 8 <= len(data):
        size, kind, header = _header(bytes(data[at : at + 16]), len(data) - at)
        if size > len(data) - at:
            raise BadMedia(f"A {kind} box claims {size} bytes where only {len(data) - at} are left.")
        yield kind, data[at + header : at + size]
        at += size


def child(data: memoryview, *kinds: str) -> memoryview | None:
    """Follow a path of kinds downwards, taking the first of each; None when one is not there."""
    inside: memoryview | None = data
    for kind in kinds:
        if inside is None:
            return None
        inside = next((content for name, content in children(inside) if name == kind), None)
    return inside


class Bits:
    """Reads big-endian bits one field after the other; raises BadMedia at the end of the data."""

    def __init__(self, data: bytes) -> None:
        self._value, self._left = int.from_bytes(data, "big"), len(data) * 8

    def take(self, count: int) -> int:
        """Return the next `count` bits as a number."""
        if count > self._left:
            raise BadMedia("A codec header ends too early.")
        self._left -= count
        return (self._value >> self._left) & ((1 << count) - 1)

    def golomb(self) -> int:
        """Return the next unsigned Exp-Golomb number, ue(v) of H.264."""
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > 32:
                raise BadMedia("A codec header holds an impossible number.")
        return (1 << zeros) - 1 + self.take(zeros)

    def signed_golomb(self) -> int:
        """Return the next signed Exp-Golomb number, se(v) of H.264."""
        number = self.golomb()
        return (number + 1) // 2 if number % 2 else -(number // 2)


def _top_boxes(file: BinaryIO, total: int) -> list[Box]:
    if total == 0:
        raise BadMedia("It is empty (0 bytes).")
    boxes: list[Box] = []
    at = 0
    while at + 8 <= total:
        file.seek(at)
        size, kind, header = _header(file.read(16), total - at)
        if not boxes and kind not in ("ftyp", "moov", "wide", "free", "skip", "mdat"):
            raise BadMedia("It is not an MP4 file: it does not begin with a known box.")
        if size > total - at:
            raise BadMedia(f"It is cut off: its {kind} box misses {size - (total - at)} bytes at the end.")
        boxes.append(Box(kind, at, size, header))
        if len(boxes) > MOST_TOP_BOXES:
            raise BadMedia(f"It consists of more than {MOST_TOP_BOXES} boxes.")
        at += size
    if not boxes:
        raise BadMedia(f"It is not an MP4 file: it has only {total} bytes.")
    return boxes


def _header(head: bytes, room: int) -> tuple[int, str, int]:
    """Return size with header, kind and header length of a box; `room` is what is left around it."""
    size, raw = struct.unpack_from(">I4s", head)
    kind, header = raw.decode("latin-1"), 8
    if size == 1:  # the real size follows in 64 bits
        if len(head) < 16:
            raise BadMedia(f"A {kind!r} box ends inside its header.")
        size, header = struct.unpack_from(">Q", head, 8)[0], 16
    elif size == 0:  # all that is left
        size = room
    if size < header:
        raise BadMedia(f"A {kind!r} box claims {size} bytes, less than its header.")
    return size, kind, header
