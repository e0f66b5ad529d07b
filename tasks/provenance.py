"""The reel's videos get content credentials: what they say is the one record that the caption and the flags repeat."""

from __future__ import annotations

from pathlib import Path

from prefect import task

from core.errors import MediaError
from core.models import Capability, Made, Order, Progress, Script, Step
from core.posting import Disclosure
from core.posts import DISCLOSURES
from core.settings import get_settings
from core.text import tidy
from db import generations, ideas, reels
from db.connection import Connection, get_database
from media.credentials import Credentials, get_credentials
from media.probe import MediaInfo, probe
from media.provenance import read, sign
from rules.provenance import disclosure
from tasks.making import Local, obtain
from tasks.material import path_of
from tasks.package import slug_of
from tasks.policy import RETRY, step
from tasks.script import shared_variant

RECIPE = "1"


@task(task_run_name="sign the reel", **RETRY)
def sign_reel(reel_id: int) -> None:
    """Write content credentials into every rendered video; without them no reel goes on.

    Raises ConfigError when the certificate cannot sign, and MediaError when what was signed does not prove right.
    """
    with step(reel_id, Step.PACKAGE):
        credentials = get_credentials(get_settings())
        with get_database().transaction() as connection:
            take = reels.get_reel(connection, reel_id).take(Step.PACKAGE)
            parts = reels.get_parts(connection, reel_id)
            script = Script.model_validate(generations.get_generation(connection, parts["script"]).result)
            videos = generations.get_files(connection, parts["render"])
            told = _disclosure_now(connection, reel_id)
        slug = slug_of(reel_id, script.title)
        order = Order(
            capability=Capability.SIGN,
            request={
                "videos": {role: video.sha256 for role, video in videos.items()},
                "title": slug,
                "disclosure": told.model_dump(mode="json"),
                "certificate": credentials.fingerprint,
            },
            recipe=RECIPE,
            variant=shared_variant(reel_id, take),
        )

        def make(workspace: Path, progress: Progress) -> Made:
            signed = {role: workspace / f"{role}.mp4" for role in videos}
            for number, (role, video) in enumerate(videos.items()):
                progress(number / len(videos))
                sign(path_of(video), signed[role], told, title=slug, credentials=credentials)
                _prove(path_of(video), signed[role], told, credentials)
            who = {"signer": credentials.signer, "is_self_made": credentials.is_self_made}
            return Made(signed, {"disclosure": told.model_dump(mode="json"), **who})

        result = obtain(order, [Local("reelwright", make)], reel_id=reel_id)
        with get_database().transaction() as connection:
            reels.set_part(connection, reel_id, "provenance", result.key)


def disclosure_of_reel(connection: Connection, reel_id: int) -> Disclosure:
    """Return what is disclosed of a reel: what its videos say, or would say if it was made before they were signed."""
    key = reels.get_parts(connection, reel_id).get("provenance")
    if key is None:
        return _disclosure_now(connection, reel_id)
    return Disclosure.model_validate((generations.get_generation(connection, key).result or {})["disclosure"])


def _disclosure_now(connection: Connection, reel_id: int) -> Disclosure:
    """Write the disclosure from who made the parts of the reel as it stands."""
    reel, brief = reels.get_reel(connection, reel_id), ideas.get_brief_of_reel(connection, reel_id)
    scenes = reels.get_scenes(connection, reel_id)
    keys = [*reels.get_parts(connection, reel_id).values()]
    keys += [key for scene in scenes for key in (scene.speech, scene.picture, scene.clip) if key]
    line = DISCLOSURES[brief.language].format(name=tidy(reel.character_name))
    return disclosure(generations.list_makers(connection, keys), line)


def _prove(source: Path, signed: Path, told: Disclosure, credentials: Credentials) -> None:
    """Read a signed video back. Raises MediaError unless it says what it should and is otherwise the same."""
    report = read(signed, anchors=credentials.anchors)
    if not report.is_trusted_by_us or (report.source_type, report.makers) != (told.source_type, told.makers):
        found = " ".join(report.problems) or f"It says {report.source_type} and {len(report.makers)} makers."
        raise MediaError(f"The content credentials of {source.name} do not prove right. {found}")
    if _without_size(probe(signed)) != _without_size(probe(source)):
        raise MediaError(f"Signing {source.name} changed more than its content credentials.")


def _without_size(info: MediaInfo) -> MediaInfo:
    return info.model_copy(update={"bytes": 0})
