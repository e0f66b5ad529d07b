"""The calls of the Telegram Bot API that posting needs, each one exchange, with its failures as errors of the house.

python-telegram-bot speaks the protocol; what is known about it (22.8, read and run):

- It repeats nothing by itself. `async with Bot` would ask `getMe` before every call, so only its connection is entered.
- BadRequest and TimedOut are NetworkErrors there. An answer with status 200 that is empty or a page of HTML raises a
  plain TelegramError and its whole body is logged; one of another form raises KeyError, TypeError and the like.
- The token is part of every address, and httpx logs addresses.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from telegram import Bot, ChatFullInfo, ChatMember, InputFile, Message, User
from telegram.error import BadRequest, ChatMigrated, NetworkError, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from core.errors import (
    NotAllowed,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    ServiceError,
    UnexpectedReply,
    Unreachable,
)
from core.log import hide
from core.posting import VideoFacts
from integrations.http import CONNECT_SECONDS, NOT_SENT, one_line, trusted
from integrations.platforms.base import FILE_NAMES
from integrations.platforms.disk import disk_errors
from integrations.platforms.refusals import load_refusals

log = logging.getLogger(__name__)

SERVICE = "telegram"

NOTHING_THERE = ("message to forward not found", "message was not forwarded", "message_id_invalid")
"""How the description begins when a number was never given or its message was deleted; the second and third come from
a server that still remembers the message."""

SERVICE_MESSAGE = "the message can't be forwarded"
"""How it begins when the message only tells that, for instance, another one was pinned."""

Result = TypeVar("Result")


@dataclass(frozen=True)
class Seen:
    """What a message holds; `video_bytes` is None where it has no video, 0 where its size is not told."""

    caption: str = ""
    video_bytes: int | None = None


class TelegramApi:
    """The Bot API as one bot speaks to it. `base_url` is the root of the server, `timeout` seconds of silence."""

    def __init__(self, token: str, base_url: str, *, timeout: float) -> None:
        hide(token)  # it is part of the addresses that httpx logs
        self._token, self._timeout = token, timeout
        self._bot_url = f"{base_url.rstrip('/')}/bot"

    @property
    def bot_id(self) -> int:
        """The bot's own id, with which its token begins."""
        return int(self._token.partition(":")[0])

    def me(self) -> User:
        """Return who the bot is."""
        return self._ask(lambda bot: bot.get_me())

    def chat(self, chat: int | str) -> ChatFullInfo:
        """Return what is known of a chat, named by @name or number."""
        return self._ask(lambda bot: bot.get_chat(chat))

    def own_membership(self, chat: int) -> ChatMember:
        """Return what the bot is in a chat, and its rights there."""
        return self._ask(lambda bot: bot.get_chat_member(chat, self.bot_id))

    def say(self, chat: int, text: str) -> Message:
        """Write a text silently."""
        return self._ask(lambda bot: _message(bot.send_message(chat, text, disable_notification=True)))

    def delete(self, chat: int, message_id: int) -> None:
        """Delete a message of the bot's own."""
        self._ask(lambda bot: bot.delete_message(chat, message_id))

    def look_at(self, chat: int, message_id: int, lookout: int) -> Seen | None:
        """Return what a message holds, by a copy that stands in the chat `lookout` for a moment; None without one."""
        try:
            copy = self._ask(
                lambda bot: _message(bot.forward_message(lookout, chat, message_id, disable_notification=True))
            )
        except Rejected as exc:
            if exc.detail.lower().startswith(NOTHING_THERE):
                return None
            if exc.detail.lower().startswith(SERVICE_MESSAGE):
                return Seen()
            raise
        try:
            self.delete(lookout, copy.message_id)
        except ServiceError as exc:  # what was seen counts all the same
            log.warning("A copy of post %d stays in the lookout chat; delete it by hand: %s", message_id, exc)
        return Seen(copy.caption or "", (copy.video.file_size or 0) if copy.video else None)

    def send_video(
        self, chat: int, video: Path, caption: str, *, facts: VideoFacts | None, cover: Path | None
    ) -> Message:
        """Post a video, once. The caption is plain text: nothing in it is taken for formatting.

        Raises OutcomeUnknown when the answer was lost, StorageError when a file cannot be read.
        """
        with ExitStack() as files, disk_errors("reading the files of the post"):
            shape: dict[str, Any] = {}
            if facts is not None:
                shape = {
                    "width": facts.width,
                    "height": facts.height,
                    "duration": timedelta(seconds=round(facts.seconds)),
                }
            if cover is not None:
                shape["cover"] = InputFile(cover.read_bytes(), FILE_NAMES["cover"], attach=True)
            film = InputFile(files.enter_context(video.open("rb")), FILE_NAMES["reel"], read_file_handle=False)
            return self._submit(
                lambda bot: _message(bot.send_video(chat, film, caption=caption, supports_streaming=True, **shape))
            )

    def _ask(self, act: Callable[[Bot], Awaitable[Result]]) -> Result:
        """Do what may be done again."""
        try:
            return asyncio.run(self._talk(act))
        except TelegramError as exc:
            raise self._error_of(exc, lost=Unreachable, useless=UnexpectedReply) from None
        except (AttributeError, KeyError, TypeError, ValueError) as exc:
            raise self._unusable(UnexpectedReply, exc) from exc

    def _submit(self, act: Callable[[Bot], Awaitable[Result]]) -> Result:
        """Do what must not be done twice."""
        try:
            return asyncio.run(self._talk(act))
        except TelegramError as exc:
            raise self._error_of(exc, lost=OutcomeUnknown, useless=OutcomeUnknown) from None
        except Exception as exc:
            raise self._unusable(OutcomeUnknown, exc) from exc

    async def _talk(self, act: Callable[[Bot], Awaitable[Result]]) -> Result:
        async with self._connection() as connection:
            bot = Bot(self._token, self._bot_url, request=connection, get_updates_request=connection)
            return await act(bot)

    def _connection(self) -> _Connection:
        return _Connection(
            read_timeout=self._timeout,
            write_timeout=self._timeout,
            media_write_timeout=self._timeout,
            connect_timeout=min(self._timeout, CONNECT_SECONDS),
            httpx_kwargs={"verify": trusted()},
        )

    def _error_of(self, exc: TelegramError, *, lost: type[ServiceError], useless: type[ServiceError]) -> ServiceError:
        """Return the error of the house; `lost` is for an answer that did not come, `useless` for one without sense.

        It stands alone: the library's own may repeat the whole body of an answer.
        """
        detail = one_line(str(exc))
        if isinstance(exc, RetryAfter):
            return _limited(exc, detail)
        if isinstance(exc, ChatMigrated):
            return NotAllowed(
                "The chat has become another one.",
                service=SERVICE,
                remedy=f"Write its new number {exc.new_chat_id} into the posting file.",
            )
        for beginning, refusal in load_refusals(SERVICE).items():
            if exc.message.lower().startswith(beginning):
                return refusal.error(SERVICE, "", detail=detail)
        if isinstance(exc, BadRequest):
            return Rejected("Telegram refuses the request.", service=SERVICE, status=400, detail=detail)
        if isinstance(exc.__cause__, NOT_SENT):
            return Unreachable("Telegram could not be reached.", service=SERVICE, detail=detail)
        if isinstance(exc, NetworkError):
            return lost("Telegram did not answer.", service=SERVICE, detail=detail)
        return useless("Telegram's answer does not say what happened.", service=SERVICE, detail=detail)

    def _unusable(self, kind: type[ServiceError], exc: Exception) -> ServiceError:
        message = "Telegram's answer does not have the documented form."
        return kind(message, service=SERVICE, detail=f"{type(exc).__name__}: {one_line(str(exc))}")


class _Connection(HTTPXRequest):
    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Return the JSON of an answer; the library's own method logs the whole body of any other."""
        try:
            found: dict[str, Any] = json.loads(payload)
        except ValueError:
            raise TelegramError("The answer is not JSON.") from None
        return found


async def _message(sending: Awaitable[Message]) -> Message:
    """Return the message that was sent; the library passes on whatever else a server answers."""
    message = await sending
    if not isinstance(message, Message):
        raise TypeError("no message")
    return message


def _limited(exc: RetryAfter, detail: str) -> RateLimited:
    pause = exc.retry_after
    limited = RateLimited("Telegram asks for slower calls.", service=SERVICE, status=429, detail=detail)
    limited.retry_after = pause.total_seconds() if isinstance(pause, timedelta) else float(pause)
    return limited
