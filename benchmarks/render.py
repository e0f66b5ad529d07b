"""What rendering costs beside the bare encode of the very same frames.

    python -m benchmarks.render [--seconds 30] [--pairs 5] [--profile quality] [--long]

Composes the frames of a reel once into a raw file. Then, in turn: ours, from the source files to a finished
MP4 in a new process with its worker (imports, sound and joining included), and the bare encode, the same x264
with the same options over the raw frames in one go with two threads (its imports and its sound not included);
once also with one thread, which costs less where two cores are halves of one. CPU is that of the whole process
tree, told by the kernel. Then: one caption changed, two renders at once, the
peak memory, VMAF of both files against the raw frames; with --long also 10 s and 180 s. The last line is one
JSON object; ratios are medians over pairs.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil

from benchmarks.render_inputs import make_files, make_timeline, with_changed_caption
from media.encoder import encode
from media.ffmpeg import find_ffmpeg, run_ffmpeg
from media.frames import compose
from media.probe import probe
from media.profiles import SOFTWARE, get_profile
from media.timeline import Timeline

LIMIT = 1800.0
LOOK_SECONDS = 0.05
CAPTIONS = 5
"""How many different captions are changed, one at a time."""
VMAF_EVERY = 5
"""Frames between two that are compared."""


@dataclass(frozen=True)
class Cost:
    """What a run took: CPU and wall seconds, and the most memory of its tree in MiB where it was watched."""

    cpu: float
    wall: float
    peak_mib: float = 0.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--profile", default="quality")
    parser.add_argument("--long", action="store_true", help="also 10 s and 180 s, for linearity")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        print(json.dumps(measure(Path(name), asked.seconds, asked.pairs, asked.profile, long=asked.long)))


def measure(folder: Path, seconds: float, pairs: int, profile: str, *, long: bool) -> dict[str, float | str]:
    """Run everything and return the figures."""
    files = make_files(folder)
    timeline = make_timeline(seconds)
    raw, ours, bare = folder / "frames.yuv", folder / "ours.mp4", folder / "bare.mp4"
    _dump(timeline, files, raw)
    whole, plain, ratios = [], [], []
    for pair in range(pairs):
        one = _render(folder, timeline, ours, profile)
        other = _bare(raw, timeline, bare, profile)
        whole, plain = [*whole, one], [*plain, other]
        ratios.append((one.cpu / other.cpu, one.wall / other.wall))
        load = os.getloadavg()[0]
        print(f"pair {pair + 1}: ours {one.cpu:.1f} s CPU {one.wall:.1f} s wall, bare {other.cpu:.1f} s CPU "
              f"{other.wall:.1f} s wall, ratios {ratios[-1][0]:.3f} {ratios[-1][1]:.3f}, load {load:.1f}")  # fmt: skip
    cpu = statistics.median(cost.cpu for cost in whole)
    figures: dict[str, float | str] = {
        "profile": profile,
        "video_seconds": seconds,
        "cpu_ratio": round(statistics.median(ratio for ratio, _ in ratios), 3),
        "wall_ratio": round(statistics.median(ratio for _, ratio in ratios), 3),
        "cpu_ratio_one_thread": round(cpu / _bare(raw, timeline, bare, profile, threads=1).cpu, 3),
        "cpu_seconds": round(cpu, 2),
        "bare_cpu_seconds": round(statistics.median(cost.cpu for cost in plain), 2),
        "realtime": round(seconds / statistics.median(cost.wall for cost in whole), 2),
        "peak_mib": round(_render(folder, timeline, ours, profile, watch=True).peak_mib, 1),
        **_quality(raw, timeline, ours, bare),
        **_recaption(folder, timeline, profile, cpu),
        "together_ratio": round(_together(folder, timeline, profile) / (2 * cpu), 3),
    }
    raw.unlink()
    return figures | (_linear(folder, profile) if long else {})


def _dump(timeline: Timeline, files: dict[str, Path], raw: Path) -> None:
    with raw.open("wb") as out:
        for frame in compose(timeline, files, ffmpeg=find_ffmpeg()):
            out.write(frame)


def _render(
    folder: Path, timeline: Timeline, out: Path, profile: str, *, watch: bool = False, cache: Path | None = None
) -> Cost:
    """Render in a new process, as a worker's flow does, and return what it cost."""
    request = folder / f"{out.stem}.json"
    request.write_text(timeline.model_dump_json(), encoding="utf-8")
    return _run([str(request), str(folder), str(out), profile, str(cache or "")], watch=watch)


def _bare(raw: Path, timeline: Timeline, out: Path, profile: str, threads: int = 2) -> Cost:
    """Encode the raw frames in this process, and return what that alone cost."""
    frames = np.memmap(raw, dtype=np.uint8, mode="r").reshape(timeline.frames, -1)
    started, cpu = time.monotonic(), time.process_time()
    size = (timeline.width, timeline.height)
    encode(
        (frame.data for frame in frames), out, size=size, fps=timeline.fps, codec=SOFTWARE,
        profile=get_profile(profile), ffmpeg=find_ffmpeg(), threads=threads,
    )  # fmt: skip
    return Cost(time.process_time() - cpu, time.monotonic() - started)


def _run(arguments: list[str], *, watch: bool = False) -> Cost:
    started = time.monotonic()
    child = subprocess.Popen([sys.executable, "-m", "benchmarks.render_once", *arguments])
    peak = _Peak(child.pid) if watch else None
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise SystemExit("the render failed")
    wall = time.monotonic() - started
    return Cost(usage.ru_utime + usage.ru_stime, wall, peak.stop() if peak else 0.0)


class _Peak:
    """Follows the memory of a process and its descendants: shared pages are counted once."""

    def __init__(self, pid: int) -> None:
        self._process, self._most = psutil.Process(pid), 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def stop(self) -> float:
        """Return the peak in MiB."""
        self._ended.set()
        self._thread.join()
        return self._most / 2**20

    def _look(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            now = 0
            try:
                for member in [self._process, *self._process.children(recursive=True)]:
                    now += member.memory_full_info().pss
            except psutil.Error:
                continue
            self._most = max(self._most, now)


def _quality(raw: Path, timeline: Timeline, ours: Path, bare: Path) -> dict[str, float | str]:
    """Compare both files with the raw frames, and their sizes with each other."""
    scores = [_vmaf(path, raw, timeline) for path in (ours, bare)]
    sizes = [_picture_bytes(path) for path in (ours, bare)]
    return {
        "vmaf": round(scores[0], 2),
        "vmaf_loss": round(scores[1] - scores[0], 3),
        "bytes_ratio": round(sizes[0] / sizes[1], 3),
    }


def _picture_bytes(path: Path) -> float:
    video = probe(path).video
    assert video is not None
    return video.bit_rate * video.seconds / 8


def _vmaf(path: Path, raw: Path, timeline: Timeline) -> float:
    """Return VMAF of a file against the raw frames, frame by frame."""
    size = f"{timeline.width}x{timeline.height}"
    log = path.with_suffix(".vmaf.json")
    graph = (
        f"[0:v]settb=1/{timeline.fps},setpts=N[a];[1:v]settb=1/{timeline.fps},setpts=N[b];"
        f"[a][b]libvmaf=n_threads=2:n_subsample={VMAF_EVERY}:log_fmt=json:log_path={log}"
    )
    run_ffmpeg(
        find_ffmpeg(),
        ["-loglevel", "error", "-i", str(path), "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", size,
         "-r", str(timeline.fps), "-i", str(raw), "-lavfi", graph, "-f", "null", "-"],
        time_limit=LIMIT,
    )  # fmt: skip
    return float(json.loads(log.read_text())["pooled_metrics"]["vmaf"]["mean"])


def _recaption(folder: Path, timeline: Timeline, profile: str, full: float) -> dict[str, float | str]:
    """Change one caption after another on a finished reel; each time only that one."""
    cache = folder / "cache"
    _render(folder, timeline, folder / "cached.mp4", profile, cache=cache)
    count = len(timeline.pages)
    numbers = [round((at + 0.5) * count / CAPTIONS) for at in range(CAPTIONS)]
    costs = [
        _render(folder, with_changed_caption(timeline, number), folder / "changed.mp4", profile, cache=cache).cpu
        for number in numbers
    ]
    return {
        "recaption_ratio": round(statistics.median(costs) / full, 3),
        "recaption_worst": round(max(costs) / full, 3),
    }


def _together(folder: Path, timeline: Timeline, profile: str) -> float:
    """Return the CPU seconds of two renders at once."""
    costs: list[Cost] = []
    threads = [
        threading.Thread(target=lambda out=out: costs.append(_render(folder, timeline, out, profile)))
        for out in (folder / "left.mp4", folder / "right.mp4")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(cost.cpu for cost in costs)


def _linear(folder: Path, profile: str) -> dict[str, float | str]:
    """Compare CPU per second of video and peak memory of a short and a long reel."""
    short, long = (
        _render(folder, make_timeline(seconds), folder / "length.mp4", profile, watch=True) for seconds in (10, 180)
    )
    return {
        "long_to_short_cpu": round(long.cpu / 180 / (short.cpu / 10), 3),
        "long_to_short_peak": round(long.peak_mib / short.peak_mib, 3),
        "peak_mib_180": round(long.peak_mib, 1),
    }


if __name__ == "__main__":
    main()
