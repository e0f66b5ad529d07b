"""A strict stand-in for the Telegram Bot API: one bot, a channel it posts to, and a chat where it may look at posts."""

from __future__ import annotations

import itertools
import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from fakes.server import Fake, Refusal, Reply, Request, route

from core.posting import Token

CAPTION_LIMIT = 1024
TYPES: dict[str, type] = {
    "message_id": int, "user_id": int, "duration": int, "width": int, "height": int,
    "supports_streaming": bool, "disable_notification": bool,
}  # fmt: skip
"""The type of each field that is not text; forms carry them as JSON."""


@dataclass
class Form:
    """The fields and files of a request."""

    fields: dict[str, Any] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)


@dataclass
class Chat:
    """A chat and what was written in it; numbers go up and are never given twice."""

    id: int
    type: str
    title: str = ""
    username: str = ""
    messages: dict[int, dict[str, Any]] = field(default_factory=dict)
    newest: int = 0
    linked_chat_id: int = 0
    has_protected_content: bool = False

    def described(self) -> dict[str, Any]:
        """Return the chat as messages show it."""
        name = {"first_name": self.title} if self.type == "private" else {"title": self.title}
        return {"id": self.id, "type": self.type, **name, **({"username": self.username} if self.username else {})}


class FakeTelegram(Fake):
    """Knows the bot @reef_bot, the channel @reefreels and the private chat 4242 of a person who pressed Start."""

    BOT_ID: ClassVar[int] = 7000
    CHANNEL: ClassVar[int] = -1001234567890
    LOOKOUT: ClassVar[int] = 4242

    def __init__(self) -> None:
        super().__init__()
        self.channel = Chat(self.CHANNEL, "channel", "Reef reels", "reefreels", newest=40)
        self.lookout = Chat(self.LOOKOUT, "private", "Olga Operator", newest=7)
        self.chats = {chat.id: chat for chat in (self.channel, self.lookout)}
        self.membership = "administrator"
        self.can_post = True
        self.largest = 50_000_000
        self.most_a_minute = 0
        """Messages a minute that one chat takes; 0 for any number."""
        self.busy_checks = 0
        """Nothing is ever in processing here."""
        self.published: list[str] = []
        """The captions of all videos the bot ever sent to the channel, also of those that were deleted."""
        self.sent_at: dict[int, list[float]] = {}
        self.late = 0.0
        self._versions = itertools.count(1)
        self.key = ""
        self.expire_tokens()

    @property
    def shown(self) -> list[str]:
        """The captions of the videos that stand in the channel."""
        return [message["caption"] for message in self.channel.messages.values() if "video" in message]

    def options(self) -> dict[str, Any]:
        """Return the platform's options."""
        return {
            "base_url": self.url,
            "chat": f"@{self.channel.username}" if self.channel.username else str(self.channel.id),
            "lookout_chat": str(self.LOOKOUT),
            "look_ahead": 3,
            "timeout_seconds": 5,
        }

    def token(self) -> Token:
        """Return the account as it is right after connecting."""
        return Token(
            access=self.key,
            obtained_at=datetime.now(UTC),
            owner_id=str(self.channel.id),
            owner_name=f"@{self.channel.username}",
            kind="bot",
            memory={"last_message_id": str(self.channel.newest)},
        )

    def expire_tokens(self) -> None:
        """Revoke the bot's token and make a new one."""
        self.key = f"{self.BOT_ID}:fake-token-{next(self._versions)}"

    def advance(self, seconds: float) -> None:
        """Move the clock."""
        self.late += seconds

    def post_by_person(self, text: str = "News", *, video: int = 0, service: bool = False) -> int:
        """Have a person write into the channel: a text, a video of so many bytes, or a service message."""
        body: dict[str, Any] = {"video": _video(video), "caption": text} if video else {"text": text}
        return int(self._write(self.channel, {"pinned_message": {}} if service else body)["message_id"])

    def answer_of(self, status: int, description: str, **parameters: int) -> Reply:
        """Return a refusal as Telegram words it."""
        return self._refusal(status, description, **parameters).reply

    @route("POST", r"/bot(?P<token>[^/]+)/getMe")
    def get_me(self, request: Request) -> Any:
        """Say who the bot is."""
        self._form(request)
        return self._ok(self._bot() | {"can_join_groups": True, "can_read_all_group_messages": False})

    @route("POST", r"/bot(?P<token>[^/]+)/getChat")
    def get_chat(self, request: Request) -> Any:
        """Describe a chat in full."""
        chat = self._chat(self._form(request, needed="chat_id").fields["chat_id"])
        gifts = dict.fromkeys(
            ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
        )
        full: dict[str, Any] = {"accent_color_id": 1, "max_reaction_count": 11, "accepted_gift_types": gifts}
        if chat.has_protected_content:
            full["has_protected_content"] = True
        if chat.linked_chat_id:
            full["linked_chat_id"] = chat.linked_chat_id
        return self._ok(chat.described() | full)

    @route("POST", r"/bot(?P<token>[^/]+)/getChatMember")
    def get_chat_member(self, request: Request) -> Any:
        """Say what the bot is in the channel."""
        form = self._form(request, needed="chat_id user_id")
        self._chat(form.fields["chat_id"])
        if form.fields["user_id"] != self.BOT_ID:
            raise self._refusal(400, "Bad Request: user not found")
        member: dict[str, Any] = {"user": self._bot(), "status": self.membership}
        if self.membership == "administrator":
            names = (
                "is_anonymous", "can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_be_edited",
                "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories",
                "can_delete_stories", "can_edit_messages", "can_manage_direct_messages", "can_restrict_members",
            )  # fmt: skip
            member |= dict.fromkeys(names, False) | {"can_post_messages": self.can_post}
        return self._ok(member)

    @route("POST", r"/bot(?P<token>[^/]+)/sendMessage")
    def send_message(self, request: Request) -> Any:
        """Write a text."""
        form = self._form(request, needed="chat_id text", allowed="disable_notification")
        chat = self._writable(form)
        if not form.fields["text"].strip():
            raise self._refusal(400, "Bad Request: message text is empty")
        return self._ok(self._write(chat, {"text": form.fields["text"]}))

    @route("POST", r"/bot(?P<token>[^/]+)/sendVideo")
    def send_video(self, request: Request) -> Any:
        """Publish a video."""
        form = self._form(
            request, needed="chat_id", allowed="caption width height duration supports_streaming cover", files="video"
        )
        chat, caption, video = self._writable(form), form.fields.get("caption", ""), form.files["video"]
        if len(caption.encode("utf-16-le")) // 2 > CAPTION_LIMIT:
            raise self._refusal(400, "Bad Request: message caption is too long")
        if len(video) > self.largest:
            raise self._refusal(413, "Request Entity Too Large")
        if b"ftyp" not in video[:12]:
            raise self._refusal(400, "Bad Request: VIDEO_FILE_INVALID")
        if "cover" in form.fields and not self._cover(form).startswith(b"\xff\xd8"):
            raise self._refusal(400, "Bad Request: IMAGE_PROCESS_FAILED")
        shape = {name: form.fields.get(name, 0) for name in ("width", "height", "duration")}
        message = self._write(chat, {"video": _video(len(video)) | shape, "caption": caption})
        if chat is self.channel:
            self.published.append(caption)
        return self._ok(message)

    @route("POST", r"/bot(?P<token>[^/]+)/forwardMessage")
    def forward_message(self, request: Request) -> Any:
        """Copy a message into another chat."""
        form = self._form(request, needed="chat_id from_chat_id message_id", allowed="disable_notification")
        source = self._chat(form.fields["from_chat_id"])
        found = source.messages.get(form.fields["message_id"])
        if found is None:
            raise self._refusal(400, "Bad Request: message to forward not found")
        if "pinned_message" in found:
            raise self._refusal(400, "Bad Request: the message can't be forwarded")
        if source.has_protected_content:
            raise self._refusal(400, "Bad Request: CHAT_FORWARDS_RESTRICTED")
        origin = {
            "type": "channel",
            "chat": source.described(),
            "message_id": found["message_id"],
            "date": found["date"],
        }
        body = {name: found[name] for name in ("text", "video", "caption") if name in found}
        return self._ok(self._write(self._writable(form), body | {"forward_origin": origin}))

    @route("POST", r"/bot(?P<token>[^/]+)/deleteMessage")
    def delete_message(self, request: Request) -> Any:
        """Delete a message; its number is never given again."""
        form = self._form(request, needed="chat_id message_id")
        if self._chat(form.fields["chat_id"]).messages.pop(form.fields["message_id"], None) is None:
            raise self._refusal(400, "Bad Request: message to delete not found")
        return self._ok(True)

    def authorize(self, request: Request) -> None:
        """Refuse a request without the bot's token in its path."""
        bot, _, secret = request.found["token"].partition(":")
        if not (bot.isdecimal() and secret):
            raise self._refusal(404, "Not Found")
        if request.found["token"] != self.key:
            raise self._refusal(401, "Unauthorized")

    def _form(self, request: Request, *, needed: str = "", allowed: str = "", files: str = "") -> Form:
        form = _read_form(request)
        for name in (*needed.split(), *files.split()):
            if name not in form.fields and name not in form.files:
                raise self._refusal(400, f"Bad Request: {name} is empty")
        attached = {str(value).removeprefix("attach://") for value in form.fields.values()}
        unknown = form.fields.keys() - set(f"{needed} {allowed}".split()) | form.files.keys() - {files} - attached
        if unknown:
            raise self._refusal(400, f"Bad Request: unknown fields {sorted(unknown)}")
        for name, kind in TYPES.items():
            if name in form.fields:
                form.fields[name] = self._typed(name, form.fields[name], kind)
        return form

    def _typed(self, name: str, text: str, kind: type) -> Any:
        try:
            value = json.loads(text)
        except ValueError:
            value = None
        if type(value) is not kind:
            raise self._refusal(400, f"Bad Request: {name} is not of type {kind.__name__}")
        return value

    def _cover(self, form: Form) -> bytes:
        name = form.fields["cover"].removeprefix("attach://")
        if name not in form.files:
            raise self._refusal(400, "Bad Request: wrong file identifier/HTTP URL specified")
        return form.files[name]

    def _chat(self, name: str) -> Chat:
        for chat in self.chats.values():
            if name == str(chat.id) or (chat.username and name == f"@{chat.username}"):
                if chat is self.channel and self.membership == "kicked":
                    raise self._refusal(403, "Forbidden: bot was kicked from the channel chat")
                return chat
        raise self._refusal(400, "Bad Request: chat not found")

    def _writable(self, form: Form) -> Chat:
        chat = self._chat(form.fields["chat_id"])
        if chat is self.channel and not (self.membership == "administrator" and self.can_post):
            raise self._refusal(400, "Bad Request: need administrator rights in the channel chat")
        recent = [moment for moment in self.sent_at.get(chat.id, []) if moment > self._now() - 60]
        if self.most_a_minute and len(recent) >= self.most_a_minute:
            wait = int(recent[0] + 60 - self._now()) + 1
            raise self._refusal(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
        self.sent_at[chat.id] = [*recent, self._now()]
        return chat

    def _write(self, chat: Chat, body: dict[str, Any]) -> dict[str, Any]:
        chat.newest += 1
        sender = {"sender_chat": chat.described()} if chat.type == "channel" else {"from": self._bot()}
        head = {"message_id": chat.newest, "date": int(self._now()), "chat": chat.described()}
        chat.messages[chat.newest] = {**head, **sender, **body}
        return chat.messages[chat.newest]

    def _now(self) -> float:
        return time.time() + self.late

    def _bot(self) -> dict[str, Any]:
        return {"id": self.BOT_ID, "is_bot": True, "first_name": "Reef", "username": "reef_bot"}

    def _ok(self, result: Any) -> dict[str, Any]:
        return {"ok": True, "result": result}

    def _refusal(self, status: int, description: str, **parameters: int) -> Refusal:
        body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
        return Refusal(status, body | ({"parameters": parameters} if parameters else {}))


def _video(size: int) -> dict[str, Any]:
    return {
        "file_id": f"file-of-{size}", "file_unique_id": f"u{size}", "width": 0, "height": 0, "duration": 0,
        "mime_type": "video/mp4", "file_name": "reel.mp4", "file_size": size,
    }  # fmt: skip


def _read_form(request: Request) -> Form:
    kind = request.headers.get("content-type", "")
    if kind == "application/x-www-form-urlencoded":
        return Form(dict(parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=bool(request.body))))
    if not kind.startswith("multipart/form-data"):
        return Form()
    form = Form()
    message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + request.body)
    for part in message.iter_parts():
        name, content = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
        if part.get_filename():
            form.files[str(name)] = content
        else:
            form.fields[str(name)] = content.decode()
    return form
