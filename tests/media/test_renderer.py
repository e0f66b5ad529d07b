"""What the renderer keeps, what it survives, and what it does without."""

import os
import subprocess
import sys
import textwrap
import threading
import time
from itertools import repeat
from pathlib import Path

import av
import numpy as np
import psutil
import pytest

from core.errors import BadMedia, DiskFull, MediaError
from media import render as module
from media.encoder import encode, pipe_arguments
from media.ffmpeg import find_ffmpeg
from media.probe import probe
from media.profiles import LEAN, PREVIEW, QUALITY, encoder_options
from media.render import Renderer, join_arguments
from media.shelf import Shelf
from media.worker import Said, Worker
from tests.media.reels import make_material, small_reel

FFMPEG = find_ffmpeg()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return make_material(tmp_path_factory.mktemp("material"))


@pytest.fixture(scope="module")
def warm():
    """One worker for all tests that need no other."""
    with Renderer(ffmpeg=FFMPEG) as renderer:
        yield renderer


def made(renderer, timeline, files, out, **changes):
    renderer.render(timeline, files, out, **{"progress": lambda share: None, "time_limit": 120.0} | changes)
    return out


def with_another_word(timeline):
    page = timeline.pages[2]
    words = (page.words[0].model_copy(update={"text": "Five"}), *page.words[1:])
    pages = (*timeline.pages[:2], page.model_copy(update={"words": words}), *timeline.pages[3:])
    return timeline.model_copy(update={"pages": pages})


def test_a_worker_renders_one_reel_after_the_other(warm, files, tmp_path):
    first = made(warm, small_reel(), files, tmp_path / "first.mp4").read_bytes()
    made(warm, small_reel(watermark=None), files, tmp_path / "other.mp4")

    assert made(warm, small_reel(), files, tmp_path / "again.mp4").read_bytes() == first
    assert (tmp_path / "other.mp4").read_bytes() != first


def test_the_number_of_cores_does_not_change_the_bytes(warm, files, tmp_path):
    with Renderer(ffmpeg=FFMPEG, threads=1) as alone, Renderer(ffmpeg=FFMPEG, threads=4) as four:
        reels = {made(each, small_reel(), files, tmp_path / "reel.mp4").read_bytes() for each in (alone, four)}

    assert len(reels) == 1


def test_only_what_changed_is_made_again(files, tmp_path):
    shelf = tmp_path / "shelf"
    with Renderer(ffmpeg=FFMPEG, cache=shelf) as renderer:
        made(renderer, small_reel(), files, tmp_path / "reel.mp4")
        before = {path.name for path in shelf.iterdir()}
        made(renderer, with_another_word(small_reel()), files, tmp_path / "changed.mp4")
        fresh = {path.name for path in shelf.iterdir()} - before

    assert 1 <= len(fresh) <= 2 < len(before)
    assert all(name.endswith(".mp4") for name in fresh)
    with Renderer(ffmpeg=FFMPEG) as renderer:
        clean = made(renderer, with_another_word(small_reel()), files, tmp_path / "clean.mp4")
    assert (tmp_path / "changed.mp4").read_bytes() == clean.read_bytes()


def test_a_reel_that_is_all_there_is_only_joined(files, tmp_path, monkeypatch):
    with Renderer(ffmpeg=FFMPEG, cache=tmp_path / "shelf") as renderer:
        reel = made(renderer, small_reel(), files, tmp_path / "reel.mp4").read_bytes()
    monkeypatch.setattr(module, "Worker", None)
    monkeypatch.setattr(module, "encode_sound", None)

    with Renderer(ffmpeg=FFMPEG, cache=tmp_path / "shelf") as renderer:
        assert made(renderer, small_reel(), files, tmp_path / "again.mp4").read_bytes() == reel


def test_a_killed_render_leaves_no_reel_and_goes_on_where_it_stopped(files, tmp_path):
    shelf = tmp_path / "shelf"

    before = psutil.Process().children()

    def kill(share):
        if len(list(shelf.glob("*.mp4"))) >= 1:
            for child in psutil.Process().children():
                if child not in before:
                    child.kill()

    with Renderer(ffmpeg=FFMPEG, cache=shelf, threads=1) as renderer:
        with pytest.raises(MediaError, match="ended from outside") as raised:
            made(renderer, small_reel(), files, tmp_path / "reel.mp4", progress=kill)
        kept = {path: path.stat().st_ino for path in shelf.glob("*.mp4")}
        assert "memory" in raised.value.remedy
        assert [path.name for path in tmp_path.iterdir()] == ["shelf"]
        made(renderer, small_reel(), files, tmp_path / "reel.mp4")

    assert kept
    assert all(path.stat().st_ino == inode for path, inode in kept.items())


def test_the_worker_does_not_outlive_a_killed_parent(files, tmp_path):
    program = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from media.worker import Said, Worker
        worker = Worker().__enter__()
        print(worker._process.pid, flush=True)
        sys.stdin.read()
        """
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    worker = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()

    assert psutil.wait_procs([worker], timeout=20)[1] == []


def test_a_worker_that_died_while_it_waited_is_replaced(files, tmp_path):
    with Renderer(ffmpeg=FFMPEG) as renderer:
        before = set(psutil.Process().children())
        first = made(renderer, small_reel(), files, tmp_path / "first.mp4").read_bytes()
        for worker in set(psutil.Process().children()) - before:
            worker.kill()
            worker.wait()

        assert made(renderer, small_reel(), files, tmp_path / "second.mp4").read_bytes() == first


def test_the_time_limit_ends_the_worker(files, tmp_path):
    before, long = psutil.Process().children(), small_reel(width=1080, height=1920)
    with Renderer(ffmpeg=FFMPEG) as renderer:
        with pytest.raises(MediaError, match="stopped after"):
            made(renderer, long, files, tmp_path / "reel.mp4", time_limit=1.5)

        assert psutil.Process().children() == before
    assert list(tmp_path.iterdir()) == []


def test_a_render_that_wants_too_much_memory_says_so(files, tmp_path):
    with Renderer(ffmpeg=FFMPEG, memory_mib=60) as renderer, pytest.raises(MediaError) as raised:
        made(renderer, small_reel(width=1080, height=1920), files, tmp_path / "reel.mp4")

    assert "memory" in str(raised.value).lower()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_called_so():
    noise = memoryview(np.random.default_rng(0).integers(0, 255, 216 * 384 * 3 // 2, dtype=np.uint8))

    with pytest.raises(DiskFull):
        encode(
            repeat(noise, 30), Path("/dev/full"), size=(216, 384), fps=30, codec="libx264", profile=QUALITY,
            ffmpeg=FFMPEG,
        )  # fmt: skip


def test_a_damaged_segment_is_thrown_away_and_made_again(files, tmp_path):
    shelf = tmp_path / "shelf"
    with Renderer(ffmpeg=FFMPEG, cache=shelf) as renderer:
        reel = made(renderer, small_reel(), files, tmp_path / "reel.mp4").read_bytes()
        victim = max(shelf.glob("*.mp4"), key=lambda path: path.stat().st_size)
        victim.write_bytes(victim.read_bytes()[:400])
        with pytest.raises(MediaError):
            made(renderer, small_reel(), files, tmp_path / "again.mp4")
        assert not (tmp_path / "again.mp4").exists()

        assert made(renderer, small_reel(), files, tmp_path / "again.mp4").read_bytes() == reel


def test_the_shelf_throws_away_what_was_used_longest_ago(tmp_path):
    shelf = Shelf(tmp_path / "shelf", limit_mib=2)
    for age, name in enumerate(("new", "middle", "old")):
        shelf.path(name).write_bytes(bytes(1 << 20))
        os.utime(shelf.path(name), (time.time() - 100 * age,) * 2)
    assert shelf.take("old", tmp_path / "taken")

    shelf.tidy()

    assert {path.name for path in shelf.folder.iterdir()} == {"new", "old"}
    assert not shelf.take("middle", tmp_path / "gone")


def test_it_renders_without_pyav(files, tmp_path, monkeypatch):
    (tmp_path / "blocked").mkdir()
    (tmp_path / "blocked" / "av.py").write_text("raise ImportError('left out on purpose')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "blocked"))
    timeline = small_reel()

    with Renderer(ffmpeg=FFMPEG) as renderer:
        reel = made(renderer, timeline, files, tmp_path / "reel.mp4")

    info = probe(reel)
    assert (info.video.frames, info.edit_lists, info.video.start) == (timeline.frames, 0, 0.0)
    assert (info.video.primaries, info.video.full_range, info.video.has_closed_gops) == ("bt709", False, True)


def test_hardware_is_used_only_when_it_works(files, tmp_path):
    with Renderer(ffmpeg=FFMPEG, encoder="auto") as renderer:
        reel = made(renderer, small_reel(), files, tmp_path / "reel.mp4")

    assert probe(reel).video.frames == small_reel().frames


class Breaking(Worker):
    """A worker whose hardware encoder passes its probe and breaks at work."""

    def begin(self, request):
        self.request = request
        if request.job is not None and request.job.codec == "libx264":
            super().begin(request)

    def finish(self, **options):
        if self.request.probe is not None:
            return Said(done=True, working=("h264_nvenc",))
        if self.request.job.codec != "libx264":
            raise MediaError("The encoder h264_nvenc failed (out of sessions).")
        return super().finish(**options)


def test_hardware_that_breaks_at_work_is_given_up_for_x264(warm, files, tmp_path, monkeypatch):
    usual = made(warm, small_reel(), files, tmp_path / "usual.mp4").read_bytes()
    monkeypatch.setattr(module, "Worker", Breaking)

    with Renderer(ffmpeg=FFMPEG, encoder="auto") as renderer:
        assert made(renderer, small_reel(), files, tmp_path / "reel.mp4").read_bytes() == usual


def test_a_bad_picture_is_no_reason_to_give_up_hardware(files, tmp_path, monkeypatch):
    (tmp_path / "wrong.png").write_bytes(b"not a picture")
    monkeypatch.setattr(module, "Worker", Worker)

    with Renderer(ffmpeg=FFMPEG) as renderer, pytest.raises(BadMedia, match=r"wrong\.png"):
        made(renderer, small_reel(), files | {"grain": tmp_path / "wrong.png"}, tmp_path / "reel.mp4")


def test_the_preview_is_small_in_every_way(warm, files, tmp_path):
    timeline = small_reel()

    master = probe(made(warm, timeline, files, tmp_path / "master.mp4"))
    preview = probe(made(warm, timeline, files, tmp_path / "preview.mp4", profile=PREVIEW))

    assert (preview.video.width, preview.video.height, preview.video.frames) == (540, 960, timeline.frames)
    assert preview.audio.bit_rate < master.audio.bit_rate


def test_two_renders_at_once_do_not_disturb_each_other(files, tmp_path):
    def one(name, timeline):
        with Renderer(ffmpeg=FFMPEG, cache=tmp_path / "shelf") as renderer:
            made(renderer, timeline, files, tmp_path / name)

    threads = [
        threading.Thread(target=one, args=("left.mp4", small_reel())),
        threading.Thread(target=one, args=("right.mp4", with_another_word(small_reel()))),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all(probe(tmp_path / name).video.frames == small_reel().frames for name in ("left.mp4", "right.mp4"))


def test_segments_play_on_without_a_seam(warm, files, tmp_path):
    with av.open(made(warm, small_reel(), files, tmp_path / "reel.mp4")) as file:
        times = [float(frame.pts * frame.time_base) for frame in file.decode(video=0)]

    assert times == pytest.approx([number / 30 for number in range(small_reel().frames)])


def test_the_arguments_are_the_ones_we_stand_for():
    piped = pipe_arguments(Path("out.mp4"), (1080, 1920), 30, "libx264", encoder_options("libx264", LEAN, 30))
    joined = join_arguments(Path("list.txt"), Path("sound.m4a"), Path("reel.mp4"))

    for arguments, wanted in (
        (piped, "-preset veryfast -crf 21 -profile:v high -g 60 -bf 2 -maxrate 5000k -bufsize 10000k -use_editlist 0"),
        (joined, "-movflags +faststart+negative_cts_offsets -use_editlist 0 -map_metadata -1"),
    ):
        pairs = {tuple(arguments[at : at + 2]) for at in range(len(arguments))}
        words = wanted.split()
        assert all(pair in pairs for pair in zip(words[::2], words[1::2], strict=True))
    assert QUALITY.max_kbit == 12_000
