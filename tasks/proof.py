"""Looks at what a service handed over before it is taken: really a picture, really that shape, really speech.

A service that answers with a page of errors, a blank picture or half a script has not done the job. It has been
paid all the same, so everything wrong here is a JobFailed, and the next in the chain is asked.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PIL import ImageStat
from PIL.Image import Resampling
from pydantic import ValidationError

from core.errors import BadInput, JobFailed, MediaError
from core.models import AnimateRequest, Capability, DrawRequest, Made, SpeakRequest, Speech, TalkRequest
from core.settings import get_settings
from core.speaking_rate import spoken_seconds
from integrations.generation.contract import Job
from media.clips import probe_clip
from media.ffmpeg import find_ffmpeg
from media.pictures import open_picture
from rules.draft_reading import read_draft

SHAPE_SLACK = 0.15
"""How far the proportions of a picture or clip may be from those asked for; the frame cuts the rest off."""

LEAST_SHARE = 0.4
"""Least share of the width asked for: below it a picture is visibly soft."""

FLAT = 4.0
"""Standard deviation of brightness (0 to 255) below which a picture is an empty surface."""

PROBE_SECONDS = 60

SPEECH_SHARE = (0.3, 3.5)
"""How long speech may be compared with what its text should take."""

FOCUS = {"x": 0.5, "y": 0.42}
"""Where the eye goes in a picture that does not say: a little above the middle, as portraits are made."""


def prove(job: Job, made: Made, service: str) -> Made:
    """Return what was made with all that later steps need to know of it. Raises JobFailed."""
    try:
        match job.capability:
            case Capability.DRAW:
                return _picture(DrawRequest.model_validate(job.request), made)
            case Capability.ANIMATE:
                asked = AnimateRequest.model_validate(job.request)
                return _clip(made, (asked.width, asked.height), asked.seconds)
            case Capability.TALK:
                return _clip(made, None, TalkRequest.model_validate(job.request).seconds)
            case Capability.SPEAK:
                return _speech(SpeakRequest.model_validate(job.request), made)
            case Capability.WRITE:
                return replace(made, result=read_draft(dict(made.result)).model_dump(mode="json"))
            case Capability.CLONE:
                return _voice(made)
    except (_Unfit, BadInput, MediaError, ValidationError) as exc:
        detail = exc.message if isinstance(exc, BadInput | MediaError) else str(exc)
        raise JobFailed("What it made cannot be used.", service=service, detail=detail) from exc
    return made


class _Unfit(Exception):
    """What was made is not what was asked for."""


def _picture(asked: DrawRequest, made: Made) -> Made:
    picture = open_picture(_file(made, "picture"), (asked.width, asked.height))
    width, height = picture.size
    _shape(width / height, asked.width / asked.height)
    _large_enough("picture", width, height, asked.width)
    if ImageStat.Stat(picture.resize((64, 114), Resampling.BOX).convert("L")).stddev[0] < FLAT:
        raise _Unfit("the picture is an empty surface")
    return replace(made, result={"width": width, "height": height, "focus": FOCUS, **made.result})


def _clip(made: Made, size: tuple[int, int] | None, seconds: float) -> Made:
    settings = get_settings()
    info = probe_clip(_file(made, "clip"), ffmpeg=find_ffmpeg(settings.ffmpeg_binary), time_limit=PROBE_SECONDS)
    if size is not None:
        _shape(info.width / info.height, size[0] / size[1])
        _large_enough("clip", info.width, info.height, size[0])
    if info.seconds < min(1.0, seconds / 2):
        raise _Unfit(f"the clip lasts only {info.seconds:.1f} s")
    return replace(made, result={"width": info.width, "height": info.height, "seconds": info.seconds, **made.result})


def _speech(asked: SpeakRequest, made: Made) -> Made:
    _file(made, "speech")
    speech = Speech.model_validate(dict(made.result))
    expected = spoken_seconds(asked.text, asked.language) / asked.voice.speed
    least, most = (share * expected for share in SPEECH_SHARE)
    if not least <= speech.seconds <= most + 1:
        raise _Unfit(f"the speech lasts {speech.seconds:.1f} s where about {expected:.1f} s are expected")
    return made


def _voice(made: Made) -> Made:
    if not made.result.get("voice_id"):
        raise _Unfit("it names no voice")
    return made


def _shape(found: float, asked: float) -> None:
    if abs(found / asked - 1) > SHAPE_SLACK:
        raise _Unfit(f"its proportions are {found:.2f} where {asked:.2f} was asked for")


def _large_enough(what: str, width: int, height: int, asked: int) -> None:
    if width < asked * LEAST_SHARE:
        raise _Unfit(f"the {what} is only {width} x {height} pixels")


def _file(made: Made, role: str) -> Path:
    path = made.files.get(role)
    if path is None:
        raise _Unfit(f"there is no {role} in it")
    return path
