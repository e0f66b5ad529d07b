import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from core.settings import ROOT
from deployments.children import Children

SLEEPER = [sys.executable, "-c", "import time; print('awake', flush=True); time.sleep(60)"]
PARENT = """
import sys, time
from pathlib import Path
from deployments.children import Children
children = Children(Path(sys.argv[1]), "stack")
child = children.start("sleeper", [sys.executable, "-c", "import time; time.sleep(60)"], {}, Path("."))
print(child.process.pid, flush=True)
time.sleep(60)
"""


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def wait_for(condition, seconds: float = 10) -> bool:  # type: ignore[no-untyped-def]
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def test_it_stops_the_newest_first_and_forgets_them(tmp_path: Path) -> None:
    children = Children(tmp_path, "stack")
    started = [children.start(name, SLEEPER, os.environ, ROOT) for name in ("a", "b")]

    children.stop()

    assert all(child.process.returncode is not None for child in started)
    assert not children.record.exists()


def test_a_child_that_ends_is_noticed_with_its_last_words(tmp_path: Path) -> None:
    children = Children(tmp_path, "stack")
    command = [sys.executable, "-c", "print('no database'); raise SystemExit(3)"]
    child = children.start("server", command, os.environ, ROOT)
    child.process.wait()

    assert children.dead() is child
    assert child.last_lines == "no database"
    children.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="needs a signal at the parent's death")
def test_children_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())

    parent.send_signal(signal.SIGKILL)
    parent.wait()

    assert wait_for(lambda: gone(pid))


def test_a_child_that_outlived_its_parent_is_ended_at_the_next_start(tmp_path: Path) -> None:
    earlier = Children(tmp_path, "stack")
    child = earlier.start("worker", SLEEPER, os.environ, ROOT)

    assert Children(tmp_path, "stack").end_leftovers() == ["worker"]
    assert child.process.wait(5) is not None


def test_a_stranger_with_the_same_process_number_is_left_alone(tmp_path: Path) -> None:
    children = Children(tmp_path, "stack")
    child = children.start("worker", SLEEPER, os.environ, ROOT)
    text = children.record.read_text()
    created = str(psutil.Process(child.process.pid).create_time())
    children.record.write_text(text.replace(created, "1000.0"))

    assert Children(tmp_path, "stack").end_leftovers() == []
    assert child.process.poll() is None
    children.stop()
