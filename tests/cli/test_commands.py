"""The command as a person or a script meets it, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from services import execute

from core.settings import ROOT, Settings
from db.migrate import newest_revision

BRIEFS = ROOT / "examples" / "briefs"


def reelwright(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli.main", *arguments], cwd=ROOT, env={**os.environ, **environment},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_help_names_every_command_and_teaches_the_first_one() -> None:
    said = reelwright("--help").stdout

    for command in ("up", "reel", "rerun", "status", "doctor", "ideas", "db"):
        assert f" {command} " in said
    assert "reelwright reel examples/briefs/" in " ".join(said.split())


def test_doctor_finds_everything_in_a_set_up_house(house: Settings) -> None:
    done = reelwright("doctor", "--json")
    findings = json.loads(done.stdout)

    assert done.returncode == 0, [row for row in findings if row["level"] == "fault"]
    parts = {row["part"] for row in findings}
    assert {"python", "disk", "ffmpeg", "fonts", "voices", "write", "speak", "roster", "prefect", "database"} <= parts


@pytest.mark.parametrize(
    ("variable", "value", "part", "remedy"),
    [
        ("FFMPEG_BINARY", "/nowhere/ffmpeg", "ffmpeg", "reelwright doctor"),
        ("SPEAK_MAKERS", "pieper", "makers", "nanotts, openai, piper"),
        ("PLATFORMS", "tiktak", "platforms", "folder"),
        ("ROSTER_FILE", "/nowhere/roster.toml", "roster", "ROSTER_FILE"),
        ("MIN_FREE_MIB", "999999999", "disk", "MIN_FREE_MIB"),
        ("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none", "database", "DATABASE_URL"),
        ("STUDIO_PORT", "ninety", "settings", ".env.example"),
    ],
)
def test_doctor_names_what_is_wrong_and_how_to_mend_it(
    variable: str, value: str, part: str, remedy: str, house: Settings
) -> None:
    done = reelwright("doctor", "--json", **{variable: value})
    faults = [row for row in json.loads(done.stdout) if row["level"] == "fault"]

    assert done.returncode == 4
    assert [row["part"] for row in faults if row["part"] == part] == [part]
    assert remedy in " ".join(row["detail"] + row["remedy"] for row in faults)


def test_ideas_are_added_once_and_listed(house: Settings) -> None:
    brief = str(BRIEFS / "octopus-three-hearts.md")

    assert json.loads(reelwright("ideas", "add", brief, "--json").stdout)[0]["is_new"]
    assert not json.loads(reelwright("ideas", "add", brief, "--json").stdout)[0]["is_new"]
    listed = json.loads(reelwright("ideas", "list", "--json").stdout)
    assert [(row["state"], row["language"]) for row in listed] == [("waiting", "en")]


def test_one_bad_brief_among_good_ones_adds_none(house: Settings, tmp_path: Path) -> None:
    bad = tmp_path / "bad.md"
    bad.write_text("no front matter")

    done = reelwright("ideas", "add", str(BRIEFS / "octopus-three-hearts.md"), str(bad))

    assert done.returncode == 2
    assert json.loads(reelwright("ideas", "list", "--json").stdout) == []


HEAD = "---\ntitle: Tides\nlanguage: en\ncharacter: {character}\n---\n## Facts\n{facts}\n## Sources\n1. A page: https://example.org/\n"
FACTS = "\n".join(f"- The tide rises and falls twice on most days, number {number}. [1]" for number in range(5))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (HEAD.format(character="jonah-reef", facts="").encode(), "fact"),
        (HEAD.format(character="nobody-known", facts=FACTS).encode(), "nobody-known"),
        (HEAD.replace("language: en", "language: tlh").format(character="jonah-reef", facts=FACTS).encode(), "tlh"),
        (HEAD.format(character="jonah-reef", facts="- " + "word " * 50_000).encode(), "words"),
        (HEAD.format(character="jonah-reef", facts=FACTS + "\n- El niño llegó. [1]").encode("latin-1"), "UTF-8"),
        (
            HEAD.format(character="jonah-reef", facts=FACTS + "\n- The word is שלום today. [1]").encode(),
            "right-to-left",
        ),
        (b"", "front matter"),
    ],
    ids=["no facts", "unknown character", "unknown language", "50,000 words", "latin-1", "right to left", "empty"],
)
def test_a_bad_brief_is_refused_with_its_remedy_and_leaves_nothing(
    content: bytes, says: str, house: Settings, tmp_path: Path
) -> None:
    brief = tmp_path / "brief.md"
    brief.write_bytes(content)

    done = reelwright("reel", str(brief))

    assert done.returncode == 2
    assert says.lower() in done.stderr.lower()
    assert "→" in done.stderr
    assert execute("select count(*) from content_ideas") == [(0,)]
    assert not (house.home / "gallery").exists()


def test_a_brief_that_is_not_there_is_said_so(house: Settings) -> None:
    done = reelwright("reel", "nowhere.md", "--json")

    assert done.returncode == 2
    assert "nowhere.md" in json.loads(done.stdout)["error"]


def test_a_reel_that_is_not_there_is_said_so(house: Settings) -> None:
    assert reelwright("rerun", "99").returncode == 2
    assert reelwright("status", "99").returncode == 2
    assert reelwright("rerun", "1", "--from", "clouds").returncode == 2


def test_the_database_can_be_taken_down_and_up(house: Settings) -> None:
    assert f"revision {newest_revision()}" in reelwright("db", "migrate").stdout
