"""The product's own checks of a finished reel: what a network would refuse and what a viewer would notice.

Every check is a small generator of findings over the facts; a finding names what is wrong, the number that
shows it, and what to do. Here is how they come together, and those that need no more than the index of the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from core.models import Value
from media.drawn_captions import check_writing
from media.drift import Drift, check_drift, measure_drift
from media.findings import RENDER_AGAIN, Finding, finding
from media.likeness import Fingerprint, check_likeness, fingerprint
from media.moments import all_moments
from media.picture_checks import check_pictures
from media.playback import Playback, play
from media.probe import MediaInfo, VideoInfo, probe
from media.sound_checks import check_sound, check_sound_format
from media.timeline import Timeline
from media.word_checks import check_words

SECONDS = (15, 60)
"""Shortest and longest reel that every network takes and viewers watch."""
LONGEST_GOP = 2.0
"""Seconds between key frames that players and networks seek well with."""
NO_REELS: Mapping[str, Fingerprint] = MappingProxyType({})


class Report(Value):
    """What the checks found and measured. No findings: the reel passes.

    `measures` are plain facts (names carry their units) for the reel's page and its facts file. `fingerprint` is
    to be kept, so that later reels can be compared with this one.
    """

    findings: tuple[Finding, ...]
    measures: dict[str, int | float | str]
    fingerprint: Fingerprint = Fingerprint()

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


def inspect(
    reel: Path,
    timeline: Timeline,
    *,
    ffmpeg: Path,
    time_limit: float,
    seconds: tuple[float, float] = SECONDS,
    earlier: Mapping[str, Fingerprint] = NO_REELS,
) -> Report:
    """Check a reel against its timeline, playing it once from end to end.

    `seconds` are the shortest and longest length allowed, `earlier` the fingerprints of other reels by the names
    under which a person finds them. Raises BadMedia when the file is no complete MP4, MediaError when FFmpeg cannot
    be run or takes longer than `time_limit` seconds.
    """
    info = probe(reel)
    played = play(reel, info, all_moments(timeline), ffmpeg=ffmpeg, time_limit=time_limit)
    drift, own = measure_drift(played.sound, timeline), fingerprint(played.small, timeline.fps)
    findings = [*_container(info), *_length(info, seconds), *_index(info, timeline), *check_words(timeline)]
    if played.faults:
        first = played.faults[0][:160]
        findings.append(finding("decode", f"{len(played.faults)} decode errors, first: {first}", RENDER_AGAIN))
    else:
        findings += [*check_sound(played), *check_drift(drift), *check_likeness(own, earlier)]
        if info.video is not None:
            findings += [*check_pictures(played, timeline), *check_writing(played.stills, timeline)]
    return Report(findings=tuple(findings), measures=_measures(info, played, drift), fingerprint=own)


def _index(info: MediaInfo, timeline: Timeline) -> Iterator[Finding]:
    if info.video is None:
        yield finding("no-picture", "0 video tracks", RENDER_AGAIN)
    else:
        yield from _picture(info.video, timeline)
        yield from _coding(info.video)
    if info.audio is None:
        yield finding("no-sound", "0 sound tracks", RENDER_AGAIN)
    else:
        yield from check_sound_format(info.audio, info.video)


def _container(info: MediaInfo) -> Iterator[Finding]:
    if not info.is_moov_first:
        yield finding("index-last", "the index (moov) lies after the data", "Write the file with +faststart.")
    if info.edit_lists:
        yield finding(
            "edit-list", f"{info.edit_lists} edit lists", "Write with +negative_cts_offsets and -use_editlist 0."
        )


def _length(info: MediaInfo, seconds: tuple[float, float]) -> Iterator[Finding]:
    shortest, longest = seconds
    lasts = info.video.seconds if info.video else info.seconds
    if not shortest <= lasts <= longest:
        yield finding(
            "duration",
            f"{lasts:.2f} s, allowed {shortest:g} to {longest:g} s",
            "Give the brief more facts." if lasts < shortest else "Shorten the brief or the script.",
        )


def _picture(video: VideoInfo, timeline: Timeline) -> Iterator[Finding]:
    if (video.width, video.height) != (timeline.width, timeline.height):
        yield finding(
            "size", f"{video.width}x{video.height} px, expected {timeline.width}x{timeline.height} px", RENDER_AGAIN
        )
    if not video.has_constant_rate:
        yield finding("frame-rate", f"frames of different length, {video.fps:.3f} fps on average", RENDER_AGAIN)
    elif abs(video.fps - timeline.fps) > 0.001:
        yield finding("frame-rate", f"{video.fps:.3f} fps, expected {timeline.fps} fps", RENDER_AGAIN)
    if video.frames != timeline.frames:
        yield finding("frame-count", f"{video.frames} frames, expected {timeline.frames} frames", RENDER_AGAIN)
    if abs(video.start) > 0.001:
        yield finding("late-start", f"the picture starts at {video.start:.3f} s", RENDER_AGAIN)


def _coding(video: VideoInfo) -> Iterator[Finding]:
    if (video.codec, video.profile) != ("h264", "High"):
        yield finding("video-codec", f"{video.codec} {video.profile}, expected h264 High".strip(), RENDER_AGAIN)
    elif video.pixel_format != "yuv420p":
        yield finding("pixel-format", f"{video.pixel_format}, expected yuv420p", RENDER_AGAIN)
    tags = (video.primaries, video.transfer, video.matrix)
    if tags != ("bt709",) * 3:
        yield finding(
            "colour-tags",
            f"primaries {tags[0]}, transfer {tags[1]}, matrix {tags[2]}; expected bt709",
            "Tag the frames themselves (setparams); options of the output alone are not enough.",
        )
    if video.full_range is not False:
        said = "unknown range" if video.full_range is None else "full range"
        yield finding("colour-range", f"{said}, expected limited range", RENDER_AGAIN)
    if video.longest_gop > LONGEST_GOP + 0.001:
        yield finding("gop", f"{video.longest_gop:.2f} s between key frames, at most {LONGEST_GOP:g} s", RENDER_AGAIN)
    if not video.has_closed_gops:
        yield finding("open-gop", "frames shown before their key frame follow it", RENDER_AGAIN)


def _measures(info: MediaInfo, played: Playback, drift: Drift | None) -> dict[str, int | float | str]:
    measures: dict[str, int | float | str] = {"file_bytes": info.bytes, "decode_errors": len(played.faults)}
    if info.video is not None:
        video = info.video
        measures |= {
            "video_codec": f"{video.codec} {video.profile}".strip(),
            "size_px": f"{video.width}x{video.height}",
            "frames": video.frames,
            "fps": round(video.fps, 3),
            "seconds": round(video.seconds, 3),
            "video_kbit_per_second": round(video.bit_rate / 1000),
            "longest_gop_seconds": round(video.longest_gop, 3),
        }
    if info.audio is not None:
        audio = info.audio
        measures |= {
            "sound_codec": f"{audio.codec} {audio.profile}".strip(),
            "sound_seconds": round(audio.seconds, 3),
            "sound_kbit_per_second": round(audio.bit_rate / 1000),
        }
    if played.loudness is not None:
        measures |= {
            "loudness_lufs": played.loudness.integrated_lufs,
            "true_peak_dbtp": played.loudness.true_peak_db,
            "loudness_range_lu": played.loudness.range_lu,
        }
    if drift is not None:
        measures |= {
            "voice_after_captions_ms": round(drift.median * 1000),
            "voice_after_captions_95th_percentile_ms": round(drift.percentile_95 * 1000),
        }
    return measures
