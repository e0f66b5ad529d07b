"""How a video is cut into chunks for TikTok."""

from __future__ import annotations

from fakes.tiktok import chunk_fault
from hypothesis import example, given, settings
from hypothesis import strategies as st

from integrations.platforms.tiktok_chunks import LEAST_CHUNK, MOST_CHUNK, chunks_of


@settings(deadline=None)
@given(st.integers(1, 4096 << 20), st.integers(LEAST_CHUNK, MOST_CHUNK))
@example(5 * 10**6, 5)
@example((5 << 20) - 1, 5)
@example(10 << 20, 5)
@example(64 * 10**6 + 1, 30)
@example(60 << 20, 30)
@example(4096 * 10**6, 5)
def test_chunks_keep_the_rules_for_both_readings_of_a_megabyte(size: int, megabytes: int) -> None:
    chunks = chunks_of(size, megabytes << 20)

    assert chunk_fault(size, chunks.chunk, chunks.count, 1 << 20) == ""
    assert chunks.chunk == size or chunks.count > 1
    if size <= 4096 * 10**6:
        assert chunk_fault(size, chunks.chunk, chunks.count, 10**6) == ""


@settings(deadline=None)
@given(st.integers(1, 500), st.integers(1, 60))
def test_chunks_cover_every_byte_once_in_order(size: int, chunk: int) -> None:
    chunks = chunks_of(size, chunk)

    covered = [byte for number in range(chunks.count) for byte in range(*chunks.span(number))]

    assert covered == list(range(size))
    assert chunks.content_range(chunks.last).endswith(f"-{size - 1}/{size}")


@settings(deadline=None)
@given(st.integers(1, 500), st.integers(1, 60), st.data())
def test_an_upload_goes_on_where_whole_chunks_end(size: int, chunk: int, data: st.DataObject) -> None:
    chunks = chunks_of(size, chunk)
    sent = data.draw(st.integers(0, size))

    number = chunks.next_after(sent)

    first, end = chunks.span(number)
    assert first <= sent <= end
    assert number == chunks.last or sent < end


def test_the_chunk_rules_of_the_fake_can_fail() -> None:
    mb = 1 << 20
    assert chunk_fault(0, 0, 1, mb)
    assert chunk_fault(4 * mb, 5 * mb, 1, mb)
    assert chunk_fault(20 * mb, 4 * mb, 5, mb)
    assert chunk_fault(200 * mb, 65 * mb, 3, mb)
    assert chunk_fault(20 * mb, 10 * mb, 3, mb)
    assert chunk_fault(100 * mb, 64 * mb, 2, mb)
    assert chunk_fault(100 * mb, 60 * mb, 1, mb)
    assert chunk_fault(6 * mb, 7 * mb, 0, mb)
    assert chunk_fault(25 * mb, 10 * mb, 2, mb) == ""
