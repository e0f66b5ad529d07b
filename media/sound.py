"""The sound of a reel: voice first, music that makes room for it, one loudness for all networks.

1. Every line and the music are measured, so that no maker's level matters.
2. Each line is put at its sample, levelled, cleaned and gently compressed; the music is looped, trimmed and
   ducked under the voice; both are mixed.
3. One static gain and a limiter bring the mix to its loudness. The limiter takes a little, so the result is
   measured and the gain corrected. Nothing rides the level (`loudnorm` in one pass pumps).
"""

from __future__ import annotations

import re
import statistics
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import ffmpeg as graph

from core.errors import BadMedia, MediaError
from media.ffmpeg import run_ffmpeg
from media.loudness import Loudness, Stream, arguments, blame_input, meter, read_meter
from media.timeline import Timeline

SAMPLE_RATE = 48_000
"""Samples per second of the finished sound; every network takes it."""
TARGET_LUFS = -14.0
"""YouTube's reference, and at most a small turn-down elsewhere."""
CEILING_DB = -1.8
"""Highest true peak of the WAV: AAC adds up to half a decibel and more, and the reel must stay under -1 dBTP."""
LIMITER_RATE = 4 * SAMPLE_RATE
"""The limiter works on this oversampled sound, where peaks between the samples can be seen."""

VOICE_LUFS = -20.0
"""Level of every line before compression; thresholds below are chosen for it."""
LEVELLING_DB = 6.0
"""No line is moved further than this from what the others are moved by, so that a whisper stays one."""
MUSIC_FADE_IN, MUSIC_FADE_OUT = 0.05, 0.6
"""Seconds of the fades of the music."""
END_FADE = 0.02
"""Seconds at the end of everything, so that a cut-off sound does not click."""
DUCKING = {"threshold": 0.045, "ratio": 8, "attack": 15, "release": 350, "knee": 4, "detection": "rms"}
"""Takes about 8 dB from the music while a voice at VOICE_LUFS speaks. Attack and release are milliseconds."""
COMPRESSION = {"threshold": 0.125, "ratio": 2.5, "attack": 8, "release": 160, "knee": 4, "makeup": 1.7}
"""Takes some 5 dB from what is loud and gives them back to all, so that the voice stays at VOICE_LUFS."""
CLOSE_ENOUGH_LU = 0.05
CORRECTIONS = 2


def samples(timeline: Timeline) -> int:
    """Return the exact length of a reel's sound in samples."""
    return round(timeline.frames * SAMPLE_RATE / timeline.fps)


def mix(timeline: Timeline, files: Mapping[str, Path], out: Path, *, ffmpeg: Path, time_limit: float) -> Loudness:
    """Write the finished sound of a reel as a 48 kHz stereo 16-bit WAV and return its loudness.

    It is exactly as long as the frames, at -14 LUFS, with true peaks at or below -1.8 dBTP where the sound allows
    (the reel's checks hold what does not). `files` says where each file of the timeline lies. Raises BadMedia
    for a line that is silent, missing or unreadable, and MediaError when FFmpeg fails or takes longer than
    `time_limit` seconds a step.
    """
    for sha in [*_spoken(timeline), *([timeline.music.audio] if timeline.music else [])]:
        if sha not in files:
            raise BadMedia(f"The sound {sha[:12]} of the timeline was not handed over.")
    gains = _level(timeline, files, ffmpeg, time_limit)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".sound-") as folder:
        raw, master = Path(folder, "raw.wav"), Path(folder, "master.wav")
        said = run_ffmpeg(ffmpeg, mix_graph(timeline, files, gains, raw), time_limit=time_limit)
        gain = TARGET_LUFS - read_meter(said, "mix").integrated_lufs
        for _ in range(1 + CORRECTIONS):
            said = run_ffmpeg(ffmpeg, master_graph(raw, gain, samples(timeline), master), time_limit=time_limit)
            loudness = read_meter(said, "master")
            if abs(TARGET_LUFS - loudness.integrated_lufs) <= CLOSE_ENOUGH_LU:
                break
            gain += TARGET_LUFS - loudness.integrated_lufs
        master.replace(out)
    return loudness


def level_graph(timeline: Timeline, files: Mapping[str, Path]) -> list[str]:
    """Return FFmpeg's arguments that measure every spoken file (`line0`, ...) and the music (`music`)."""
    outputs = []
    for number, sha in enumerate(_spoken(timeline)):
        line = meter(_clean(_open(files[sha])), f"line{number}")
        line = line.filter(f"astats@peak{number}", measure_overall="Peak_level", measure_perchannel="none")
        outputs.append(graph.output(line, "-", format="null"))
    if timeline.music is not None:
        music = _open(files[timeline.music.audio]).filter("atrim", end=timeline.seconds)
        outputs.append(graph.output(meter(music, "music"), "-", format="null"))
    return arguments(graph.merge_outputs(*outputs))


def mix_graph(timeline: Timeline, files: Mapping[str, Path], gains: Mapping[str, float], out: Path) -> list[str]:
    """Return FFmpeg's arguments that mix the reel into a float WAV past the meter `mix`.

    `gains` says for each file of speech and music by how many dB it is turned up.
    """
    taps = {sha: _clean(_open(files[sha])).asplit() for sha in _spoken(timeline)}
    said_before: Counter[str] = Counter()  # a label can feed one filter only, and a line may be said twice
    lines = []
    for clip in timeline.speech:
        tap = taps[clip.audio][said_before[clip.audio]]
        lines.append(_place(tap, clip.start, gains[clip.audio]))
        said_before[clip.audio] += 1
    voice = lines[0] if len(lines) == 1 else _sum(lines)
    voice = voice.filter("acompressor", **COMPRESSION).filter("aformat", channel_layouts="stereo")
    voice = _cut(voice, samples(timeline))
    if timeline.music is not None:
        split = voice.asplit()
        music = _bed(timeline, files[timeline.music.audio], gains[timeline.music.audio])
        ducked = graph.filter([music, split[1]], "sidechaincompress", **DUCKING)
        voice = _sum([split[0], ducked])
    mixed = voice.filter("afade", type="out", start_time=timeline.seconds - END_FADE, duration=END_FADE)
    return arguments(_wave(meter(mixed, "mix"), out, "pcm_f32le"))


def master_graph(mixed: Path, gain_db: float, length: int, out: Path) -> list[str]:
    """Return FFmpeg's arguments that raise the mix, limit its true peaks and measure it as `master`."""
    sound = _open(mixed).filter("volume", f"{gain_db:.4f}dB", precision="float")
    sound = sound.filter("aresample", LIMITER_RATE)
    limit = 10 ** (CEILING_DB / 20)
    # Automatic make-up off; the delay of the look-ahead is taken out again.
    sound = sound.filter("alimiter", limit=f"{limit:.6f}", attack=5, release=60, level=0, latency=1)
    sound = _cut(sound.filter("aresample", SAMPLE_RATE), length)
    return arguments(_wave(meter(sound, "master"), out, "pcm_s16le"))


def _level(timeline: Timeline, files: Mapping[str, Path], ffmpeg: Path, time_limit: float) -> dict[str, float]:
    """Return the gain in dB of every file of speech and of the music."""
    try:
        said = run_ffmpeg(ffmpeg, level_graph(timeline, files), time_limit=time_limit)
    except MediaError as exc:
        raise blame_input(exc, "One of the sounds of the reel") from exc
    wanted = {sha: _wanted_gain(said, number, sha) for number, sha in enumerate(_spoken(timeline))}
    usual = statistics.median([gain for gain in wanted.values() if gain is not None] or [0.0])
    low, high = usual - LEVELLING_DB, usual + LEVELLING_DB
    gains = {sha: usual if gain is None else min(max(gain, low), high) for sha, gain in wanted.items()}
    if timeline.music is not None:
        music = read_meter(said, "music")
        level = VOICE_LUFS + timeline.music.gain_db
        gains[timeline.music.audio] = 0.0 if music.is_silent else level - music.integrated_lufs
    return gains


def _wanted_gain(said: str, number: int, sha: str) -> float | None:
    """Return what brings a line to VOICE_LUFS, None if it is too short to be measured (under 0.4 s)."""
    peak = re.search(rf"\[astats@peak{number} @ [^\n]*Peak level dB: +(\S+)", said)
    loudness = read_meter(said, f"line{number}")
    if peak is None or peak[1] in ("-inf", "nan") or float(peak[1]) < -60:
        raise BadMedia(
            f"The spoken line {sha[:12]} is silent.",
            remedy="Make the line again, with another voice if need be, then rerun from the voice step.",
        )
    return None if loudness.is_silent else VOICE_LUFS - loudness.integrated_lufs


def _spoken(timeline: Timeline) -> list[str]:
    """Return the files of speech, each once, in the order they are first heard."""
    return list(dict.fromkeys(clip.audio for clip in timeline.speech))


def _open(path: Path) -> Stream:
    return graph.input(str(path), protocol_whitelist="file").audio


def _clean(line: Stream) -> Stream:
    """Return a voice as mono 48 kHz float without rumble."""
    line = line.filter("aresample", SAMPLE_RATE).filter("aformat", sample_fmts="fltp", channel_layouts="mono")
    return line.filter("highpass", f=80)


def _place(line: Stream, start: float, gain_db: float) -> Stream:
    line = line.filter("volume", f"{gain_db:.4f}dB", precision="float")
    return line.filter("adelay", f"{round(start * SAMPLE_RATE)}S", all=1)


def _bed(timeline: Timeline, path: Path, gain_db: float) -> Stream:
    """Return the music as stereo, looped or cut to the reel's length, faded and at its level."""
    music = _open(path).filter("aresample", SAMPLE_RATE)
    music = music.filter("aformat", sample_fmts="fltp", channel_layouts="stereo")
    music = music.filter("aloop", loop=-1, size=samples(timeline))
    music = music.filter("volume", f"{gain_db:.4f}dB", precision="float")
    music = _cut(music, samples(timeline)).filter("afade", type="in", duration=MUSIC_FADE_IN)
    start = max(0.0, timeline.seconds - MUSIC_FADE_OUT)
    return music.filter("afade", type="out", start_time=start, duration=MUSIC_FADE_OUT)


def _sum(streams: list[Stream]) -> Stream:
    # Without normalize=0 every input would be turned down by 6 dB.
    return graph.filter(streams, "amix", inputs=len(streams), duration="longest", normalize=0, dropout_transition=0)


def _cut(sound: Stream, length: int) -> Stream:
    return sound.filter("apad", whole_len=length).filter("atrim", end_sample=length)


def _wave(sound: Stream, out: Path, codec: str) -> Stream:
    """Write stereo WAV without the name of the encoder, so that equal sound is equal bytes."""
    return graph.output(
        sound, str(out), acodec=codec, ar=SAMPLE_RATE, ac=2, format="wav", fflags="+bitexact", map_metadata=-1
    )
