"""Posts to a channel of Telegram, as a bot that is one of its administrators.

Facts (https://core.telegram.org/bots/api, Bot API 10.0; the source of its server, github.com/tdlib/telegram-bot-api;
python-telegram-bot 22.8; never called live):

- Base https://api.telegram.org, the bot's token in the path. @BotFather gives the token; it ends when it is revoked.
- sendVideo publishes at once. There is no key against doing it twice, and a bot cannot list what a channel holds.
- getChat and getChatMember say whether the channel is there and the bot may post (`can_post_messages`).
- forwardMessage makes one message visible to the bot, as a copy in another chat; deleteMessage takes the copy away.
- Messages of a channel are numbered in order, with gaps where some were deleted; service messages take numbers too.
- Captions up to 1024 characters after formatting is taken out. They are counted here in UTF-16 code units, as the
  offsets of formatting are, which is never less than what the server counts. A video has up to 50 MB, 2000 MB through
  a Bot API server of one's own. One without sound becomes an animation, so there must be sound.
- 429 says in `retry_after` how long to wait: about one message a second in a chat, twenty a minute in a group.
- A cover goes with the video (`cover`, since Bot API 8.3), unless `send_cover` is off.
- No schedule, no label for AI-made videos (the line in the caption tells it), no numbers of views.

How a post whose answer was lost is found: `begin` writes down the newest number that is known, and `find` has the
messages after it forwarded, silently and one by one, into a private chat of the operator, the lookout, looks whether
the caption is ours, and deletes each copy at once. Posts of other people in between are passed over. When the answer to
a forwarding is lost, its copy stays in the lookout: harmless, and only the operator sees it.

UNCONFIRMED: that numbers follow each other without larger gaps than `look_ahead`; that a video is in the channel within
`settle_seconds` of a lost answer or never; that a 429 means that nothing was sent; that a video keeps its size in
bytes; that covers are shown; how far Telegram's rules bear ratings.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from pydantic import Field
from telegram import Chat, ChatFullInfo, ChatMemberAdministrator
from telegram.constants import ChatMemberStatus, ChatType

from core.clock import now
from core.errors import AccessLost, BadInput, ConfigError, NotAllowed, ServiceError
from core.models import Value
from core.posting import Limits, Numbers, Post, Receipt, Standing, TextLimit, Token, Visibility
from integrations.platforms.base import Access, PlatformOptions, SignIn, read_options, usual_problems
from integrations.platforms.telegram_api import SERVICE, TelegramApi

log = logging.getLogger(__name__)

BOT_TOKEN = re.compile(r"[1-9]\d{0,15}:[\w-]+", re.ASCII)
GREETING = "Reelwright is being connected to this channel. This message goes away at once."

LOCAL_SERVER_MIB = 1900
"""What a Bot API server of one's own takes: 2000 MB, less what the form around the video needs."""

MOST_NEWER = 50
"""Posts of others that `find` looks at before it leaves the search to a person: each is one of the few messages a
minute that Telegram allows."""

AnyChat = Chat | ChatFullInfo


class TelegramOptions(PlatformOptions):
    """`chat` is the channel, as @name or number; `lookout_chat` a private chat or group to look for lost posts in.

    `local_server` says that `base_url` is a Bot API server of one's own. `look_ahead` is how many numbers in a row must
    be without a post until the search for a lost one ends.
    """

    base_url: str = Field(default="https://api.telegram.org", pattern=r"^https?://[^\s]+$")
    chat: str = Field(pattern=r"^(@\w{4,32}|-?\d+)$", coerce_numbers_to_str=True)
    lookout_chat: str = Field(default="", pattern=r"^(@\w{4,32}|-?\d+)?$", coerce_numbers_to_str=True)
    local_server: bool = False
    send_cover: bool = True
    look_ahead: int = Field(default=20, ge=1)
    timeout_seconds: float = Field(default=180, gt=0, description="The server is silent while it stores a video.")


class Begun(Value):
    """The handle: the channel, the newest number known in it before the post, if any, and when that was."""

    channel: int
    after: int | None
    begun_at: datetime


class TelegramChannel:
    """Posts reels to one channel of Telegram."""

    name: ClassVar[str] = SERVICE
    limits: ClassVar[Limits] = Limits(
        caption=TextLimit(most=1024, unit="utf16"),
        hashtags=100,
        mentions=100,
        seconds=(1, 3600),
        largest_mib=47,
        ratio=(0.05, 20),
        sides=(16, 8192),
        fps=(1, 120),
        highest_rating=3,
    )
    replaces: ClassVar[bool] = False
    allows_marks: ClassVar[bool] = True
    needs_account: ClassVar[bool] = True
    needs_consent: ClassVar[bool] = False
    most_beginnings: ClassVar[int] = 3
    sign_in: ClassVar[type[SignIn] | None] = None
    settle_seconds: ClassVar[float] = 60.0
    """How long after a lost answer `find` is worth asking: until then the video may still be on its way."""

    def __init__(self, access: Access) -> None:
        self._options = read_options(TelegramOptions, self.name, access.options)
        self._access = access

    @classmethod
    def accept_key(cls, options: Mapping[str, Any], key: str) -> Token:
        """Return the token made of a bot token that a person pasted, after trying it.

        To learn the channel's newest number it writes a short silent message there and deletes it. Raises ConfigError
        for what is no bot token, AccessLost or NotAllowed when the bot may not post.
        """
        read = read_options(TelegramOptions, cls.name, options)
        api = _api(read, key.strip())
        api.me()
        channel = _channel(api, read)
        if read.lookout_chat:
            _lookout(api, read, channel)
        greeting = api.say(channel.id, GREETING)
        try:
            api.delete(channel.id, greeting.message_id)
        except ServiceError as exc:
            log.warning("The greeting stays at %s; delete it by hand: %s", _url(channel, greeting.message_id), exc)
        return Token(
            access=key.strip(),
            obtained_at=now(),
            owner_id=str(channel.id),
            owner_name=f"@{channel.username}" if channel.username else channel.title or "",
            kind="bot",
            memory={"last_message_id": str(greeting.message_id)},
        )

    def problems(self, post: Post) -> list[str]:
        """Say what Telegram would surely refuse, and that a post without a caption could not be found again."""
        size = {"largest_mib": LOCAL_SERVER_MIB} if self._options.local_server else {}
        found = usual_problems(post, self.limits.model_copy(update=size))
        if not _letters(post.caption):
            found.append("The caption is empty, and by it a lost post is found. Write one in the brief.")
        return found

    def visibilities(self) -> tuple[str, ...]:
        """Return nothing: nobody must choose who sees a post."""
        return ()

    def begin(self, post: Post) -> str:
        """See that the bot may post, and return what is known of the channel before it."""
        token = self._access.token()
        channel = _channel(_api(self._options, token.access), self._options)
        if token.owner_id != str(channel.id):
            raise NotAllowed(
                f"The account was connected for {token.owner_name}, and `chat` names another channel.",
                service=self.name,
                remedy="Give each channel an account of its own: `reelwright connect telegram NAME`.",
            )
        known = [post.newest_id, token.memory.get("last_message_id", "")]
        after = max((int(number) for number in known if number.isdecimal()), default=None)
        return Begun(channel=channel.id, after=after, begun_at=now()).model_dump_json()

    def upload(self, post: Post, handle: str) -> None:
        """Do nothing: the call that sends the video also publishes it."""

    def check(self, post: Post, handle: str) -> Standing:
        """Say `ready`: nothing lies at Telegram before `finish`, and what that sends is shown at once."""
        return Standing(state="ready")

    def finish(self, post: Post, handle: str) -> Standing:
        """Send the video, which publishes it."""
        cover = post.files.get("cover") if self._options.send_cover else None
        api, begun = self._connected(), _begun(handle)
        sent = api.send_video(begun.channel, post.files["reel"], post.caption, facts=post.video, cover=cover)
        return _shown(sent.chat, sent.message_id)

    def find(self, post: Post, handle: str) -> Standing:
        """Look for the video among the messages after the newest known one, as the head of this file tells.

        `absent` only where the bot could look; otherwise `unclear`, with where a person can.
        """
        api, begun = self._connected(), _begun(handle)
        channel = api.chat(begun.channel)
        if hindrance := self._hindrance(channel, begun):
            return _unclear(channel, hindrance)
        assert begun.after is not None
        lookout = _lookout(api, self._options, channel)
        return self._search(api, post, channel, begun.after, lookout)

    def dress(self, post: Post, receipt: Receipt) -> None:
        """Do nothing: the cover went with the video, and Telegram takes no captions."""

    def numbers(self, ids: Sequence[str]) -> dict[str, Numbers]:
        """Return nothing: a bot is not told who saw a post."""
        return {}

    def _hindrance(self, channel: ChatFullInfo, begun: Begun) -> str:
        """Say why looking into the channel would prove nothing; empty where it would."""
        if now() - begun.begun_at < timedelta(seconds=self.settle_seconds):
            return "It is too early to tell."
        if not self._options.lookout_chat:
            return "Without a `lookout_chat` in the options the bot cannot look into the channel."
        if begun.after is None:
            return "The newest number in the channel was not known before the post."
        if channel.has_protected_content:
            return "The channel forbids saving content, so the bot cannot look into it."
        return ""

    def _search(self, api: TelegramApi, post: Post, channel: ChatFullInfo, after: int, lookout: int) -> Standing:
        number, last, newer = after, after, 0
        while number < last + self._options.look_ahead and newer < MOST_NEWER:
            number += 1
            seen = api.look_at(channel.id, number, lookout)
            if seen is None:
                continue
            last, newer = number, newer + 1
            if seen.video_bytes is not None and _letters(seen.caption) == _letters(post.caption):
                return _shown(channel, number)
            if seen.video_bytes and post.video and seen.video_bytes == post.video.bytes:
                return _unclear(channel, f"The video of post {number} is as large as ours, but its caption differs.")
        if newer == MOST_NEWER:
            return _unclear(channel, f"There are at least {MOST_NEWER} newer posts of others.")
        return Standing(state="absent", reason=f"No post after number {after} has this caption.")

    def _connected(self) -> TelegramApi:
        return _api(self._options, self._access.token().access)


def _api(options: TelegramOptions, token: str) -> TelegramApi:
    if not BOT_TOKEN.fullmatch(token):
        raise ConfigError(
            "This is no bot token.", remedy="Paste the token that @BotFather shows, digits, a colon and letters."
        )
    return TelegramApi(token, options.base_url, timeout=options.timeout_seconds)


def _channel(api: TelegramApi, options: TelegramOptions) -> ChatFullInfo:
    """Return the channel; raises NotAllowed or AccessLost when the bot may not post there."""
    channel = api.chat(options.chat)
    if channel.type != ChatType.CHANNEL:
        raise NotAllowed(
            f"`chat` names a {channel.type}, not a channel.",
            service=SERVICE,
            remedy="Write the @name or number of a channel into the posting file.",
        )
    member = api.own_membership(channel.id)
    if member.status in (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED):
        raise AccessLost(
            "The bot has been removed from the channel.",
            service=SERVICE,
            remedy="Make the bot an administrator of the channel again, then connect the account again.",
        )
    if not isinstance(member, ChatMemberAdministrator) or not member.can_post_messages:
        raise NotAllowed(
            "The bot may not post in the channel.",
            service=SERVICE,
            remedy="Make the bot an administrator of the channel and give it the right to post messages.",
        )
    return channel


def _lookout(api: TelegramApi, options: TelegramOptions, channel: ChatFullInfo) -> int:
    """Return the number of the lookout chat; raises NotAllowed where strangers would see the copies."""
    lookout = api.chat(options.lookout_chat)
    is_public = lookout.type != ChatType.PRIVATE and bool(lookout.username)
    if lookout.type == ChatType.CHANNEL or is_public or lookout.id == channel.linked_chat_id:
        raise NotAllowed(
            "`lookout_chat` is a place where others would see the copies of posts.",
            service=SERVICE,
            remedy="Name your own number, after pressing Start in the bot, or a private group with the bot in it.",
        )
    return lookout.id


def _begun(handle: str) -> Begun:
    try:
        return Begun.model_validate_json(handle)
    except ValueError as exc:
        raise BadInput("This is no handle of Telegram.", remedy="Begin the delivery anew.") from exc


def _shown(channel: AnyChat, number: int) -> Standing:
    """Return the standing of a post; a channel without a @name is seen by those who were let in."""
    visibility: Visibility = "public" if channel.username else "unlisted"
    receipt = Receipt(external_id=str(number), url=_url(channel, number), visibility=visibility)
    return Standing(state="shown", receipt=receipt)


def _unclear(channel: AnyChat, why: str) -> Standing:
    return Standing(state="unclear", reason=f"{why} Look whether the post is there: {_url(channel)}")


def _url(channel: AnyChat, number: int | None = None) -> str:
    """Return the address of a channel, or of a message in it."""
    place = channel.username or f"c/{str(channel.id).removeprefix('-100')}"
    return f"https://t.me/{place}" + (f"/{number}" if number is not None else "")


def _letters(text: str) -> str:
    """Return a text without spaces and invisible characters, of which Telegram changes some."""
    return "".join(letter for letter in text if unicodedata.category(letter)[0] not in "CMZ")
