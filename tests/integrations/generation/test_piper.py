from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import wave
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from core.errors import BadInput, MediaError, MissingPart
from core.models import Made
from core.settings import Settings
from integrations.generation.piper import Piper
from integrations.generation.piper_voices import CHILD, find_voices, prepare, prepared_model
from integrations.generation.speech_child import SpeechChild

LINE = "In 1969, about 3,000 people of the town ran down to the sea."


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(_env_file=None, reelwright_home=tmp_path_factory.mktemp("house"))


@pytest.fixture(scope="module")
def piper(house: Settings) -> Iterator[Piper]:
    maker = Piper(house)
    yield maker
    maker.close()


def request_for(text: str, name: str = "joe", language: str = "en", **style: float) -> dict[str, Any]:
    return {"text": text, "language": language, "voice": {"name": name, **style}}


def say(maker: Piper, folder: Path, text: str, **style: float) -> Made:
    return maker.make(request_for(text, **style), folder, lambda share: None)


def heard(made: Made) -> tuple[np.ndarray, int]:
    with wave.open(str(made.files["speech"])) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768
        return samples, file.getframerate()


def level(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(samples**2))) if len(samples) else 0.0


@pytest.mark.parametrize(
    "text",
    [
        LINE,
        "It's $5.50 & 12% more; the U.S.A. won 2-1! Wow… 5°C “quoted” (in brackets) — right?",
        "🔥 hi 🔥 {\\pos(0,0)} there {\\an8 x} [[f]] end \\N",
        "Dr. Smith's e-mail cost $3 million in the 1990s — not 1905. 日本 was next?",
    ],
)
def test_it_times_every_word_of_the_script_as_it_is_written(piper: Piper, tmp_path: Path, text: str) -> None:
    result = say(piper, tmp_path, text).result

    words = result["words"]
    marks = [mark for word in words for mark in (word["start"], word["end"])]
    assert [word["text"] for word in words] == text.split()
    assert marks == sorted(marks)
    assert marks[-1] <= result["seconds"]
    assert result["timing"] == "voice"


def test_words_are_loud_and_pauses_are_quiet(piper: Piper, tmp_path: Path) -> None:
    made = say(piper, tmp_path, "The old library kept a secret: a map of the lost city. Nobody found it, so far.")
    samples, rate = heard(made)
    words = made.result["words"]

    inside = [level(samples[int(w["start"] * rate) : int(w["end"] * rate)]) for w in words]
    between = [(a["end"], b["start"]) for a, b in pairwise(words) if b["start"] - a["end"] > 0.08]
    gaps = [level(samples[int((start + 0.02) * rate) : int((end - 0.02) * rate)]) for start, end in between]

    assert len(gaps) >= 2
    assert min(inside) > 3 * max(gaps)


def test_a_number_of_many_words_does_not_move_the_words_after_it(piper: Piper, tmp_path: Path) -> None:
    numbers = say(piper, tmp_path / "a", "It was 1,234,567 of them. Then stop.").result["words"]
    spelled = say(
        piper,
        tmp_path / "b",
        "It was one million two hundred thirty four thousand five hundred sixty seven of them. Then stop.",
    ).result["words"]

    assert numbers[2]["end"] - numbers[2]["start"] > 2.5
    assert numbers[-1]["start"] == pytest.approx(spelled[-1]["start"], abs=0.25)
    assert numbers[3]["text"] == "of"


def test_what_is_not_spoken_takes_no_time(piper: Piper, tmp_path: Path) -> None:
    words = say(piper, tmp_path, "Wow 🔥 it burns {\\b1}").result["words"]

    assert [word["end"] - word["start"] for word in (words[1], words[4])] == [0, 0]
    assert all(words[place]["end"] > words[place]["start"] for place in (0, 2, 3))


def test_the_file_is_trimmed_levelled_and_not_clipped(piper: Piper, tmp_path: Path) -> None:
    samples, rate = heard(say(piper, tmp_path, LINE))

    loud = np.flatnonzero(np.abs(samples) > 0.02)
    spoken = samples[loud[0] : loud[-1]]
    assert loud[0] / rate < 0.15
    assert (len(samples) - loud[-1]) / rate < 0.25
    assert -26 < 20 * np.log10(level(spoken)) < -18
    assert np.abs(samples).max() < 0.9


def test_equal_requests_give_equal_bytes_even_from_another_process(
    piper: Piper, house: Settings, tmp_path: Path
) -> None:
    say(piper, tmp_path / "before", "Something else was said before.")
    here = say(piper, tmp_path / "a", "Equal bytes, please.", pitch=2.0).files["speech"].read_bytes()
    other = Piper(house)
    there = say(other, tmp_path / "b", "Equal bytes, please.", pitch=2.0).files["speech"].read_bytes()
    other.close()

    assert hashlib.sha256(here).hexdigest() == hashlib.sha256(there).hexdigest()


def test_speed_changes_the_length_and_pitch_does_not(piper: Piper, tmp_path: Path) -> None:
    plain = say(piper, tmp_path / "a", LINE)
    fast = say(piper, tmp_path / "b", LINE, speed=1.3)
    high = say(piper, tmp_path / "c", LINE, pitch=4.0)

    assert fast.result["seconds"] == pytest.approx(plain.result["seconds"] / 1.3, rel=0.1)
    assert high.result["words"] == plain.result["words"]
    assert dominant_hertz(*heard(high)) == pytest.approx(dominant_hertz(*heard(plain)) * 2 ** (4 / 12), rel=0.08)


def dominant_hertz(samples: np.ndarray, rate: int) -> float:
    """The median pitch of the voiced parts, by autocorrelation."""
    found = []
    for at in range(0, len(samples) - 1024, 512):
        part = samples[at : at + 1024]
        alike = np.correlate(part, part, "full")[1023:]
        lag = rate // 300 + int(alike[rate // 300 : rate // 60].argmax())
        if level(part) > 0.05 and alike[lag] > 0.5 * alike[0]:
            found.append(rate / lag)
    return float(np.median(found))


def test_a_killed_voice_program_is_reported_and_the_next_line_is_spoken(piper: Piper, tmp_path: Path) -> None:
    say(piper, tmp_path, "Warm.")
    pid = piper._child.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)  # it hangs in the middle of the line, then it dies
    threading.Timer(0.3, os.kill, (pid, signal.SIGKILL)).start()

    with pytest.raises(MediaError, match="ended in the middle"):
        say(piper, tmp_path, LINE)

    assert say(piper, tmp_path, "And on it goes.").result["seconds"] > 0.5


def test_a_voice_program_that_hangs_is_ended_at_its_time_limit(tmp_path: Path) -> None:
    program = tmp_path / "hanging.py"
    program.write_text("import sys, time\nsys.stdin.readline()\ntime.sleep(60)\n")
    child = SpeechChild(program)

    begun = time.monotonic()
    with pytest.raises(MediaError, match="did not finish"):
        child.ask({}, time_limit=0.5)

    assert time.monotonic() - begun < 5
    assert child.pid is None


def test_nothing_is_left_over_when_the_parent_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom integrations.generation.speech_child import SpeechChild\n"
        f"child = SpeechChild(Path({str(CHILD)!r}))\nchild.ask({{}}, time_limit=30)\nprint(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())

    parent.kill()
    parent.wait()
    parent.stdout.close()

    for _ in range(100):
        if not Path(f"/proc/{child}").exists() or "Z" in Path(f"/proc/{child}/stat").read_text().split()[2]:
            return
        time.sleep(0.05)
    pytest.fail("the voice program outlived its parent")


def test_lines_from_several_threads_do_not_mix(piper: Piper, tmp_path: Path) -> None:
    texts = ["One short line.", "Another line, a little longer than that.", "Third."]
    made: dict[str, Made] = {}

    def speak(text: str) -> None:
        made[text] = say(piper, tmp_path / str(len(text)), text)

    threads = [threading.Thread(target=speak, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {text: [word["text"] for word in made[text].result["words"]] for text in texts} == {
        text: text.split() for text in texts
    }


def test_it_objects_to_what_it_cannot_speak_and_names_the_remedy(piper: Piper) -> None:
    assert piper.objection(request_for(LINE)) is None
    assert "VOICES_DIR" in str(piper.objection(request_for(LINE, name="../nobody")))
    assert "speaks 'en', not 'es'" in str(piper.objection(request_for("Hola", language="es")))
    assert "no word" in str(piper.objection(request_for("🔥 … —")))


def test_it_refuses_a_line_it_objects_to(piper: Piper, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no Piper voice"):
        piper.make(request_for(LINE, name="nobody"), tmp_path, lambda share: None)


def test_a_voice_of_ones_own_is_found_by_name_and_speaks_its_language(tmp_path: Path) -> None:
    joe = find_voices(Settings(_env_file=None))["joe"]
    folder = tmp_path / "voices"
    folder.mkdir()
    (folder / "maria.onnx").symlink_to(joe.model)
    (folder / "maria.onnx.json").write_text(
        joe.config.read_text().replace('"en-us"', '"es"').replace('"en_US"', '"es"')
    )
    maker = Piper(Settings(_env_file=None, reelwright_home=tmp_path, voices_dir=folder))

    voices = find_voices(maker._settings)

    assert set(voices) == {"joe", "maria"}
    assert maker.objection(request_for("Hola a todos.", name="maria", language=voices["maria"].language)) is None


@pytest.mark.parametrize("fault", ["cut short", "no model", "no description"])
def test_a_broken_voice_file_is_a_missing_part(tmp_path: Path, fault: str) -> None:
    joe = find_voices(Settings(_env_file=None))["joe"]
    model = tmp_path / "voices" / "ruin.onnx"
    model.parent.mkdir()
    model.write_bytes(b"" if fault == "no model" else joe.model.read_bytes()[:200_000])
    shutil.copy(joe.config, f"{model}.json")
    if fault == "no description":
        Path(f"{model}.json").write_text("{")
    settings = Settings(_env_file=None, reelwright_home=tmp_path, voices_dir=model.parent)

    with pytest.raises(MissingPart, match="ruin") as caught:
        Piper(settings).make(request_for(LINE, name="ruin"), tmp_path, lambda share: None)

    assert "again" in caught.value.remedy
    assert not list((tmp_path / "cache").rglob("*ruin*"))


def two_speakers(folder: Path, **names: int) -> Settings:
    """Make a voice "duo" of joe's: its second speaker sounds like the first with all samples turned over."""
    joe = find_voices(Settings(_env_file=None))["joe"]
    model = onnx.load(joe.model)
    graph = model.graph
    for node in graph.node:
        node.output[:] = ["plain" if name == "output" else name for name in node.output]
        node.input[:] = ["letters" if name == "sid" else name for name in node.input]
    for weights in graph.initializer:
        weights.name = "letters" if weights.name == "sid" else weights.name  # joe's own use of the name
    graph.input.append(helper.make_tensor_value_info("sid", TensorProto.INT64, [1]))
    graph.initializer.append(numpy_helper.from_array(np.array([1.0, -1.0], np.float32), "signs"))
    graph.node.append(helper.make_node("Gather", ["signs", "sid"], ["sign"]))
    graph.node.append(helper.make_node("Mul", ["plain", "sign"], ["output"]))
    folder.mkdir()
    onnx.save(model, folder / "duo.onnx")
    described = json.loads(joe.config.read_text()) | {"num_speakers": 2, "speaker_id_map": names}
    (folder / "duo.onnx.json").write_text(json.dumps(described))
    return Settings(_env_file=None, reelwright_home=folder / "house", voices_dir=folder)


def test_the_speaker_that_is_asked_for_speaks(tmp_path: Path) -> None:
    maker = Piper(two_speakers(tmp_path / "voices", ada=0, eva=1))
    voice = {"name": "duo"}
    spoken = {}
    for speaker in ("", "ada", "eva", "1"):
        request = {"text": "Hello there.", "language": "en", "voice": voice | {"speaker": speaker}}
        assert maker.objection(request) is None
        spoken[speaker], _ = heard(maker.make(request, tmp_path / f"said{speaker}", lambda share: None))
    maker.close()

    assert np.array_equal(spoken[""], spoken["ada"])
    assert np.array_equal(spoken["eva"], spoken["1"])
    assert np.abs(spoken["eva"] + spoken["ada"]).max() < 0.001 < np.abs(spoken["ada"]).max()


def test_an_unknown_speaker_is_refused_by_naming_those_there_are(piper: Piper, tmp_path: Path) -> None:
    def objection(maker: Piper, name: str, speaker: str) -> str:
        voice = {"name": name, "speaker": speaker}
        return str(maker.objection({"text": LINE, "language": "en", "voice": voice}))

    duo = Piper(described(tmp_path / "a", num_speakers=2, speaker_id_map={"ada": 0, "eva": 1}))
    nameless = Piper(described(tmp_path / "b", num_speakers=3, speaker_id_map={}))
    crowd = Piper(described(tmp_path / "c", num_speakers=90, speaker_id_map={f"p{n}": n for n in range(90)}))

    assert "no speaker 'bob'; choose one of ada, eva, by name or number" in objection(duo, "voice", "bob")
    assert "no speaker '2'" in objection(duo, "voice", "2")
    assert "choose one of 0, 1, 2" in objection(nameless, "voice", "3")
    assert objection(nameless, "voice", "2") == "None"
    assert "p19 and 70 more" in objection(crowd, "voice", "bob")
    assert "one speaker only" in objection(piper, "joe", "ada")


def described(folder: Path, **facts: Any) -> Settings:
    """Put a voice "voice" into a folder: joe's, but for these facts of its description."""
    joe = find_voices(Settings(_env_file=None))["joe"]
    folder.mkdir()
    (folder / "voice.onnx").symlink_to(joe.model)
    (folder / "voice.onnx.json").write_text(json.dumps(json.loads(joe.config.read_text()) | facts))
    return Settings(_env_file=None, reelwright_home=folder, voices_dir=folder)


def test_raw_phonemes_in_a_line_are_words_to_the_voice(piper: Piper, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def ask(question: dict[str, Any], *, time_limit: float) -> dict[str, Any]:
        asked.append(question)
        return {"error": "enough is known", "kind": "text"}

    monkeypatch.setattr(piper._child, "ask", ask)

    with pytest.raises(BadInput, match="enough"):
        piper.make(request_for("Say [[ bA ]] and [[stop]], [ [f] ] now."), Path("nowhere"), lambda share: None)

    assert asked[0]["text"] == "Say bA and stop, f now."


def test_a_cached_model_that_went_bad_is_made_anew(house: Settings, tmp_path: Path) -> None:
    settings = Settings(_env_file=None, reelwright_home=tmp_path)
    ready = prepared_model(find_voices(settings)["joe"], settings)
    ready.write_bytes(b"spoilt")
    maker = Piper(settings)

    with pytest.raises(MissingPart, match="broken"):
        say(maker, tmp_path, "Hello.")

    assert say(maker, tmp_path, "Hello.").result["seconds"] > 0.2
    maker.close()


def test_preparing_makes_each_voice_once(house: Settings) -> None:
    first = prepare(house)["joe"]
    written = first.stat().st_mtime_ns

    assert prepare(house)["joe"].stat().st_mtime_ns == written
    assert [path.name for path in first.parent.iterdir()] == [first.name]
