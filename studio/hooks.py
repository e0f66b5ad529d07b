"""Where services call back. A callback is a hint to look at a job sooner; nothing it says is believed."""

from __future__ import annotations

import json
import logging
import re

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from core.clock import now
from core.settings import get_settings
from db import generations
from db.connection import get_database
from rules.callbacks import is_genuine

log = logging.getLogger(__name__)

BODY_LIMIT_BYTES = 65_536
"""A callback repeats the record of a task, which is a few KiB."""

TASK_ID = re.compile(r"[A-Za-z0-9_.:/-]{1,128}")

router = APIRouter()


@router.post("/hooks/kie")
async def kie(request: Request) -> JSONResponse:
    """Note that KIE has news of a task.

    Answers 404 without a key to check with, 403 to what is not genuine or too old, and 200 to everything else,
    whether the task is one of ours or not.
    """
    key = get_settings().kie_callback_key
    if key is None:
        raise HTTPException(404)
    timestamp = request.headers.get("x-webhook-timestamp", "")
    signature = request.headers.get("x-webhook-signature", "")
    for task_id in task_ids(await limited_body(request)):
        if is_genuine(task_id, timestamp, signature, key.get_secret_value(), now()):
            is_ours = await run_in_threadpool(note, task_id)
            log.info("KIE called back about task %s%s", task_id, "" if is_ours else ", which is not one of ours")
            return JSONResponse({"code": 200, "msg": "success"})
    raise HTTPException(403)


def note(task_id: str) -> bool:
    """Write the hint down; False when no job waits for this task."""
    with get_database().transaction() as connection:
        return generations.note_hint(connection, task_id)


async def limited_body(request: Request) -> bytes:
    """Return the body; answers 413 as soon as it is larger than BODY_LIMIT_BYTES."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT_BYTES:
            raise HTTPException(413)
    return bytes(body)


def task_ids(body: bytes) -> list[str]:
    """Return the task numbers of a callback: `taskId` or `task_id`, at the top or under `data`."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return []
    places = [told, told.get("data")] if isinstance(told, dict) else []
    found = [place.get(name) for place in places if isinstance(place, dict) for name in ("taskId", "task_id")]
    return list(dict.fromkeys(task for task in found if isinstance(task, str) and TASK_ID.fullmatch(task)))
