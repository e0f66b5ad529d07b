"""A2E (https://a2e.ai): pictures, clips, talking figures, speech and voices learnt from samples.

Facts, collected in November 2026; its documentation at https://api.a2e.ai leaves most answers undescribed, so much
of this is how public clients use it. What says UNCONFIRMED was seen once or never, and can be told otherwise in the
services file.

- Base address https://video.a2e.ai. Other brands serve the same paths; whether they share accounts is UNCONFIRMED.
- `Authorization: Bearer sk_...`, and `x-lang: en-US` because some calls want it.
- Every answer is {"code": 0, "data": ...}; another code is an error, also with HTTP status 200. The codes are not
  published, so refusals are told apart by their words. UNCONFIRMED.
- draw: POST /api/v1/userText2Image/start (older: userText2image). Its `data` is an object or a list, and sizes are
  multiples of 8. The largest size is UNCONFIRMED.
- animate: POST /api/v1/userImage2Video/start, 5, 10, 15 or 20 s. `model_version` sets the price; without it that
  depends on the account, so it is always sent.
- talk: POST /api/v1/talkingPhoto/start, up to 10 s. UNCONFIRMED.
- These three: GET FAMILY/{_id} (404 at times, then the list knows) and GET FAMILY/allRecords?pageNum&pageSize.
- speak: POST /api/v1/video/send_tts, at most 1000 characters; answers at once with the address of the sound.
- clone: POST /api/v1/userVoice/training, GET and DELETE /api/v1/userVoice/{_id}, lists processingRecord and
  completedRecord.
- Inputs are read from public addresses: POST /api/v1/r2/upload-presigned-url, then PUT without the token, which
  would break the signature. Six clients agree on the path; one names get_upload_presigned_url. UNCONFIRMED.
- POST /api/v1/generation/quote says what a job would cost; the form of its answer is UNCONFIRMED.
- Coins are taken when a job is accepted. Whether failed jobs are refunded, and the limits on calls: UNCONFIRMED.
- Results lie behind signed addresses for about 3 days.
- Only families without `force_generate` are called (it skips the check of what is shown, and is on by default for
  API users), and `minor_suspected_skip` is never sent: A2E's safety checks stay on.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, Literal
from urllib.parse import quote as escaped
from urllib.parse import urlsplit

import httpx
from pydantic import Field, ValidationError

from core.errors import (
    AccessLost,
    BadInput,
    FactoryError,
    OutcomeUnknown,
    Rejected,
    ServiceError,
    UnexpectedReply,
    Unreachable,
)
from core.models import (
    AnimateRequest,
    Capability,
    CloneRequest,
    DrawRequest,
    Language,
    Made,
    SpeakRequest,
    TalkRequest,
)
from integrations.generation import a2e_replies as replies
from integrations.generation.contract import Job, Pace, ServiceOptions, Standing, Ticket
from integrations.generation.http import Api, shown
from integrations.generation.picture_words import NO_LETTERS, picture_words
from integrations.generation.prices import Per, Price, cost
from integrations.generation.spoken_reply import speech_from

USER_VOICE = "user:"
"""Marks the id of a voice that was learnt from samples, as against one of A2E's own."""

LONGEST_TEXT = 1000
"""Characters of one spoken line for API users; the published schema says 3000."""

PAGE_SIZE, MOST_PAGES, PAGES_OF_A_CHECK = 50, 20, 2
"""How much of a list is read: all that matters when a lost job is looked for, the newest when one is checked."""

CLOCKS_DIFFER = timedelta(minutes=5)
"""How far A2E's clock may be off before a job of ours is taken for an older one."""

SOMEWHERE = "https://example.com/input"
"""Stands for an input in a quote, which is asked for before anything is uploaded."""

TALKING = "The person speaks to the camera, lively face, natural gestures."
"""What a talking figure does when the request does not say; A2E wants a prompt."""

FAMILIES = {
    Capability.ANIMATE: "/api/v1/userImage2Video",
    Capability.TALK: "/api/v1/talkingPhoto",
    Capability.CLONE: "/api/v1/userVoice",
}
QUOTED = frozenset({Capability.DRAW, Capability.ANIMATE, Capability.TALK})

PRICES = (
    Price(capability=Capability.DRAW, since=date(2026, 1, 1), units=Decimal(20)),
    Price(capability=Capability.ANIMATE, since=date(2025, 1, 1), per="second", units=Decimal(20)),
    Price(capability=Capability.ANIMATE, since=date(2026, 8, 1), per="second", units=Decimal(6)),
    Price(capability=Capability.TALK, since=date(2025, 1, 1), per="second", units=Decimal(20)),
    Price(capability=Capability.SPEAK, since=date(2025, 1, 1), per="character", units=Decimal("0.07")),
    Price(capability=Capability.CLONE, since=date(2025, 1, 1), units=Decimal(200)),
)
"""Coins, all UNCONFIRMED, each the highest figure seen: pictures 10 to 20 (clients, early 2026), 5 s of clip 100
(A2E's documentation, 2025) and 30 (measured, August 2026), 30 s of speech 30 and a voice 100 to 200 (one reseller's
sheet). Talking figures are taken to cost what clips did in 2025."""


class A2EOptions(ServiceOptions):
    """What A2E can be told: see the header for what is UNCONFIRMED and may have to be.

    `longest_side` bounds the pictures, in pixels; `regions` says for each language which accent a learnt voice
    speaks; `asks_quotes` turns the quote of the service on, before the price table.
    """

    base_url: str = Field(default="https://video.a2e.ai", pattern=r"^https?://[^\s]+$")
    poll_seconds: float = Field(default=6, gt=0)
    patience_seconds: float = Field(default=1800, gt=0)
    pace: Pace = Pace(concurrent=2)
    asks_quotes: bool = True
    image_path: str = Field(default="/api/v1/userText2Image", pattern=r"^/[\w/.-]*/userText2[Ii]mage$")
    image_model: str = "a2e"
    longest_side: int = Field(default=1536, ge=256, le=4096)
    video_model_version: str = "a2e-v2"
    video_times: tuple[int, ...] = (5, 10, 15, 20)
    negative_prompt: str = "text, watermark, blurry, low quality, distorted face, extra fingers"
    talk_seconds: int = Field(default=10, ge=1)
    upload_path: str = Field(default="/api/v1/r2/upload-presigned-url", pattern="^/")
    regions: dict[Language, str] = Field(default={"en": "US", "es": "ES", "de": "DE", "fr": "FR", "it": "IT"})
    clone_model: Literal["a2e", "cartesia", "minimax", "elevenlabs"] = "a2e"
    clone_gender: Literal["female", "male"] = "female"


class A2E:
    """One account of A2E."""

    name: ClassVar[str] = replies.SERVICE
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.DRAW, Capability.ANIMATE, Capability.TALK, Capability.SPEAK, Capability.CLONE}
    )
    Options: ClassVar[type[ServiceOptions]] = A2EOptions
    needs_key: ClassVar[bool] = True
    quotes_by_asking: ClassVar[bool] = True

    def __init__(self, options: A2EOptions, key: str) -> None:
        self._options, self._key = options, key.strip()
        headers = {"Authorization": f"Bearer {self._key}", "x-lang": "en-US"}
        self._api = Api(self.name, options.base_url, headers=headers, timeout=options.timeout_seconds)

    def objection(self, capability: Capability, request: dict[str, Any]) -> str | None:
        """Say why this cannot be asked of A2E: no key, no voice of its own, too long."""
        if not self._key:
            return "A2E needs a token; add one with `reelwright accounts add a2e NAME`."
        match capability:
            case Capability.SPEAK:
                return self._speech_objection(SpeakRequest.model_validate(request))
            case Capability.ANIMATE:
                seconds, longest = AnimateRequest.model_validate(request).seconds, max(self._options.video_times)
            case Capability.TALK:
                seconds, longest = TalkRequest.model_validate(request).seconds, self._options.talk_seconds
            case Capability.DRAW | Capability.CLONE:
                return None
            case _:
                return f"A2E does not {capability}."
        return f"A2E makes at most {longest} s, not {seconds:g}; shorten the line." if seconds > longest else None

    def quote(self, job: Job) -> Decimal:
        """Return the coins a job will cost: what A2E says, else by the price table."""
        body = self._body(job, lambda sha: SOMEWHERE)
        if self._options.asks_quotes and job.capability in QUOTED:
            try:
                question = {"endpoint": self._start(job.capability), "requestBody": body}
                told = replies.price_in(self._ask("POST", "/api/v1/generation/quote", json=question))
            except (Rejected, UnexpectedReply, Unreachable):
                told = None  # a service that gives no quote must not stop the work: the table knows a price
            if told is not None:
                return told
        amounts: dict[Per, Decimal] = {
            "request": Decimal(1),
            "second": Decimal(body.get("video_time") or body.get("duration") or 0),
            "character": Decimal(len(body.get("msg", ""))),
        }
        tables = (self._options.prices, PRICES)
        return cost(tables, self.name, job.capability, self._model(job), amounts, datetime.now(UTC).date())

    def begin(self, job: Job, workspace: Path) -> Ticket:
        """Upload the inputs, then ask for the job, once."""
        body = self._body(job, lambda sha: self._upload(job, sha))
        data = self._submit(self._start(job.capability), body)
        record = replies.record_of(data)
        number = "" if job.capability is Capability.SPEAK else replies.id_of(record)
        if number:
            return Ticket(number, units=replies.number_of(record.get("coins")))
        if links := replies.links_of(record or data, job.capability):
            return self._made_at_once(job, links[0], workspace)
        raise self._lost("A2E took the job, but its answer names none.", str(data))

    def check(self, job: Job, external_id: str) -> Standing:
        """Ask how far the job is; an address is the result itself. A job that no list shows yet is still to come."""
        if links := replies.links_of(external_id, job.capability):
            return Standing(True, 1.0, links)
        record = self._record(job.capability, external_id)
        if not record:
            return Standing(False)
        standing = replies.standing_of(record, job.capability)
        if job.capability is Capability.CLONE and standing.is_ready:
            return Standing(True, 1.0, result={"voice_id": USER_VOICE + external_id}, units=standing.units)
        return standing

    def fetch(self, job: Job, standing: Standing, workspace: Path) -> Made:
        """Copy the picture, clip or speech into the workspace; a learnt voice is only its id."""
        if job.capability is Capability.CLONE:
            return Made(result=dict(standing.result), model=self._model(job))
        raw = workspace / "a2e.part"
        self._api.download(standing.links[0], raw, largest_mib=self._options.largest_mib)
        if job.capability is Capability.SPEAK:
            asked = SpeakRequest.model_validate(job.request)
            return speech_from(raw, asked.text, asked.language, workspace, service=self.name, model=self._model(job))
        role, wanted = ("picture", "image/") if job.capability is Capability.DRAW else ("clip", "video/")
        suffix, content_type = replies.kind_of(raw)
        if not content_type.startswith(wanted):
            raise UnexpectedReply(f"What came is no {role}.", service=self.name, detail=content_type)
        return Made(files={role: raw.rename(workspace / f"{role}{suffix}")}, model=self._model(job))

    def find(self, job: Job, since: datetime) -> str | None:
        """Look for our label in A2E's own list of such jobs.

        Raises OutcomeUnknown where that cannot tell: for speech, which is in no list, and when records hide their
        names or never end.
        """
        if job.capability is Capability.SPEAK:
            raise self._lost("A2E keeps no list of spoken lines.")
        label = re.compile(rf"(?<![\w-]){re.escape(job.label)}(?![\w-])")
        oldest, nameless = since - CLOCKS_DIFFER, False
        for rows in self._pages(job.capability):
            for row in rows:
                if label.search(str(row.get("name") or "")):
                    return replies.id_of(row)
                nameless |= not row.get("name") and (replies.created(row) or oldest) >= oldest
            if replies.ends_before(rows, oldest):
                break
        if nameless:
            raise self._lost("A2E's list has jobs without names, so ours may be one of them.")
        return None

    def balance(self) -> Decimal:
        """Return the coins the account has left."""
        return replies.parsed(replies.Coins, self._ask("GET", "/api/v1/user/remainingCoins")).coins

    def examine(self) -> str:
        """Say how many coins are left."""
        return f"{self.balance():f} coins left at {urlsplit(self._options.base_url).netloc}"

    def forget_voice(self, voice_id: str) -> None:
        """Have A2E delete a voice it learnt. Raises Rejected when there is none of that id."""
        family = FAMILIES[Capability.CLONE]
        self._ask("DELETE", f"{family}/{escaped(voice_id.removeprefix(USER_VOICE), safe='')}")

    def _speech_objection(self, asked: SpeakRequest) -> str | None:
        voice = asked.voice.ids.get(self.name, "")
        if not voice.removeprefix(USER_VOICE):
            return "The character has no voice at A2E; name one under [character.voice.ids]."
        if voice.startswith(USER_VOICE) and asked.language not in self._options.regions:
            return f"No region is set for '{asked.language}' in [services.a2e.regions]."
        if not asked.text.strip():
            return "There is nothing to say."
        if len(asked.text) > LONGEST_TEXT:
            return f"A2E speaks at most {LONGEST_TEXT} characters, not {len(asked.text)}; shorten the line."
        return None

    def _family(self, capability: Capability) -> str:
        return self._options.image_path if capability is Capability.DRAW else FAMILIES[capability]

    def _start(self, capability: Capability) -> str:
        if capability is Capability.SPEAK:
            return "/api/v1/video/send_tts"
        return f"{self._family(capability)}/{'training' if capability is Capability.CLONE else 'start'}"

    def _model(self, job: Job) -> str:
        return {
            Capability.DRAW: self._options.image_model,
            Capability.ANIMATE: self._options.video_model_version,
            Capability.CLONE: self._options.clone_model,
            Capability.TALK: "talkingPhoto",
        }.get(job.capability, "send_tts")

    def _body(self, job: Job, address_of: Callable[[str], str]) -> dict[str, Any]:
        """Return the body of the paid call; `address_of` turns an input file into an address. Raises BadInput."""
        if refused := self.objection(job.capability, job.request):
            raise BadInput(refused)
        match job.capability:
            case Capability.DRAW:
                return self._picture(DrawRequest.model_validate(job.request), job.label)
            case Capability.ANIMATE:
                return self._clip(AnimateRequest.model_validate(job.request), job.label, address_of)
            case Capability.TALK:
                return self._talk(TalkRequest.model_validate(job.request), job.label, address_of)
            case Capability.SPEAK:
                return self._line(SpeakRequest.model_validate(job.request))
        return self._voice(CloneRequest.model_validate(job.request), job.label, address_of)

    def _picture(self, asked: DrawRequest, label: str) -> dict[str, Any]:
        scale = min(1.0, self._options.longest_side / max(asked.width, asked.height))
        width, height = (max(8, round(side * scale / 8) * 8) for side in (asked.width, asked.height))
        size = {"width": width, "height": height}
        return {
            "name": label,
            "prompt": picture_words(asked, NO_LETTERS),
            **size,
            "model_type": self._options.image_model,
            "max_images": 1,
        }

    def _clip(self, asked: AnimateRequest, label: str, address_of: Callable[[str], str]) -> dict[str, Any]:
        return {
            "name": label,
            "image_url": address_of(asked.picture),
            "prompt": asked.prompt,
            "negative_prompt": self._options.negative_prompt,
            "model_type": "GENERAL",
            "model_version": self._options.video_model_version,
            "video_time": min(time for time in self._options.video_times if time >= asked.seconds),
            "number_of_images": 1,
        }

    def _talk(self, asked: TalkRequest, label: str, address_of: Callable[[str], str]) -> dict[str, Any]:
        return {
            "name": label,
            "image_url": address_of(asked.picture),
            "audio_url": address_of(asked.speech),
            "duration": math.ceil(asked.seconds),
            "prompt": asked.prompt or TALKING,
            "negative_prompt": self._options.negative_prompt,
        }

    def _line(self, asked: SpeakRequest) -> dict[str, Any]:
        voice = asked.voice.ids.get(self.name, "")
        line = {"msg": asked.text, "speechRate": asked.voice.speed}
        if not voice.startswith(USER_VOICE):
            return {**line, "tts_id": voice}
        place = {"country": asked.language, "region": self._options.regions[asked.language]}
        return {**line, "user_voice_id": voice.removeprefix(USER_VOICE), **place}

    def _voice(self, asked: CloneRequest, label: str, address_of: Callable[[str], str]) -> dict[str, Any]:
        return {
            "name": f"{asked.name} {label}",
            "voice_urls": [address_of(sample) for sample in asked.samples],
            "model": self._options.clone_model,
            "language": asked.language,
            "gender": self._options.clone_gender,
            "denoise": True,
        }

    @cached_property
    def _storage(self) -> Api:
        """Speaks without the token, which would break the signature of an upload."""
        return Api(self.name, self._options.base_url, timeout=self._options.timeout_seconds)

    def _upload(self, job: Job, sha: str) -> str:
        """Store an input file at A2E and return its public address."""
        path = job.files[sha]
        suffix, content_type = replies.kind_of(path)
        if not suffix:
            raise BadInput("An input file is neither a picture nor sound of a kind A2E reads.")
        place = {"key": f"reelwright/{sha}{suffix}", "contentType": content_type, "fileSize": path.stat().st_size}
        upload = replies.parsed(replies.Upload, self._ask("POST", self._options.upload_path, json=place))
        # The query is the signature: given apart, it stays out of the errors, which name the path.
        target, _, signature = upload.put_to.partition("?")
        headers = {"Content-Type": content_type}
        try:
            with path.open("rb") as file:
                self._storage.ask("PUT", target, params=signature, content=file, headers=headers)
        except ServiceError as exc:
            # A refusal here is about the signature, never about the account.
            raise Unreachable("The storage took no input file.", service=self.name, status=exc.status) from None
        return upload.address

    def _made_at_once(self, job: Job, link: str, workspace: Path) -> Ticket:
        """Return a ticket for a result whose address came with the answer, under no number.

        A bare address is saved as the number of the job, so that a process that dies before the download can come
        back for what was paid. A signed one is a secret: numbers are stored and shown, so its file is taken here.
        Should the process die meanwhile, one result is lost; as OutcomeUnknown it is not bought again unasked.
        """
        parts = urlsplit(link)
        if not (parts.query or parts.fragment or parts.username):
            return Ticket(link)
        try:
            made = self.fetch(job, Standing(True, 1.0, (link,)), workspace)
        except FactoryError as exc:
            raise self._lost("A2E made it, but the file could not be taken.", exc.message) from exc
        return Ticket(parts._replace(netloc=parts.hostname or "", query="", fragment="").geturl(), made)

    def _record(self, capability: Capability, number: str) -> dict[str, Any]:
        """Return the record of a job, {} when neither its own address nor the newest of the list knows it."""
        try:
            return replies.record_of(self._ask("GET", f"{self._family(capability)}/{escaped(number, safe='')}"))
        except Rejected as exc:
            if exc.status != 404 and exc.code != "404":
                raise
        rows = (row for rows in islice(self._pages(capability), PAGES_OF_A_CHECK) for row in rows)
        return next((row for row in rows if replies.id_of(row) == number), {})

    def _pages(self, capability: Capability) -> Iterator[list[dict[str, Any]]]:
        """Yield the pages of a list until one brings nothing new. Raises OutcomeUnknown when it has too many."""
        family = self._family(capability)
        if capability is Capability.CLONE:
            # In this order a voice that is finished between the two calls is in both, not in neither.
            kinds = ("processing", "completed")
            yield [row for kind in kinds for row in replies.rows_of(self._ask("GET", f"{family}/{kind}Record"))]
            return
        known: set[str] = set()
        for page in range(1, MOST_PAGES + 1):
            # A short page need not be the last: a service may give fewer rows than it was asked for.
            query = {"pageNum": page, "pageSize": PAGE_SIZE}
            rows = replies.rows_of(self._ask("GET", f"{family}/allRecords", params=query))
            new = [row for row in rows if replies.id_of(row) not in known]
            if not new:
                return
            known.update(map(replies.id_of, new))
            yield new
        raise self._lost(f"A2E's list has more than {MOST_PAGES} pages.")

    def _ask(self, method: str, path: str, **options: Any) -> Any:
        """Send what may be sent again and return the `data` of the answer."""
        try:
            reply = self._api.ask(method, path, **options)
        except (AccessLost, Rejected) as exc:
            raise replies.refusal_of(exc) from exc
        return self._data(reply)

    def _submit(self, path: str, body: dict[str, Any]) -> Any:
        """Send the paid call and return the `data` of the answer."""
        try:
            reply = self._api.submit("POST", path, json=body)
        except (AccessLost, Rejected) as exc:
            raise replies.refusal_of(exc) from exc
        return self._data(reply, submitted=True)

    def _data(self, reply: httpx.Response, *, submitted: bool = False) -> Any:
        """Return what is in the envelope. After a submit, whatever is no clear refusal is OutcomeUnknown."""
        body = self._api.json_of(reply, submitted=submitted)
        try:
            envelope = replies.Envelope.model_validate(body)
        except ValidationError:
            envelope = replies.Envelope(code=reply.status_code)
        if envelope.code == 0:
            return envelope.data
        detail = replies.without_queries(shown(reply))
        if 200 <= envelope.code < 300:
            unclear = OutcomeUnknown if submitted else UnexpectedReply
            raise unclear("The answer has no code that says yes or no.", service=self.name, detail=detail)
        if 500 <= envelope.code < 600 or replies.TROUBLE.search(envelope.told):
            trouble = OutcomeUnknown if submitted else Unreachable
            raise trouble("A2E has trouble.", service=self.name, code=str(envelope.code), detail=detail)
        raise replies.refusal(envelope.told or detail, status=reply.status_code, code=envelope.code)

    def _lost(self, message: str, detail: str = "") -> OutcomeUnknown:
        return OutcomeUnknown(message, service=self.name, detail=replies.without_queries(detail))
