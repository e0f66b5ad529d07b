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
- Coins are taken when a job is accepted; those of a failed one count as spent. Whether A2E gives them back, and the
  limits on calls: UNCONFIRMED.
- Results lie behind signed addresses for about 3 days.
- Only families without `force_generate` are called (it skips the check of what is shown, and is on by default for
  API users), and `minor_suspected_skip` is never sent: A2E's safety checks stay on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote as escaped
from urllib.parse import urlsplit

from core.errors import FactoryError, Rejected, ServiceError, UnexpectedReply, Unreachable
from core.models import Capability, Made, SpeakRequest
from integrations.generation import a2e_replies as replies
from integrations.generation.a2e_api import SERVICE, A2EApi
from integrations.generation.a2e_requests import PRICES, USER_VOICE, A2EOptions, AddressOf, Requests, amounts_of
from integrations.generation.contract import Job, ServiceOptions, Standing, Ticket
from integrations.generation.file_kinds import clip_of, kind_of, picture_of
from integrations.generation.prices import cost_today
from integrations.generation.spoken_reply import speech_from
from integrations.http import Api, bare_address, one_line

PAGE_SIZE, MOST_PAGES, PAGES_OF_A_CHECK = 50, 20, 2
"""How much of a list is read: all that matters when a lost job is looked for, the newest when one is checked."""

CLOCKS_DIFFER = timedelta(minutes=5)
"""How far A2E's clock may be off before a job of ours is taken for an older one."""

SOMEWHERE = "https://example.com/input"
"""Stands for an input in a quote, which is asked for before anything is uploaded."""

QUOTED = frozenset({Capability.DRAW, Capability.ANIMATE, Capability.TALK})


class A2E:
    """One account of A2E."""

    name: ClassVar[str] = SERVICE
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.DRAW, Capability.ANIMATE, Capability.TALK, Capability.SPEAK, Capability.CLONE}
    )
    Options: ClassVar[type[ServiceOptions]] = A2EOptions
    needs_key: ClassVar[bool] = True
    quotes_by_asking: ClassVar[bool] = True

    def __init__(self, options: A2EOptions, key: str) -> None:
        self._options, self._requests = options, Requests(options)
        headers = {"Authorization": f"Bearer {key}", "x-lang": "en-US"}
        self._api = A2EApi(self.name, options.base_url, headers=headers, timeout=options.timeout_seconds)

    def objection(self, capability: Capability, request: dict[str, Any]) -> str | None:
        """Say why this cannot be asked of A2E: no voice of its own, too long, nothing to say."""
        return self._requests.objection(capability, request)

    def quote(self, job: Job) -> Decimal:
        """Return the coins a job will cost: what A2E says, else by the price table."""
        body = self._body(job, lambda sha: SOMEWHERE)
        if self._options.asks_quotes and job.capability in QUOTED:
            question = {"endpoint": self._requests.start(job.capability), "requestBody": body}
            try:
                told = replies.price_in(self._api.read("POST", "/api/v1/generation/quote", json=question))
            except (Rejected, UnexpectedReply, Unreachable):
                told = None  # a service that gives no quote must not stop the work: the table knows a price
            if told is not None:
                return told
        model = self._requests.model(job.capability)
        return cost_today((self._options.prices, PRICES), self.name, job.capability, model, amounts_of(body))

    def begin(self, job: Job, workspace: Path) -> Ticket:
        """Upload the inputs, then ask for the job, once."""
        body = self._body(job, lambda sha: self._upload(job, sha))
        data = self._api.pay(self._requests.start(job.capability), body)
        record = replies.record_of(data)
        number = "" if job.capability is Capability.SPEAK else replies.id_of(record)
        if number:
            return Ticket(number, units=replies.number_of(record.get("coins")))
        if links := replies.links_of(record or data, job.capability):
            return self._made_at_once(job, links[0], workspace)
        raise self._api.lost("A2E took the job, but its answer names none.", detail=one_line(str(data)))

    def check(self, job: Job, external_id: str) -> Standing:
        """Ask how far the job is; an address is the result itself. A job that no list shows yet is still to come."""
        if links := replies.links_of(external_id, job.capability):
            return Standing(True, 1.0, links)
        if job.capability is Capability.SPEAK:
            raise self._api.lost("A2E keeps no list of spoken lines; the number of one is the address of its sound.")
        record = self._record(job.capability, external_id)
        if not record:
            return Standing(False)
        standing = replies.standing_of(record, job.capability)
        if job.capability is Capability.CLONE and standing.is_ready:
            return Standing(True, 1.0, result={"voice_id": USER_VOICE + external_id}, units=standing.units)
        return standing

    def fetch(self, job: Job, standing: Standing, workspace: Path) -> Made:
        """Copy the picture, clip or speech into the workspace; a learnt voice is only its id."""
        model = self._requests.model(job.capability)
        if job.capability is Capability.CLONE:
            return Made(result=dict(standing.result), model=model)
        raw = workspace / "a2e.part"
        self._api.download(standing.links[0], raw, largest_mib=self._options.largest_mib)
        if job.capability is Capability.SPEAK:
            asked = SpeakRequest.model_validate(job.request)
            return speech_from(raw, asked.text, asked.language, workspace, service=self.name, model=model)
        if job.capability is Capability.DRAW:
            return Made(files={"picture": picture_of(raw, self.name)}, model=model)
        return Made(files={"clip": clip_of(raw, self.name)}, model=model)

    def find(self, job: Job, since: datetime) -> str | None:
        """Look for our label in A2E's own list of such jobs.

        Raises OutcomeUnknown where that cannot tell: for speech, which is in no list, and when records hide their
        names or never end.
        """
        if job.capability is Capability.SPEAK:
            raise self._api.lost("A2E keeps no list of spoken lines.")
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
            raise self._api.lost("A2E's list has jobs without names, so ours may be one of them.")
        return None

    def balance(self) -> Decimal:
        """Return the coins the account has left."""
        return self._api.parsed(replies.Coins, self._api.read("GET", "/api/v1/user/remainingCoins")).coins

    def examine(self) -> str:
        """Say how many coins are left."""
        return f"{self.balance():f} coins left at {urlsplit(self._options.base_url).netloc}"

    def _body(self, job: Job, address_of: AddressOf) -> dict[str, Any]:
        """Return the body of the paid call. Raises Rejected for a request that is objected to."""
        if refused := self.objection(job.capability, job.request):
            raise Rejected(refused, service=self.name)
        return self._requests.body(job, address_of)

    @cached_property
    def _storage(self) -> Api:
        """Speaks without the token, which would break the signature of an upload."""
        return Api(self.name, self._options.base_url, timeout=self._options.timeout_seconds)

    def _upload(self, job: Job, sha: str) -> str:
        """Store an input file at A2E and return its public address."""
        path = job.files[sha]
        kind = kind_of(path)
        if kind is None:
            raise Rejected("An input file is neither a picture nor sound of a kind A2E reads.", service=self.name)
        size, name = path.stat().st_size, f"reelwright/{sha}{kind.suffix}"
        place = {"key": name, "contentType": kind.media_type, "fileSize": size}
        upload = self._api.parsed(replies.Upload, self._api.read("POST", self._options.upload_path, json=place))
        # The query is the signature: given apart, it stays out of the errors, which name the path.
        target, _, signature = upload.put_to.partition("?")
        headers = {"Content-Type": kind.media_type}
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
        if link == bare_address(link):
            return Ticket(link)
        try:
            made = self.fetch(job, Standing(True, 1.0, (link,)), workspace)
        except FactoryError as exc:
            raise self._api.lost("A2E made it, but the file could not be taken.", detail=exc.message) from exc
        return Ticket(bare_address(link), made)

    def _record(self, capability: Capability, number: str) -> dict[str, Any]:
        """Return the record of a job, {} when neither its own address nor the newest of the list knows it."""
        try:
            family = self._requests.family(capability)
            return replies.record_of(self._api.read("GET", f"{family}/{escaped(number, safe='')}"))
        except Rejected as exc:
            if exc.status != 404 and exc.code != "404":
                raise
        rows = (row for rows in islice(self._pages(capability), PAGES_OF_A_CHECK) for row in rows)
        return next((row for row in rows if replies.id_of(row) == number), {})

    def _pages(self, capability: Capability) -> Iterator[list[dict[str, Any]]]:
        """Yield the pages of a list until one brings nothing new. Raises OutcomeUnknown when it has too many."""
        family = self._requests.family(capability)
        if capability is Capability.CLONE:
            # In this order a voice that is finished between the two calls is in both, not in neither.
            kinds = ("processing", "completed")
            yield [row for kind in kinds for row in replies.rows_of(self._api.read("GET", f"{family}/{kind}Record"))]
            return
        known: set[str] = set()
        for page in range(1, MOST_PAGES + 1):
            # A short page need not be the last: a service may give fewer rows than it was asked for.
            query = {"pageNum": page, "pageSize": PAGE_SIZE}
            rows = replies.rows_of(self._api.read("GET", f"{family}/allRecords", params=query))
            new = [row for row in rows if replies.id_of(row) not in known]
            if not new:
                return
            known.update(map(replies.id_of, new))
            yield new
        raise self._api.lost(f"A2E's list has more than {MOST_PAGES} pages.")
