"""From the audio file of an outside service to the file of a spoken line, as the embedded voices leave it.

Any format is decoded to 48 kHz mono by a separate FFmpeg, trimmed and levelled like every other line. Where the
service tells no word times they are guessed: phrases are laid on the stretches that sound, words share them out.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from core.errors import MediaError, MissingPart, UnexpectedReply
from core.models import Language, Made, Speech
from core.speaking_rate import ONSET, spoken_seconds
from integrations.generation.nanotts import split_phrases
from integrations.generation.speech_sound import (
    Samples,
    find_ffmpeg,
    frame_levels,
    levelled,
    loud_frames,
    trimmed,
    write_wav,
)
from integrations.generation.spoken import spoken_forms
from integrations.generation.word_alignment import shared_out
from integrations.generation.word_times import words_of

RATE = 48_000

DECODE_SECONDS_LIMIT = 60
LONGEST_SECONDS = 600
"""What lies beyond is not decoded: a line is a few seconds, and ten minutes of samples are 115 MB."""

FRAME_SECONDS = 0.01
PAUSE_SECONDS = 0.15
"""Silence inside a line from this length on is a pause between phrases; stops within words are shorter."""

LEAST_WEIGHT = 0.05
"""Seconds that even a word of one letter takes its share by."""


def speech_from(
    raw: Path,
    text: str,
    language: Language,
    workspace: Path,
    *,
    service: str,
    times: Sequence[tuple[float, float]] | None = None,
    model: str = "",
    seed: int | None = None,
) -> Made:
    """Turn the audio of a service into `workspace/speech.wav` (16-bit mono, 48 kHz) and the `Speech` of `text`.

    `times` holds start and end in seconds of the raw audio for each whitespace-separated word of `text`; None has
    them guessed. Raises UnexpectedReply when the file is no audio or silent, ValueError when there is not one time
    for each word.
    """
    shown = text.split()
    if times is not None and len(times) != len(shown):
        raise ValueError(f"{len(times)} times for {len(shown)} words")
    try:
        samples, cut = trimmed(decoded(raw, service), RATE)
    except MediaError as exc:
        raise UnexpectedReply("The audio is silent.", service=service) from exc
    samples = levelled(samples, RATE)
    seconds = len(samples) / RATE
    if times is None:
        spoken = spoken_forms(text, language)
        words = words_of(shown, spoken, guessed_times(samples, RATE, spoken, language), seconds)
    else:
        words = words_of(shown, shown, [(max(0.0, start - cut), max(0.0, end - cut)) for start, end in times], seconds)
    path = workspace / "speech.wav"
    write_wav(path, samples, RATE)
    speech = Speech(seconds=round(seconds, 3), words=words, timing="proportional" if times is None else "voice")
    return Made(files={"speech": path}, result=speech.model_dump(mode="json"), model=model, seed=seed)


def decoded(raw: Path, service: str) -> Samples:
    """Return the first audio track of a file as 48 kHz mono samples.

    Raises UnexpectedReply when it holds none, MissingPart without FFmpeg.
    """
    # Only plain files may be opened: a playlist handed over as audio must not make FFmpeg call addresses.
    command = [str(find_ffmpeg(None)), "-nostdin", "-hide_banner", "-loglevel", "error", "-protocol_whitelist", "file"]
    command += ["-i", f"file:{raw}", "-map", "0:a:0", "-t", str(LONGEST_SECONDS)]
    command += ["-f", "f32le", "-ac", "1", "-ar", str(RATE), "pipe:1"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=DECODE_SECONDS_LIMIT, check=False)
    except subprocess.TimeoutExpired as exc:
        raise UnexpectedReply(
            f"The audio could not be decoded within {DECODE_SECONDS_LIMIT} s.", service=service
        ) from exc
    except OSError as exc:
        raise MissingPart(f"FFmpeg could not be started ({exc.strerror}).") from exc
    if done.returncode or not done.stdout:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise UnexpectedReply("What came is no audio.", service=service, detail=said[-1] if said else "")
    return np.frombuffer(done.stdout, dtype="<f4").astype(np.float32)


def guessed_times(samples: Samples, rate: int, spoken: Sequence[str], language: Language) -> list[tuple[float, float]]:
    """Guess start and end in seconds of each word that is spoken: of each form that is not empty.

    Words share a phrase by the time they usually take. Phrases are known when the audio pauses as often as the
    text does; otherwise the whole line is one.
    """
    phrases = [phrase.words for phrase in split_phrases([form for form in spoken if form])]
    stretches = sounding(samples, rate)
    if len(stretches) != len(phrases):
        phrases = [tuple(word for phrase in phrases for word in phrase)]
        stretches = [(stretches[0][0], stretches[-1][1])]
    times: list[tuple[float, float]] = []
    for words, (start, end) in zip(phrases, stretches, strict=True):
        weights = [max(LEAST_WEIGHT, spoken_seconds(word, language) - ONSET) for word in words]
        times += [(start + first, start + last) for first, last in shared_out(end - start, weights)] if words else []
    return times


def sounding(samples: Samples, rate: int) -> list[tuple[float, float]]:
    """Return start and end in seconds of each stretch of sound between two pauses, at least one."""
    heard = loud_frames(frame_levels(samples, rate, FRAME_SECONDS))
    pauses = [(a, b) for a, b in pairwise(heard) if (b - a - 1) * FRAME_SECONDS >= PAUSE_SECONDS]
    starts = [heard[0], *(after for _, after in pauses)]
    ends = [*(before for before, _ in pauses), heard[-1]]
    return [(float(a) * FRAME_SECONDS, float(b + 1) * FRAME_SECONDS) for a, b in zip(starts, ends, strict=True)]
