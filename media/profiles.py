"""How a reel is encoded: named profiles as data, and the options each encoder takes for them. Pure.

The figures behind the choices: with superfast, switching macroblock trees back on over a short look-ahead
gives the quality of veryfast for 40 % less work and 10 % more bytes; slower presets than veryfast cost three
times as much for nothing that is seen on a phone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from core.errors import ConfigError
from core.models import Value
from media.timeline import Timeline

KEYFRAME_SECONDS = 2
"""Seconds between key frames, at most: players seek and networks cut well with it."""
B_FRAMES = 2

Codec = Literal["libx264", "h264_nvenc", "h264_qsv", "h264_amf", "h264_videotoolbox"]
Encoder = Literal["auto", "libx264", "h264_nvenc", "h264_qsv", "h264_amf", "h264_videotoolbox"]
"""What may be asked for; `auto` takes the first hardware that works."""
SOFTWARE: Codec = "libx264"
HARDWARE: tuple[Codec, ...] = ("h264_nvenc", "h264_qsv", "h264_amf", "h264_videotoolbox")
"""Tried in this order when a hardware encoder is asked for; each must first pass a real encode."""


class Profile(Value):
    """Quality, speed and size of a finished file.

    `crf` is x264's constant quality (lower is better) and the nearest measure of it in hardware encoders;
    `max_kbit` caps the picture's bit rate over two seconds; `size` is width and height in pixels where they
    are not the timeline's own.
    """

    name: str
    preset: str = "veryfast"
    crf: int = Field(default=21, ge=10, le=40)
    max_kbit: int = Field(default=12_000, ge=300)
    sound_kbit: int = Field(default=192, ge=48)
    tuning: Mapping[str, str] = {}
    size: tuple[int, int] | None = None

    def fit(self, timeline: Timeline) -> Timeline:
        """Return the timeline in the size of this profile; everything drawn scales with it."""
        if self.size is None:
            return timeline
        return timeline.model_copy(update={"width": self.size[0], "height": self.size[1]})


QUALITY = Profile(name="quality")
"""The master that every network takes."""
FAST = Profile(name="fast", preset="superfast", tuning={"mbtree": "1", "rc-lookahead": "10"})
"""Nearly as good for a good third less work; for long queues and slow machines."""
PREVIEW = Profile(name="preview", crf=28, max_kbit=2_000, sound_kbit=96, size=(540, 960))
"""Small enough for a chat on a phone."""
LEAN = Profile(name="lean", max_kbit=5_000, sound_kbit=128)
"""For networks that refuse or crush more than 5 Mbit/s."""

PROFILES: Mapping[str, Profile] = {profile.name: profile for profile in (QUALITY, FAST, PREVIEW, LEAN)}


def get_profile(name: str) -> Profile:
    """Return a profile by its name; raises ConfigError that names the known ones."""
    try:
        return PROFILES[name]
    except KeyError as exc:
        raise ConfigError(
            f"There is no profile called '{name}'.", remedy=f"Choose one of: {', '.join(PROFILES)}."
        ) from exc


def get_encoder(name: str) -> Encoder:
    """Return the name of an encoder, or `auto`; raises ConfigError that names the known ones."""
    known: tuple[Encoder, ...] = ("auto", SOFTWARE, *HARDWARE)
    for encoder in known:
        if encoder == name:
            return encoder
    raise ConfigError(f"VIDEO_ENCODER names '{name}', which is no encoder.", remedy=f"Use one of: {', '.join(known)}.")


def encoder_options(codec: Codec, profile: Profile, fps: int, threads: int = 1) -> dict[str, str]:
    """Return the private options of an encoder; `threads` are those of x264.

    The options of the hardware encoders are UNCONFIRMED: they follow FFmpeg's documentation and have not been
    run on every vendor's chips; that is why each is tried on real frames before it is used.
    """
    common = {"profile": "high", "g": str(fps * KEYFRAME_SECONDS), "bf": str(B_FRAMES)}
    limits = {"maxrate": f"{profile.max_kbit}k", "bufsize": f"{2 * profile.max_kbit}k"}
    quality = str(profile.crf)
    if codec == "libx264":
        # One thread a segment: segments run side by side, and the number of cores must not change the bytes. For
        # small frames x264's fastest arithmetic differs from run to run (measured); the portable one is as fast.
        detail = {"threads": str(threads), "open-gop": "0", "cpu-independent": "1", **profile.tuning}
        joined = ":".join(f"{key}={value}" for key, value in detail.items())
        return common | limits | {"preset": profile.preset, "crf": quality, "x264-params": joined}
    if codec == "h264_nvenc":
        return common | limits | {"preset": "p4", "rc": "vbr", "cq": quality, "b_ref_mode": "disabled"}
    if codec == "h264_qsv":
        return common | limits | {"preset": "medium", "global_quality": quality}
    if codec == "h264_amf":
        return common | limits | {"quality": "balanced", "rc": "qvbr", "qvbr_quality_level": quality}
    return common | {"b": f"{profile.max_kbit // 2}k", "allow_sw": "0"}
