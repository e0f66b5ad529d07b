"""Reads what H.264 and AAC streams say about themselves in the index of an MP4 file."""

from __future__ import annotations

from typing import NamedTuple

from core.errors import BadMedia
from media.boxes import Bits

UNKNOWN = "unknown"

# ISO 23091-2 (H.273), under the names FFmpeg uses. The three tables differ where the standard does.
PRIMARIES = {1: "bt709", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 9: "bt2020", 12: "smpte432"}
TRANSFERS = {1: "bt709", 4: "gamma22", 5: "gamma28", 6: "smpte170m", 7: "smpte240m", 8: "linear", 13: "iec61966-2-1"}
TRANSFERS |= {14: "bt2020-10", 15: "bt2020-12", 16: "smpte2084", 18: "arib-std-b67"}
MATRICES = {0: "gbr", 1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 9: "bt2020nc"}

AVC_PROFILES = {66: "Baseline", 77: "Main", 88: "Extended", 100: "High", 110: "High 10", 122: "High 4:2:2"}
AVC_PROFILES |= {244: "High 4:4:4 Predictive"}
WITH_CHROMA_FORMAT = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
AAC_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
AAC_PROFILES = {1: "Main", 2: "LC", 3: "SSR", 4: "LTP", 5: "HE", 29: "HEv2"}


class Colours(NamedTuple):
    """How the numbers of a picture become colours; `full_range` is None when nothing is said."""

    primaries: str = UNKNOWN
    transfer: str = UNKNOWN
    matrix: str = UNKNOWN
    full_range: bool | None = None


class Picture(NamedTuple):
    """What an H.264 stream says of its pictures."""

    profile: str
    pixel_format: str
    colours: Colours


class Sound(NamedTuple):
    """What an AAC stream says of its sound."""

    profile: str
    sample_rate: int
    channels: int


def name_colours(primaries: int, transfer: int, matrix: int, full_range: bool | None) -> Colours:
    """Return the names of colour codes; 2 and what nobody uses are unknown."""
    return Colours(
        PRIMARIES.get(primaries, UNKNOWN), TRANSFERS.get(transfer, UNKNOWN), MATRICES.get(matrix, UNKNOWN), full_range
    )


def read_avc(record: bytes) -> Picture:
    """Read the decoder configuration record (`avcC`) and its first sequence parameter set."""
    if len(record) < 8 or not record[5] & 31:
        raise BadMedia("The video has no sequence parameter set.")
    length = int.from_bytes(record[6:8], "big")
    unit = record[8 : 8 + length]
    if len(unit) < length or length < 4:
        raise BadMedia("The video's sequence parameter set is cut off.")
    profile, constraints = unit[1], unit[2]
    name = AVC_PROFILES.get(profile, f"profile {profile}")
    if profile == 66 and constraints & 0x40:
        name = "Constrained Baseline"
    bits = Bits(unit[4:].replace(b"\0\0\3", b"\0\0"))  # takes out what guards against false start codes
    bits.golomb()
    pixel_format = _chroma(bits) if profile in WITH_CHROMA_FORMAT else "yuv420p"
    _skip_sizes(bits)
    return Picture(name, pixel_format, _usability(bits))


def read_aac(config: bytes) -> Sound:
    """Read an AudioSpecificConfig (ISO 14496-3)."""
    bits = Bits(config)
    kind = bits.take(5)
    if kind == 31:
        kind = 32 + bits.take(6)
    index = bits.take(4)
    rate = bits.take(24) if index == 15 else (AAC_RATES[index] if index < len(AAC_RATES) else 0)
    layout = bits.take(4)
    return Sound(AAC_PROFILES.get(kind, f"object type {kind}"), rate, 8 if layout == 7 else layout)


def decoder_config(descriptors: bytes) -> tuple[int, bytes]:
    """Return object type and decoder configuration from MPEG-4 descriptors (ISO 14496-1)."""
    tag, body, _ = _descriptor(descriptors)
    if tag != 3 or len(body) < 3:
        raise BadMedia("The sound does not say how it is coded.")
    flags, rest = body[2], body[3:]
    rest = rest[2 if flags & 0x80 else 0 :]
    rest = rest[1 + rest[0] :] if flags & 0x40 and rest else rest
    rest = rest[2 if flags & 0x20 else 0 :]
    tag, config, _ = _descriptor(rest)
    if tag != 4 or len(config) < 13:
        raise BadMedia("The sound does not say how it is coded.")
    tag, specific, _ = _descriptor(config[13:]) if len(config) > 13 else (0, b"", b"")
    return config[0], specific if tag == 5 else b""


def _chroma(bits: Bits) -> str:
    """Read chroma format, depth and scaling lists; return the pixel format as FFmpeg calls it."""
    layout = bits.golomb()
    if layout == 3:
        bits.take(1)
    depth = 8 + bits.golomb()
    bits.golomb()
    bits.take(1)
    if bits.take(1):
        for number in range(12 if layout == 3 else 8):
            if bits.take(1):
                _skip_scaling_list(bits, 16 if number < 6 else 64)
    name = {0: "gray", 1: "yuv420p", 2: "yuv422p", 3: "yuv444p"}.get(layout, UNKNOWN)
    return name if depth == 8 else f"{name}{depth}le"


def _skip_scaling_list(bits: Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.signed_golomb()) % 256
        last = following or last


def _skip_sizes(bits: Bits) -> None:
    """Pass over picture order, reference frames, size and cropping."""
    bits.golomb()
    order = bits.golomb()
    if order == 0:
        bits.golomb()
    elif order == 1:
        bits.take(1)
        bits.golomb()
        bits.golomb()
        for _ in range(min(bits.golomb(), 255)):
            bits.golomb()
    bits.golomb()
    bits.take(1)
    bits.golomb()
    bits.golomb()
    if not bits.take(1):  # interlaced pictures are possible
        bits.take(1)
    bits.take(1)
    if bits.take(1):
        for _ in range(4):
            bits.golomb()


def _usability(bits: Bits) -> Colours:
    """Read the colours from the video usability information; where it is silent, the range is limited (E.2.1)."""
    if not bits.take(1):
        return Colours(full_range=False)
    if bits.take(1) and bits.take(8) == 255:  # an aspect ratio of its own
        bits.take(32)
    if bits.take(1):
        bits.take(1)
    if not bits.take(1):
        return Colours(full_range=False)
    bits.take(3)
    full_range = bool(bits.take(1))
    if not bits.take(1):
        return Colours(full_range=full_range)
    return name_colours(bits.take(8), bits.take(8), bits.take(8), full_range)


def _descriptor(data: bytes) -> tuple[int, bytes, bytes]:
    """Split the first descriptor off: its tag, its content, and what follows."""
    length = 0
    for at in range(1, 5):
        if at >= len(data):
            break
        length = length << 7 | data[at] & 0x7F
        if not data[at] & 0x80:
            return data[0], data[at + 1 : at + 1 + length], data[at + 1 + length :]
    raise BadMedia("The sound's descriptors are broken.")
