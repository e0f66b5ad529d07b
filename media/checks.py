"""The product's own checks of a finished reel: what a network would refuse and what a viewer would notice.

Every check is a small generator of findings over the facts; a finding names what is wrong, the number that
shows it, and what to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from core.models import Slug, Value
from media.playback import Playback, Span, play
from media.probe import AudioInfo, MediaInfo, VideoInfo, probe
from media.sound import SAMPLE_RATE, TARGET_LUFS
from media.timeline import Timeline

SECONDS = (15, 60)
"""Shortest and longest reel that every network takes and viewers watch."""
LOUDNESS_SLACK_LU = 0.5
HIGHEST_PEAK_DB = -1.0
LENGTH_SLACK = 0.1
"""Seconds by which sound and picture may differ; AAC packets alone are 0.02 s."""
LONGEST_GOP = 2.0
"""Seconds between key frames that players and networks seek well with."""
WORD_SLACK = 0.001
RENDER_AGAIN = "Render the reel again; if it stays, the encoding settings in media/ have changed."


class Finding(Value):
    """Something wrong with a reel: which check, the measure that shows it (number and unit), what to do."""

    name: Slug
    measure: str
    remedy: str


class Report(Value):
    """What the checks found and measured. No findings: the reel passes.

    `measures` are plain facts (names carry their units) for the reel's page and its facts file.
    """

    findings: tuple[Finding, ...]
    measures: dict[str, int | float | str]

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


def inspect(
    reel: Path, timeline: Timeline, *, ffmpeg: Path, time_limit: float, seconds: tuple[float, float] = SECONDS
) -> Report:
    """Check a reel against its timeline, playing it once from end to end.

    `seconds` are the shortest and longest length allowed. Raises BadMedia when the file is no complete MP4,
    MediaError when FFmpeg cannot be run or takes longer than `time_limit` seconds.
    """
    info = probe(reel)
    played = play(reel, info, timeline, ffmpeg=ffmpeg, time_limit=time_limit)
    findings = [*_container(info), *_length(info, seconds), *_playback(played), *_captions(timeline)]
    if info.video is None:
        findings.append(_finding("no-picture", "0 video tracks", RENDER_AGAIN))
    else:
        findings += [*_picture(info.video, timeline), *_coding(info.video)]
    if info.audio is None:
        findings.append(_finding("no-sound", "0 sound tracks", RENDER_AGAIN))
    else:
        findings += [*_sound(info.audio, info.video), *_loudness(played)]
    return Report(findings=tuple(findings), measures=_measures(info, played))


def _container(info: MediaInfo) -> Iterator[Finding]:
    if not info.is_moov_first:
        yield _finding("index-last", "the index (moov) lies after the data", "Write the file with +faststart.")
    if info.edit_lists:
        yield _finding(
            "edit-list", f"{info.edit_lists} edit lists", "Write with +negative_cts_offsets and -use_editlist 0."
        )


def _length(info: MediaInfo, seconds: tuple[float, float]) -> Iterator[Finding]:
    shortest, longest = seconds
    lasts = info.video.seconds if info.video else info.seconds
    if not shortest <= lasts <= longest:
        yield _finding(
            "duration",
            f"{lasts:.2f} s, allowed {shortest:g} to {longest:g} s",
            "Give the brief more facts." if lasts < shortest else "Shorten the brief or the script.",
        )


def _picture(video: VideoInfo, timeline: Timeline) -> Iterator[Finding]:
    if (video.width, video.height) != (timeline.width, timeline.height):
        yield _finding(
            "size", f"{video.width}x{video.height} px, expected {timeline.width}x{timeline.height} px", RENDER_AGAIN
        )
    if not video.has_constant_rate:
        yield _finding("frame-rate", f"frames of different length, {video.fps:.3f} fps on average", RENDER_AGAIN)
    elif abs(video.fps - timeline.fps) > 0.001:
        yield _finding("frame-rate", f"{video.fps:.3f} fps, expected {timeline.fps} fps", RENDER_AGAIN)
    if video.frames != timeline.frames:
        yield _finding("frame-count", f"{video.frames} frames, expected {timeline.frames} frames", RENDER_AGAIN)
    if abs(video.start) > 0.001:
        yield _finding("late-start", f"the picture starts at {video.start:.3f} s", RENDER_AGAIN)


def _coding(video: VideoInfo) -> Iterator[Finding]:
    if (video.codec, video.profile) != ("h264", "High"):
        yield _finding("video-codec", f"{video.codec} {video.profile}, expected h264 High".strip(), RENDER_AGAIN)
    elif video.pixel_format != "yuv420p":
        yield _finding("pixel-format", f"{video.pixel_format}, expected yuv420p", RENDER_AGAIN)
    tags = (video.primaries, video.transfer, video.matrix)
    if tags != ("bt709",) * 3:
        yield _finding(
            "colour-tags",
            f"primaries {tags[0]}, transfer {tags[1]}, matrix {tags[2]}; expected bt709",
            "Tag the frames themselves (setparams); options of the output alone are not enough.",
        )
    if video.full_range is not False:
        said = "unknown range" if video.full_range is None else "full range"
        yield _finding("colour-range", f"{said}, expected limited range", RENDER_AGAIN)
    if video.longest_gop > LONGEST_GOP + 0.001:
        yield _finding("gop", f"{video.longest_gop:.2f} s between key frames, at most {LONGEST_GOP:g} s", RENDER_AGAIN)
    if not video.has_closed_gops:
        yield _finding("open-gop", "frames shown before their key frame follow it", RENDER_AGAIN)


def _sound(audio: AudioInfo, video: VideoInfo | None) -> Iterator[Finding]:
    if (audio.codec, audio.profile) != ("aac", "LC"):
        yield _finding("sound-codec", f"{audio.codec} {audio.profile}, expected aac LC".strip(), RENDER_AGAIN)
    if (audio.sample_rate, audio.channels) != (SAMPLE_RATE, 2):
        yield _finding(
            "sound-format",
            f"{audio.sample_rate} Hz, {audio.channels} channels; expected {SAMPLE_RATE} Hz, 2 channels",
            RENDER_AGAIN,
        )
    if video is not None and abs(audio.seconds - video.seconds) > LENGTH_SLACK:
        yield _finding("sound-length", f"sound {audio.seconds:.2f} s, picture {video.seconds:.2f} s", RENDER_AGAIN)


def _loudness(played: Playback) -> Iterator[Finding]:
    if played.loudness is None:
        return
    integrated, peak = played.loudness.integrated_lufs, played.loudness.true_peak_db
    if abs(integrated - TARGET_LUFS) > LOUDNESS_SLACK_LU + 0.001:
        yield _finding(
            "loudness",
            f"{integrated:.1f} LUFS, expected {TARGET_LUFS:g} LUFS within {LOUDNESS_SLACK_LU} LU",
            "Listen to the voice: one that is very short or very uneven cannot be brought to level.",
        )
    if peak > HIGHEST_PEAK_DB:
        yield _finding("true-peak", f"{peak:.1f} dBTP, at most {HIGHEST_PEAK_DB:g} dBTP", RENDER_AGAIN)


def _playback(played: Playback) -> Iterator[Finding]:
    if played.faults:
        yield _finding("decode", f"{len(played.faults)} decode errors, first: {played.faults[0][:160]}", RENDER_AGAIN)
    if played.black:
        yield _finding("black", _longest(played.black, "black"), "Look at the picture of that scene.")
    if played.frozen:
        yield _finding("frozen", _longest(played.frozen, "without motion"), "Look at the motion of that scene.")
    if played.silent:
        yield _finding("silence", _longest(played.silent, "silent"), "Listen to the lines around it.")


def _captions(timeline: Timeline) -> Iterator[Finding]:
    """Check that words and pages run forwards, one after the other, inside the reel."""
    words = [word for page in timeline.pages for word in page.words]
    times = [(f"“{word.text}”", word.start, word.end) for word in words]
    times += [(f"page {number}", page.start, page.end) for number, page in enumerate(timeline.pages, start=1)]
    remedy = "Make the voice again; its word times cannot be used."
    for name, start, end in times:
        if end < start:
            yield _finding("caption-backwards", f"{name} ends at {end:.3f} s, before its start {start:.3f} s", remedy)
        if end > timeline.seconds + WORD_SLACK:
            yield _finding("caption-outside", f"{name} ends at {end:.3f} s of {timeline.seconds:.3f} s", remedy)
    for before, after in pairwise(words):
        if after.start < before.end - WORD_SLACK:
            overlap = before.end - after.start
            yield _finding(
                "caption-overlap", f"“{after.text}” begins {overlap:.3f} s before “{before.text}” ends", remedy
            )
    for first, second in pairwise(timeline.pages):
        if second.start < first.end - WORD_SLACK:
            yield _finding("page-overlap", f"two pages stand together at {second.start:.3f} s", remedy)


def _measures(info: MediaInfo, played: Playback) -> dict[str, int | float | str]:
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
    return measures


def _longest(spans: tuple[Span, ...], what: str) -> str:
    longest = max(spans, key=lambda span: span.seconds)
    return f"{longest.seconds:.1f} s {what} from {longest.start:.1f} s on"


def _finding(name: str, measure: str, remedy: str) -> Finding:
    return Finding(name=name, measure=measure, remedy=remedy)
