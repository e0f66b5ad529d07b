"""How TikTok wants a video cut into chunks.

Facts (TikTok for Developers, "Media Transfer Guide"): 1 to 1000 chunks, sent in order. Each has 5 to 64 MB, the last
takes the remainder and may grow to 128 MB. A video below 5 MB is one chunk of its own size, one above 64 MB must be
several. The number of chunks is announced beforehand and is `size // chunk`.

UNCONFIRMED: whether a megabyte there is 10^6 or 2^20 bytes. 2^20 and chunks of 5 to 30 satisfy both readings.
"""

from __future__ import annotations

from pydantic import Field

from core.models import Value

LEAST_CHUNK, MOST_CHUNK = 5, 30
"""Megabytes of a chunk that may be chosen: below 32 a video of less than two chunks still fits into one of 64 MB."""


class Chunks(Value):
    """A video of `size` bytes in `count` chunks of `chunk` bytes each; the last one takes the remainder as well."""

    size: int = Field(gt=0)
    chunk: int = Field(gt=0)
    count: int = Field(gt=0)

    @property
    def last(self) -> int:
        """The number of the last chunk, counted from 0."""
        return self.count - 1

    @property
    def announced(self) -> dict[str, int]:
        """What TikTok is told of the chunks before the first one comes."""
        return {"video_size": self.size, "chunk_size": self.chunk, "total_chunk_count": self.count}

    def span(self, number: int) -> tuple[int, int]:
        """Return the first byte of a chunk and the one after its last."""
        first = number * self.chunk
        return first, self.size if number == self.last else first + self.chunk

    def content_range(self, number: int) -> str:
        """Return the header that says which bytes a chunk is, such as `bytes 0-9/20`."""
        first, end = self.span(number)
        return f"bytes {first}-{end - 1}/{self.size}"

    def next_after(self, sent: int) -> int:
        """Return the number of the chunk to go on with when `sent` bytes have arrived: half a chunk counts nothing."""
        return min(sent // self.chunk, self.last)


def chunks_of(size: int, chunk: int) -> Chunks:
    """Cut `size` bytes into chunks of `chunk` bytes; what has less than two of them stays whole."""
    count = size // chunk
    if count < 2:
        return Chunks(size=size, chunk=size, count=1)
    return Chunks(size=size, chunk=chunk, count=count)
