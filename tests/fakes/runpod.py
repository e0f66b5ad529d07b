"""A strict stand-in for a RunPod serverless endpoint with worker-comfyui.

Forms and texts follow RunPod's documentation of endpoint operations and handler.py of worker-comfyui 5.8.
"""

from __future__ import annotations

import base64
import json
import time
import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from fakes.comfyui import faults_of, rendered
from fakes.server import Fake, Refusal, Reply, Request, fields, route

RUN_MILLISECONDS = 12_000
"""What each job is said to have run for."""

SECOND = Decimal("0.00034")
BODY_LIMIT = 10 << 20

Form = Literal["images", "prefixed", "s3", "broken", "none", "errors", "message", "text"]


@dataclass
class Job:
    """A job: its number, when it ends, and the record it ends with."""

    id: str
    starts: float
    ends: float
    record: dict[str, Any] = field(default_factory=dict)


class FakeRunPod(Fake):
    """`seconds` is how long a job takes. With `workers` 0 jobs wait for ever; `form` is how the worker answers."""

    KEY = "sk_test_fake_runpod"
    ENDPOINT = "fakeendpoint1"

    def __init__(self, *, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.workers = 1
        self.form: Form = "images"
        self.paid: list[str] = []
        self.balance = Decimal(10)
        self.fail_jobs = False
        self.end_state = "FAILED"
        self.links_die = False
        self.policies: list[dict[str, Any]] = []
        self._jobs: dict[str, Job] = {}
        self._files: dict[str, bytes] = {}
        super().__init__()

    def options(self) -> dict[str, Any]:
        quick = {"poll_seconds": 0.02, "look_after": [0.02, 0.05, 0.1], "timeout_seconds": 2}
        return {"base_url": f"{self.url}/v2", "endpoint_id": self.ENDPOINT, **quick}

    def expire(self) -> None:
        """Forget all jobs, as half an hour does."""
        with self.lock:
            self._jobs.clear()

    def authorize(self, request: Request) -> None:
        given = request.headers.get("authorization")
        if request.path.startswith("/bucket/"):
            if given is not None:
                raise Refusal(400, "<Error><Code>InvalidArgument</Code></Error>")
            if "X-Amz-Signature" not in request.query:
                raise Refusal(403, "<Error><Code>AccessDenied</Code></Error>")
        elif given != f"Bearer {self.KEY}":
            raise Refusal(401, "")

    @route("POST", "/v2/(?P<endpoint>[^/]+)/run")
    def run(self, request: Request) -> Any:
        self._endpoint(request)
        if len(request.body) > BODY_LIMIT:
            raise Refusal(400, {"error": "request body too large"})
        body = request.json()
        fields(body, needed="input", allowed="webhook policy s3Config", status=400)
        self._policy(body.get("policy", {}))
        if self.balance <= 0:
            raise Refusal(402, {"error": "insufficient balance"})
        starts = float("inf") if self.workers == 0 else time.monotonic()
        job = Job(f"{uuid.uuid4()}-u1", starts, starts + self.seconds)
        job.record = self._record(body["input"])
        self._jobs[job.id] = job
        self.balance -= SECOND * RUN_MILLISECONDS / 1000
        graph = body["input"].get("workflow", {})
        saved = (node.get("inputs", {}).get("filename_prefix") for node in graph.values())
        self.paid.append(next((str(name) for name in saved if name), "nameless"))
        return {"id": job.id, "status": "IN_QUEUE"}

    @route("GET", "/v2/(?P<endpoint>[^/]+)/status/(?P<id>[^/]+)")
    def status(self, request: Request) -> Any:
        job = self._job(request)
        now = time.monotonic()
        if now < job.starts:
            return {"id": job.id, "status": "IN_QUEUE"}
        if now < job.ends:
            return {"id": job.id, "status": "IN_PROGRESS", "delayTime": 800}
        return {"id": job.id, "delayTime": 800, "executionTime": RUN_MILLISECONDS, **job.record}

    @route("POST", "/v2/(?P<endpoint>[^/]+)/cancel/(?P<id>[^/]+)")
    def cancel(self, request: Request) -> Any:
        job = self._job(request)
        if time.monotonic() < job.ends:
            job.starts = job.ends = 0.0
            job.record = {"status": "CANCELLED"}
        return {"id": job.id, "status": job.record["status"]}

    @route("GET", "/v2/(?P<endpoint>[^/]+)/health")
    def health(self, request: Request) -> Any:
        self._endpoint(request)
        now = time.monotonic()
        waiting = sum(now < job.starts for job in self._jobs.values())
        running = sum(job.starts <= now < job.ends for job in self._jobs.values())
        done = len(self._jobs) - waiting - running
        jobs = {"completed": done, "failed": 0, "inProgress": running, "inQueue": waiting, "retried": 0}
        return {"jobs": jobs, "workers": {"idle": self.workers, "running": running, "throttled": 0}}

    @route("GET", "/bucket/(?P<name>[^/]+)")
    def bucket(self, request: Request) -> Any:
        if self.links_die:
            raise Refusal(404, "<Error><Code>NoSuchKey</Code></Error>")
        return Reply(200, self._files[request.found["name"]], {"Content-Type": "image/png"})

    def _endpoint(self, request: Request) -> None:
        if request.found["endpoint"] != self.ENDPOINT:
            raise Refusal(404, {"error": "endpoint not found"})

    def _job(self, request: Request) -> Job:
        self._endpoint(request)
        job = self._jobs.get(request.found["id"])
        if job is None:
            raise Refusal(404, {"error": "request does not exist"})
        return job

    def _policy(self, policy: dict[str, Any]) -> None:
        fields(policy, needed="", allowed="executionTimeout ttl lowPriority", status=400)
        week = 7 * 24 * 3600 * 1000
        for name, least in (("executionTimeout", 5_000), ("ttl", 10_000)):
            value = policy.get(name, least)
            if not isinstance(value, int) or not least <= value <= week:
                raise Refusal(400, {"error": f"{name} must be between {least} and {week}"})
        self.policies.append(policy)

    def _record(self, given: dict[str, Any]) -> dict[str, Any]:
        if self.fail_jobs:
            error = {"error_type": "<class 'RuntimeError'>", "error_message": "CUDA error: out of memory"}
            return {"status": self.end_state, "error": json.dumps(error | {"error_traceback": "Traceback ..."})}
        graph = given.get("workflow")
        if graph is None:
            return {"status": "FAILED", "error": "Missing 'workflow' parameter"}
        error, nodes = faults_of(graph, {image["name"] for image in given.get("images") or ()})
        if error is not None:
            lines = [f"• Node {number} (errors): {node['errors']}" for number, node in nodes.items()]
            return {"status": "FAILED", "error": "\n".join([f"{error['message']}:", *lines])}
        if self.form == "errors":
            more = {"details": ["Workflow execution error: Node Type: KSampler, Node ID: 5, Message: NaN"]}
            return {"status": "FAILED", "error": "Job processing failed", "output": more}
        return {"status": "COMPLETED", "output": self._output(graph)}

    def _output(self, graph: dict[str, Any]) -> Any:
        files = [(name, data) for name, data in rendered(graph)[1].items() if name.startswith("output/")]
        if self.form == "none" or not files:
            return {"status": "success_no_images", "images": []}
        if self.form == "message":
            return {"message": base64.b64encode(files[0][1]).decode(), "status": "success"}
        if self.form == "text":
            return {"errors": ["Failed to fetch image data for x.png from /view endpoint."]}
        return {"images": [self._image(name.removeprefix("output/"), data) for name, data in files]}

    def _image(self, name: str, data: bytes) -> dict[str, str]:
        if self.form == "s3":
            self._files[name] = data
            bucket = self.url.replace("127.0.0.1", "localhost")
            return {"filename": name, "type": "s3_url", "data": f"{bucket}/bucket/{name}?X-Amz-Signature=fake_secret"}
        text = base64.b64encode(data).decode()
        if self.form == "broken":
            text = text[: len(text) // 2] + "*"
        prefix = "data:image/png;base64," if self.form == "prefixed" else ""
        return {"filename": name, "type": "base64", "data": prefix + text}
