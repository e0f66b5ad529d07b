"""Pictures by ComfyUI on rented graphics cards: a RunPod serverless endpoint with worker-comfyui 5 or newer.

Address        https://api.runpod.ai/v2/ENDPOINT.
Key            `Authorization: Bearer KEY`.
Calls          POST /run, GET /status/ID, POST /cancel/ID, GET /health: https://docs.runpod.io/serverless
               (endpoints/operation-reference, endpoints/job-states). Input and output of the worker: README.md and
               handler.py of https://github.com/runpod-workers/worker-comfyui.
Limits         1000 runs and 2000 looks in 10 s for an endpoint; a request has at most 10 MB. The worker returns
               pictures only, no video.
Results        are kept 30 minutes after the end; then the job is unknown (404). `ttl` ends a job in any state. A job
               that is gone may have run, so it counts with what was quoted.
Idle           after 3 days without a request an endpoint falls to 2 workers, after 7 to none, until a person raises
               them; meanwhile jobs wait without an end.
Cost           dollars by the second, from the start of a worker to its stop: cold start and idle timeout included.
UNCONFIRMED    the price of a second (it depends on the graphics card: set it in the services file); how much of
               `delayTime` is billed, hence only `executionTime` is counted; the keys of `workers` beyond idle and
               running; whether an `error` of the worker always makes the job FAILED.
"""

from __future__ import annotations

import base64
import binascii
import time
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote as escaped

from pydantic import Field

from core.errors import ConfigError, JobFailed, OutcomeUnknown, Rejected, UnexpectedReply
from core.models import Capability, DrawRequest, Made
from integrations.generation.contract import Job, Pace, ServiceOptions, Standing, Ticket
from integrations.generation.file_kinds import picture_of
from integrations.generation.prices import Price, cost_today
from integrations.generation.runpod_replies import Begun, Health, Picture, Record, counted, pictures_in, reason_of
from integrations.generation.workflows import SEEDS, ImageWorkflows, WorkflowOptions, file_label
from integrations.http import Api

PRICES = (Price(capability=Capability.DRAW, since=date(2025, 1, 1), per="second", units=Decimal("0.00034")),)
"""Dollars for a second of a flexible worker with a card that fits SDXL. UNCONFIRMED."""

MILLISECONDS = 1000
HALFWAY = 0.5
"""The share of a job that runs; the worker tells no progress."""

NO_WORKERS = (
    "Raise `Max workers` of the endpoint in RunPod's console: after a week without a request it falls to 0. Workers "
    "that are throttled or unhealthy need another type of graphics card, or a look at their log."
)
OLD_WORKER = "Use the image runpod/worker-comfyui in version 5 or newer for the endpoint."
NO_PICTURE = "Let the workflow end with SaveImage; previews do not count."


class RunPodOptions(WorkflowOptions):
    """What can be set for RunPod.

    A quote is `seconds_per_image` at the price of a second. A job may run for `run_seconds` and lives, waiting and
    result included, for `ttl_seconds`. One that has waited `queue_seconds` while no worker is up is given up.
    """

    base_url: str = Field(default="https://api.runpod.ai/v2", pattern=r"^https?://[^\s]+$")
    pace: Pace = Pace(requests=0, rest_after=0, concurrent=3)
    endpoint_id: str = Field(default="", pattern=r"^[A-Za-z0-9-]*$")
    seconds_per_image: Decimal = Field(default=Decimal(60), gt=0)
    run_seconds: int = Field(default=300, ge=5, le=604_800)
    ttl_seconds: int = Field(default=3600, ge=10, le=604_800)
    queue_seconds: float = Field(default=180, ge=0)


class RunPod:
    """Draws pictures with ComfyUI workflows on a serverless endpoint of one's own."""

    name: ClassVar[str] = "runpod"
    capabilities: ClassVar[frozenset[Capability]] = frozenset({Capability.DRAW})
    Options: ClassVar[type[ServiceOptions]] = RunPodOptions
    needs_key: ClassVar[bool] = True
    quotes_by_asking: ClassVar[bool] = False

    def __init__(self, options: RunPodOptions, key: str) -> None:
        """Raise ConfigError when a workflow cannot be used."""
        self._options = options
        headers = {"Authorization": f"Bearer {key}"}
        self._api = Api(self.name, options.base_url, headers=headers, timeout=options.timeout_seconds)
        self._images = ImageWorkflows(self.name, options)
        self._waiting_since: dict[str, float] = {}

    def objection(self, capability: Capability, request: dict[str, Any]) -> str | None:
        """Say which setting or word is missing for this request."""
        if capability != Capability.DRAW:
            return f"RunPod's ComfyUI worker returns pictures only, so it is not asked to {capability}."
        if not self._options.endpoint_id:
            return "RunPod needs the endpoint that runs ComfyUI; set endpoint_id in [services.runpod]."
        return self._images.objection(DrawRequest.model_validate(request))

    def quote(self, job: Job) -> Decimal:
        """Return dollars: the seconds a picture is expected to take, at the price of a second."""
        return self._dollars(job, self._options.seconds_per_image)

    def begin(self, job: Job, workspace: Path) -> Ticket:
        """Put the graph into the endpoint's queue. Raises Rejected when there is no such endpoint."""
        asked, options = DrawRequest.model_validate(job.request), self._options
        policy = {"executionTimeout": options.run_seconds * MILLISECONDS, "ttl": options.ttl_seconds * MILLISECONDS}
        body = {"input": {"workflow": self._images.graph(asked, job.label), "images": []}, "policy": policy}
        try:
            reply = self._api.submit("POST", f"/{options.endpoint_id}/run", json=body)
        except Rejected as exc:
            if exc.status == 404:
                exc.remedy = "Check endpoint_id in [services.runpod]; RunPod's console shows it under Serverless."
            raise
        return Ticket(external_id=self._api.formed(Begun, reply, submitted=True).id)

    def check(self, job: Job, external_id: str) -> Standing:
        """Ask how far the job is; one that waits too long while no worker is up is cancelled."""
        quoted = self.quote(job)
        record = self._ask("GET", "status", external_id, quoted)
        if record.status == "IN_QUEUE":
            return self._waiting(external_id, quoted)
        self._waiting_since.pop(external_id, None)
        billed = self._billed(job, record)
        ran = quoted if billed is None else billed
        message = f"The job ended as {record.status}."
        match record.status:
            case "COMPLETED":
                self._pictures(record, ran)
                return Standing(is_ready=True, share=1.0, result={"job": external_id}, units=ran)
            case "TIMED_OUT":
                raise self._failed(message, ran, detail=reason_of(record))
            case "FAILED" | "CANCELLED":
                raise self._failed(message, billed, detail=reason_of(record))
        return Standing(is_ready=False, share=HALFWAY)

    def fetch(self, job: Job, standing: Standing, workspace: Path) -> Made:
        """Read the status once more, which holds the picture or its address, and copy the first picture."""
        spent = self.quote(job) if standing.units is None else standing.units
        record = self._ask("GET", "status", str(standing.result["job"]), spent)
        picture = self._pictures(record, spent)[0]
        raw = workspace / "runpod.part"
        if picture.type == "s3_url":
            self._api.download(picture.data, raw, largest_mib=self._options.largest_mib)
        else:
            raw.write_bytes(self._decoded(picture.data))
        asked = DrawRequest.model_validate(job.request)
        files = {"picture": picture_of(raw, self.name)}
        return Made(files=files, model=self._images.model(asked), seed=asked.seed % SEEDS)

    def find(self, job: Job, since: datetime) -> str | None:
        """Raise OutcomeUnknown: RunPod lists no jobs, so only a person can look."""
        raise OutcomeUnknown(
            f"RunPod has no list of jobs to look for '{file_label(job.label)}' in.",
            service=self.name,
            remedy=f"Look at the requests of endpoint {self._options.endpoint_id} from {since:%Y-%m-%d %H:%M %Z} on in "
            "RunPod's console (Serverless, the endpoint, Requests): its input names the label as filename_prefix.",
        )

    def balance(self) -> Decimal | None:
        """Return None: the endpoint does not tell what the account has left."""
        return None

    def examine(self) -> str:
        """Say how many workers and jobs the endpoint has. Raises ConfigError without an endpoint."""
        endpoint = self._options.endpoint_id
        if not endpoint:
            raise ConfigError(
                "RunPod has no endpoint.",
                remedy="Set endpoint_id in [services.runpod]; RunPod's console shows it under Serverless.",
            )
        health = self._health()
        warning = "" if health.is_up else " No worker is up: if it stays so, raise `Max workers`."
        return f"Endpoint {endpoint}: workers {counted(health.workers)}; jobs {counted(health.jobs)}.{warning}"

    def _waiting(self, external_id: str, quoted: Decimal) -> Standing:
        since = self._waiting_since.setdefault(external_id, time.monotonic())
        waited = time.monotonic() - since
        if waited < self._options.queue_seconds or self._health().is_up:
            return Standing(is_ready=False)
        if self._ask("POST", "cancel", external_id, quoted).status != "CANCELLED":
            return Standing(is_ready=False)
        self._waiting_since.pop(external_id, None)
        raise self._failed(
            f"The job waited {waited:.0f} s and no worker was up; it was cancelled.", Decimal(0), remedy=NO_WORKERS
        )

    def _health(self) -> Health:
        return self._api.formed(Health, self._api.ask("GET", f"/{self._options.endpoint_id}/health"))

    def _ask(self, method: str, operation: str, external_id: str, spent: Decimal) -> Record:
        """Ask about one job.

        Raises JobFailed when RunPod does not know it (any more); it is counted as `spent`, for it may have run.
        """
        path = f"/{self._options.endpoint_id}/{operation}/{escaped(external_id, safe='')}"
        try:
            return self._api.formed(Record, self._api.ask(method, path))
        except Rejected as exc:
            if exc.status != 404:
                raise
            text = "The job is expired or unknown: results are kept 30 minutes."
            raise self._failed(text, spent, detail=exc.detail) from exc

    def _pictures(self, record: Record, units: Decimal) -> list[Picture]:
        """Return what the worker made, at least one. Raises JobFailed when there is none."""
        if found := pictures_in(record):
            return found
        if isinstance(record.given.get("message"), str):
            text = "The worker answers in the form of versions before 5, which is not read."
            raise self._failed(text, units, remedy=OLD_WORKER)
        remedy = NO_PICTURE if record.given.get("status") == "success_no_images" else None
        raise self._failed("The job ended without a picture.", units, detail=reason_of(record), remedy=remedy)

    def _decoded(self, data: str) -> bytes:
        text = data.partition(",")[2] if data.startswith("data:") else data
        try:
            return base64.b64decode(text, validate=True)
        except binascii.Error as exc:
            raise UnexpectedReply("The picture is not base64.", service=self.name, detail=str(exc)) from exc

    def _dollars(self, job: Job, seconds: Decimal) -> Decimal:
        model = self._images.model(DrawRequest.model_validate(job.request))
        prices = (self._options.prices, PRICES)
        return cost_today(prices, self.name, job.capability, model, {"second": seconds})

    def _billed(self, job: Job, record: Record) -> Decimal | None:
        if record.execution_time is None:
            return None
        return self._dollars(job, record.execution_time / MILLISECONDS)

    def _failed(self, message: str, units: Decimal | None, *, detail: str = "", remedy: str | None = None) -> JobFailed:
        error = JobFailed(message, service=self.name, detail=detail, remedy=remedy)
        error.units = units
        return error
