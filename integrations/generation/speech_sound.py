"""From a voice's raw samples to the file of a spoken line: trimmed, at an even level, 16-bit mono WAV."""

from __future__ import annotations

import errno
import shutil
import subprocess
import wave
from pathlib import Path

import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError, DiskFull, MediaError, MissingPart, StorageError

Samples = NDArray[np.float32]

LEAD_SECONDS = 0.04
TAIL_SECONDS = 0.08
LEVEL = 10 ** (-20 / 20)
"""RMS of the spoken parts, of full scale: -20 dBFS leaves a voice its peaks."""
PEAK = 10 ** (-1.5 / 20)
_FRAME_SECONDS = 0.01
_FADE_SECONDS = 0.005


def frame_levels(samples: Samples, rate: int, seconds: float = _FRAME_SECONDS) -> NDArray[np.float64]:
    """Return the RMS of each frame of `seconds`, of full scale."""
    length = max(1, round(rate * seconds))
    frames = np.pad(samples, (0, -len(samples) % length)).reshape(-1, length)
    return np.asarray(np.sqrt(np.mean(np.square(frames, dtype=np.float64), axis=1)))


def loud_frames(levels: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the numbers of the frames that are heard: within 40 dB of the loudest tenth."""
    loudest = float(np.quantile(levels, 0.9)) if len(levels) else 0.0
    return np.flatnonzero(levels > max(loudest * 0.01, 1e-4))


def trimmed(samples: Samples, rate: int) -> tuple[Samples, float]:
    """Cut the silence at both ends down to 40 and 80 ms; return the samples and the seconds cut at the start."""
    heard = loud_frames(frame_levels(samples, rate))
    if not len(heard):
        raise MediaError("The voice made no sound.", remedy="Change the line, or choose another voice.")
    step = round(rate * _FRAME_SECONDS)
    first = max(0, int(heard[0]) * step - round(rate * LEAD_SECONDS))
    last = min(len(samples), (int(heard[-1]) + 1) * step + round(rate * TAIL_SECONDS))
    cut = samples[first:last].copy()
    fade = np.linspace(0, 1, round(rate * _FADE_SECONDS), dtype=np.float32)
    cut[: len(fade)] *= fade
    cut[-len(fade) :] *= fade[::-1]
    return cut, first / rate


def without_silence(samples: Samples, rate: int) -> Samples:
    """Cut all silence at both ends; what is silent throughout becomes one frame of silence."""
    heard = loud_frames(frame_levels(samples, rate))
    step = round(rate * _FRAME_SECONDS)
    if not len(heard):
        return np.zeros(step, np.float32)
    return samples[int(heard[0]) * step : (int(heard[-1]) + 1) * step]


def levelled(samples: Samples, rate: int) -> Samples:
    """Bring the spoken parts to the level, never past the peak."""
    levels = frame_levels(samples, rate)
    heard = levels[loud_frames(levels)]
    loudness = float(np.sqrt(np.mean(heard**2)))
    return samples * np.float32(min(LEVEL / loudness, PEAK / float(np.abs(samples).max())))


def filtered(samples: Samples, rate: int, filters: str, ffmpeg: Path, *, new_rate: int | None = None) -> Samples:
    """Run mono samples through FFmpeg audio filters; the result has the same length in seconds."""
    raw = ["-f", "f32le", "-ac", "1"]
    command = [str(ffmpeg), "-hide_banner", "-loglevel", "error", "-nostats", *raw, "-ar", str(rate), "-i", "pipe:0"]
    command += ["-af", filters, *raw, "-ar", str(new_rate or rate), "pipe:1"]
    try:
        done = subprocess.run(command, input=samples.tobytes(), capture_output=True, timeout=60, check=False)
    except subprocess.TimeoutExpired as exc:
        raise MediaError("FFmpeg took longer than 60 s over a spoken line.", command=command) from exc
    except OSError as exc:
        raise MissingPart(f"FFmpeg could not be started ({exc.strerror}).") from exc
    if done.returncode:
        raise MediaError(
            "FFmpeg could not filter a spoken line.",
            command=command,
            exit_code=done.returncode,
            last_lines=done.stderr.decode(errors="replace"),
        )
    result = np.frombuffer(done.stdout, dtype="<f4").astype(np.float32)
    length = round(len(samples) / rate * (new_rate or rate))
    return np.pad(result, (0, max(0, length - len(result))))[:length]


def find_ffmpeg(configured: Path | None) -> Path:
    """Return the configured FFmpeg, else the one from the packages. Raises ConfigError or MissingPart."""
    if configured is not None:
        found = shutil.which(str(configured))
        if not found:
            raise ConfigError(f"FFMPEG_BINARY points at {configured}, which is no program.")
        return Path(found)
    try:
        return Path(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as exc:
        raise MissingPart("No FFmpeg was found.", remedy="Run `make setup`, or set FFMPEG_BINARY.") from exc


def write_wav(path: Path, samples: NDArray[np.float32], rate: int) -> None:
    """Write samples in [-1, 1], shape (n,) or (n, channels), as 16-bit WAV; the name appears when it is whole."""
    data = np.round(np.clip(samples, -1, 1) * 32767).astype("<i2")
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with wave.open(str(part), "wb") as file:
            file.setnchannels(1 if data.ndim == 1 else data.shape[1])
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes(data.tobytes())
        part.replace(path)
    except OSError as exc:
        if exc.errno == errno.ENOSPC:
            raise DiskFull(f"No space left for {path.name}.") from exc
        raise StorageError(f"{path} could not be written ({exc.strerror}).") from exc
    finally:
        part.unlink(missing_ok=True)
