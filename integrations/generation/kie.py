"""Pictures and clips by KIE (kie.ai), a market of many models behind one interface.

Address      https://api.kie.ai, uploads at https://kieai.redpandaai.co; `Authorization: Bearer KEY` at both.
Calls        (pages of https://docs.kie.ai)
             POST /api/v1/jobs/createTask      begins a job, costs credits    market/quickstart
             GET  /api/v1/jobs/recordInfo      how far it is, what it cost    market/common/get-task-detail
             POST /api/v1/common/download-url  a fresh link for 20 minutes    common-api/download-url
             GET  /api/v1/chat/credit          what is left                   common-api/get-account-credits
             POST /api/file-stream-upload      a picture to begin with        file-upload-api/upload-file-stream
Limits       20 new tasks in 10 s for an account (what is more is refused, not queued), 10 looks a second for a key.
             Result links live about a day, uploads one to three, records two months.
Hosts        Cloudflare answers clients without a usual User-Agent with 403 "error code: 1010": no word on the key.
Callbacks    go to `callBackUrl` and sign only the task's number: `rules.callbacks` checks them, and they are hints.
             KIE keeps that address with the task, so our label in it is the one mark a person can find there.
Absent       a list of tasks, and a name for a task: no documented call has either, so `find` cannot tell.
UNCONFIRMED  prices and the longest prompts (kie_models), whether failed tasks are paid back, how large an input
             picture may be, and that a new task's record can be a moment late (clients report code 422 "recordInfo
             is null", the documentation says 404 for an unknown task: both are taken for "not yet").
"""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import httpx
from pydantic import Field, ValidationError

from core.errors import JobFailed, OutcomeUnknown, Rejected, ServiceError, Unreachable
from core.models import AnimateRequest, Capability, DrawRequest, Made
from integrations.generation.contract import Job, Pace, ServiceOptions, Standing, Ticket
from integrations.generation.file_kinds import clip_of, kind_of, picture_of
from integrations.generation.kie_api import ACCEPTED, TIMED_OUT, KieApi, Record, Results, Task, Upload
from integrations.generation.kie_models import (
    MODELS,
    PICTURE,
    UNKNOWN,
    MarketModel,
    build_input,
    fault_of,
    known_prices,
    whole_seconds,
)
from integrations.generation.prices import Per, cost_today
from integrations.http import one_line

NO_RECORD = ("404", "422")
FAILED = (TIMED_OUT, 501)
"""Codes of recordInfo for a task that will never be done: nothing for ten minutes, or the model gave up."""

UPLOAD_FOLDER = "reelwright"
LOGS = "https://kie.ai/logs"


class KieOptions(ServiceOptions):
    """What can be told about KIE: its hosts, the models, and where it may call back.

    `extra_input` holds further input fields by model name. A model this program does not know needs an entry there,
    and one that animates a place for "{picture}" in it; "{seconds}" stands for the length of the clip.
    """

    base_url: str = Field(default="https://api.kie.ai", pattern=r"^https?://[^\s]+$")
    upload_url: str = Field(default="https://kieai.redpandaai.co", pattern=r"^https?://[^\s]+$")
    image_model: str = Field(default="nano-banana-2", min_length=1)
    video_model: str = Field(default="kling-3.0/video", min_length=1)
    callback_url: str = Field(default="", pattern=r"^(https?://[^\s]+)?$")
    extra_input: dict[str, dict[str, Any]] = Field(default={})
    pace: Pace = Pace(requests=18, window_seconds=10)


class Kie:
    """Draws and animates with the models of KIE's market; its units are credits."""

    name: ClassVar[str] = "kie"
    capabilities: ClassVar[frozenset[Capability]] = frozenset({Capability.DRAW, Capability.ANIMATE})
    Options: ClassVar[type[ServiceOptions]] = KieOptions
    needs_key: ClassVar[bool] = True
    quotes_by_asking: ClassVar[bool] = False

    def __init__(self, options: KieOptions, key: str) -> None:
        self._options = options
        headers = {"Authorization": f"Bearer {key}"}
        self._api = KieApi(self.name, options.base_url, headers=headers, timeout=options.timeout_seconds)
        self._uploads = KieApi(self.name, options.upload_url, headers=headers, timeout=options.timeout_seconds)

    def objection(self, capability: Capability, request: dict[str, Any]) -> str | None:
        """Say what the model of the services file cannot do with this request."""
        if capability not in self.capabilities:
            return f"KIE is asked for pictures and clips only, not to '{capability}'."
        name, model, own = self._model(capability)
        asked = _parsed(capability, request)
        if model.capability != capability:
            return f"KIE's model '{name}' cannot {capability}; name another one in the services file."
        table = f'services.kie.extra_input."{name}"'
        if name not in MODELS and name not in self._options.extra_input:
            return f"KIE's model '{name}' is not known here; say in {table} what it takes."
        if isinstance(asked, AnimateRequest):
            if name not in MODELS and PICTURE not in json.dumps(own):
                return f"{table} does not say where the picture goes; put {PICTURE} there."
            if whole_seconds(model, asked) > model.seconds[1]:
                return f"KIE's model '{name}' makes clips of {model.seconds[0]} to {model.seconds[1]} seconds."
        fault = fault_of(model, build_input(model, asked, own, PICTURE))
        return f"KIE's model '{name}' does not take this. {fault}" if fault else None

    def quote(self, job: Job) -> Decimal:
        """Return the credits by the operator's prices or the built-in ones; KIE is not asked.

        Raises ConfigError when no price is known.
        """
        name, model, own = self._model(job.capability)
        asked = _parsed(job.capability, job.request)
        amounts: dict[Per, Decimal] = {}
        if isinstance(asked, AnimateRequest):
            amounts["second"] = Decimal(whole_seconds(model, asked))
        prices = (self._options.prices, known_prices(name, build_input(model, asked, own, PICTURE)))
        return cost_today(prices, self.name, job.capability, name, amounts)

    def begin(self, job: Job, workspace: Path) -> Ticket:
        """Upload the picture where there is one, then create the task, once."""
        if refusal := self.objection(job.capability, job.request):
            raise Rejected(refusal, service=self.name)
        name, model, own = self._model(job.capability)
        asked = _parsed(job.capability, job.request)
        picture = self._upload(job, asked.picture, model) if isinstance(asked, AnimateRequest) else ""
        body: dict[str, Any] = {"model": name, "input": build_input(model, asked, own, picture)}
        if self._options.callback_url:
            body["callBackUrl"] = str(httpx.URL(self._options.callback_url).copy_merge_params({"attempt": job.label}))
        reply = self._api.submit("POST", "/api/v1/jobs/createTask", json=body)
        task = self._api.parsed(Task, self._api.data_of(reply, submitted=True), submitted=True)
        return Ticket(task.task_id)

    def check(self, job: Job, external_id: str) -> Standing:
        """Ask once how far the task is; an unknown state or a missing record means that it is not ready."""
        try:
            reply = self._api.ask("GET", "/api/v1/jobs/recordInfo", params={"taskId": external_id})
            record = self._record(reply)
        except Rejected as refused:
            if refused.code in NO_RECORD:
                return Standing(is_ready=False)
            raise
        if record.state == "fail":
            detail = one_line(record.fail_message or "")
            failed = JobFailed("The model failed.", service=self.name, code=record.fail_code or "", detail=detail)
            failed.units = record.credits
            raise failed
        if record.state == "success":
            return Standing(True, 1.0, self._links(record), {"model": record.model}, record.credits)
        return Standing(is_ready=False, share=min(max((record.progress or 0) / 100, 0.0), 1.0))

    def fetch(self, job: Job, standing: Standing, workspace: Path) -> Made:
        """Copy the first result: files {"picture"} or {"clip"}, with the suffix of what it truly is."""
        raw, link = workspace / "kie-result", standing.links[0]
        try:
            self._api.download(link, raw, largest_mib=self._options.largest_mib)
        except Unreachable as dead:
            self._api.download(self._fresh(link, dead), raw, largest_mib=self._options.largest_mib)
        model = standing.result.get("model") or self._model(job.capability)[0]
        if job.capability == Capability.ANIMATE:
            return Made(files={"clip": clip_of(raw, self.name)}, model=model)
        return Made(files={"picture": picture_of(raw, self.name)}, model=model)

    def find(self, job: Job, since: datetime) -> str | None:
        """Raise OutcomeUnknown: KIE has no list of tasks for programs. The remedy says what a person looks for."""
        model, moment = self._model(job.capability)[0], f"{since:%Y-%m-%d %H:%M:%S %Z}"
        mark = f", its callBackUrl ending in attempt={job.label}" if self._options.callback_url else ""
        raise OutcomeUnknown(
            f"KIE has no list of tasks, so only a person can see whether '{model}' was begun after {moment}.",
            service=self.name,
            remedy=f"Look at {LOGS} for a task of '{model}' from {moment} on{mark}. If there is one, its task id says "
            "what was paid; if there is none, nothing was begun.",
        )

    def balance(self) -> Decimal | None:
        """Return the credits left; it can be less than none."""
        reply = self._api.ask("GET", "/api/v1/chat/credit")
        data = self._api.data_of(reply)
        if isinstance(data, bool) or not isinstance(data, int | float):
            raise self._api.unusable("The credits are not a number.", reply=reply)
        return Decimal(str(data))

    def examine(self) -> str:
        """Tell the credits and the models in use; raises what is wrong with the key."""
        options = self._options
        return f"{self.balance()} credits; pictures by {options.image_model}, clips by {options.video_model}"

    def _model(self, capability: Capability) -> tuple[str, MarketModel, dict[str, Any]]:
        """Return the name of the model for a capability, what it takes, and the operator's own input for it."""
        name = self._options.video_model if capability == Capability.ANIMATE else self._options.image_model
        return name, MODELS.get(name, UNKNOWN[capability]), self._options.extra_input.get(name, {})

    def _upload(self, job: Job, sha: str, model: MarketModel) -> str:
        """Return the address of the uploaded picture; its hash is its name, because KIE's caches keep old bytes."""
        path = job.files[sha]
        kind = kind_of(path)
        if kind is None or kind.suffix not in model.picture_suffixes:
            raise Rejected(f"The picture is none of {', '.join(model.picture_suffixes)}.", service=self.name)
        if path.stat().st_size > model.picture_mib << 20:
            raise Rejected(f"The picture has more than {model.picture_mib} MiB.", service=self.name)
        name = sha + kind.suffix
        with path.open("rb") as content:
            files = {"file": (name, content, kind.media_type)}
            form = {"uploadPath": UPLOAD_FOLDER, "fileName": name}
            reply = self._uploads.ask("POST", "/api/file-stream-upload", files=files, data=form)
        return self._uploads.parsed(Upload, self._uploads.data_of(reply)).url

    def _record(self, reply: httpx.Response) -> Record:
        """Return the record of a task; that of a failed one may come with the code of its failure."""
        answer = self._api.answer_of(reply)
        told = answer.data if isinstance(answer.data, dict) else {}
        if answer.code in FAILED and not told:
            return Record(state="fail", failCode=str(answer.code), failMsg=answer.message)
        if answer.code != ACCEPTED and told.get("state") != "fail":
            self._api.data_of(reply)  # raises what the code stands for
        return self._api.parsed(Record, answer.data)

    def _links(self, record: Record) -> tuple[str, ...]:
        try:
            return Results.model_validate_json(record.result_json or "").urls
        except ValidationError as exc:
            raise self._api.unusable("The task is done and names no file.", detail=record.result_json or "") from exc

    def _fresh(self, link: str, dead: Unreachable) -> str:
        """Return a new link to the same result; raises `dead` when KIE gives none."""
        try:
            data = self._api.data_of(self._api.ask("POST", "/api/v1/common/download-url", json={"url": link}))
        except ServiceError:
            raise dead from None
        if not isinstance(data, str) or not data.startswith(("http://", "https://")):
            raise dead
        return data


def _parsed(capability: Capability, request: dict[str, Any]) -> DrawRequest | AnimateRequest:
    kind = AnimateRequest if capability == Capability.ANIMATE else DrawRequest
    return kind.model_validate(request)
