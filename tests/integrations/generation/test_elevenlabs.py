from __future__ import annotations

import base64
import hashlib
import json
import os
import threading
import wave
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fakes.elevenlabs import LEAD_SECONDS, SIGN_SECONDS
from fakes.elevenlabs import FakeElevenLabs as Fake
from fakes.server import Reply

from core.errors import (
    AccessLost,
    ConfigError,
    JobFailed,
    OutcomeUnknown,
    QuotaSpent,
    RateLimited,
    Rejected,
    ServiceError,
    UnexpectedReply,
    Unreachable,
)
from core.models import Capability
from integrations.generation.contract import Job, Service
from integrations.generation.elevenlabs import ElevenLabs, ElevenLabsOptions
from integrations.generation.elevenlabs_replies import Alignment, word_times

TEXT = "In 1969, nobody went down."
SPEAK = r"POST /v1/text-to-speech/.*"
CLONE = r"POST /v1/voices/add"
LEAD = 0.04
"""Seconds of silence that trimming leaves before the first sound."""


@pytest.fixture
def fake() -> Iterator[Fake]:
    with Fake() as fake:
        yield fake


@pytest.fixture
def client(fake: Fake) -> ElevenLabs:
    return client_of(fake)


def client_of(fake: Fake, key: str = Fake.KEY, **options: Any) -> ElevenLabs:
    return ElevenLabs(ElevenLabsOptions(**fake.options() | options), key)


def line(text: str = TEXT, *, language: str = "en", label: str = "rw-1", voice: str = "voice-ada", **style: Any) -> Job:
    chosen = {"name": "joe", "ids": {"elevenlabs": voice}, **style}
    return Job(Capability.SPEAK, {"text": text, "language": language, "voice": chosen}, label)


def clone(folder: Path, *, label: str = "rw-2", samples: int = 2) -> Job:
    files = {}
    for number in range(samples):
        path = folder / f"{number}"
        path.write_bytes(b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes([number]) * 200)
        files[hashlib.sha256(path.read_bytes()).hexdigest()] = path
    request = {
        "name": "Tess",
        "language": "es",
        "samples": list(files),
        "consent": "An invented voice, agreed on in the house's own file.",
    }
    return Job(Capability.CLONE, request, label, files)


def since(seconds: float = 120) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)


def test_it_is_a_service(client: ElevenLabs) -> None:
    service: Service = client

    assert (service.name, service.needs_key) == ("elevenlabs", True)
    assert service.capabilities == {Capability.SPEAK, Capability.CLONE}


def test_a_line_comes_at_once_with_the_times_of_its_words(fake: Fake, client: ElevenLabs, tmp_path: Path) -> None:
    ticket = client.begin(line(), tmp_path)

    assert ticket.made is not None
    assert (ticket.external_id, ticket.units) == ("req-1", Decimal(len(TEXT)))
    assert ticket.made.result["timing"] == "voice"
    words = {word["text"]: word for word in ticket.made.result["words"]}
    assert list(words) == TEXT.split()
    shift = LEAD - LEAD_SECONDS
    went = LEAD_SECONDS + TEXT.index("went") * SIGN_SECONDS
    assert words["went"]["start"] == pytest.approx(went + shift, abs=0.03)
    assert words["1969,"]["end"] == pytest.approx(LEAD_SECONDS + TEXT.index(",") * SIGN_SECONDS + shift, abs=0.03)
    with wave.open(str(ticket.made.files["speech"])) as file:
        assert (file.getnchannels(), file.getframerate()) == (1, 48_000)
        assert file.getnframes() / 48_000 == pytest.approx(ticket.made.result["seconds"], abs=0.001)
    assert fake.paid == [TEXT]


def test_what_is_sent_is_the_text_with_voice_model_speed_and_a_seed(
    fake: Fake, client: ElevenLabs, tmp_path: Path
) -> None:
    made = client.begin(line(speed=0.8), tmp_path).made

    request = fake.calls(SPEAK)[0]
    body = request.json()
    assert request.path == "/v1/text-to-speech/voice-ada/with-timestamps"
    assert request.query == {"output_format": "mp3_44100_128"}
    assert (body["text"], body["model_id"]) == (TEXT, "eleven_multilingual_v2")
    assert body["voice_settings"] == {"stability": 0.5, "similarity_boost": 0.75, "style": 0.0, "speed": 0.8}
    assert "language_code" not in body
    assert made is not None
    assert (made.seed, made.model) == (body["seed"], "eleven_multilingual_v2")


def test_each_attempt_has_a_seed_of_its_own(fake: Fake, client: ElevenLabs, tmp_path: Path) -> None:
    for label in ("rw-1", "rw-1", "rw-2"):
        client.begin(line(label=label), tmp_path)

    first, again, other = (request.json()["seed"] for request in fake.calls(SPEAK))
    assert first == again != other


def test_a_speed_beyond_what_the_service_takes_is_cut_to_it(fake: Fake, client: ElevenLabs, tmp_path: Path) -> None:
    client.begin(line(speed=1.4), tmp_path)

    assert fake.calls(SPEAK)[0].json()["voice_settings"]["speed"] == 1.2


def test_a_model_that_knows_languages_is_told_which_and_costs_half(fake: Fake, tmp_path: Path) -> None:
    client = client_of(fake, model="eleven_flash_v2_5", output_format="opus_48000_64")
    job = line("Nadie bajó al mar", language="es")

    ticket = client.begin(job, tmp_path)

    assert fake.calls(SPEAK)[0].json()["language_code"] == "es"
    assert client.quote(job) == Decimal("8.5")
    assert ticket.units == 9
    assert fake.balance == 9_991


@pytest.mark.parametrize("alignment", ["none", "uneven", "other"])
def test_times_that_do_not_fit_the_text_are_not_used(
    fake: Fake, client: ElevenLabs, tmp_path: Path, alignment: str
) -> None:
    fake.alignment = alignment

    made = client.begin(line(), tmp_path).made

    assert made is not None
    assert made.result["timing"] == "proportional"
    assert [word["text"] for word in made.result["words"]] == TEXT.split()


def test_words_are_timed_by_their_letters_whatever_stands_around_them() -> None:
    text = "¿Y tú?\n 🔥  ¡Sí!"
    marks = [float(place) for place in range(len(text))]
    alignment = Alignment(
        characters=list(text),
        character_start_times_seconds=marks,
        character_end_times_seconds=[mark + 1 for mark in marks],
    )

    assert word_times(alignment, text) == [(1, 2), (3, 5), (8, 9), (12, 14)]
    assert word_times(alignment, text + " no") is None


def test_it_quotes_by_characters_and_lets_the_operators_price_go_first(fake: Fake, tmp_path: Path) -> None:
    price = {"capability": "speak", "model": "", "since": "2026-01-01", "per": "character", "units": "2"}
    dear = price | {"model": "eleven_multilingual_v2", "units": "3"}

    assert client_of(fake).quote(line()) == len(TEXT)
    assert client_of(fake, prices=[dear]).quote(line()) == 3 * len(TEXT)
    assert client_of(fake, prices=[price], model="eleven_v9").quote(line()) == 2 * len(TEXT)
    assert client_of(fake).quote(clone(tmp_path)) == 1
    with pytest.raises(ConfigError, match="eleven_v9"):
        client_of(fake, model="eleven_v9").quote(line())


def test_it_objects_to_what_it_cannot_serve(fake: Fake, client: ElevenLabs, tmp_path: Path) -> None:
    def objection(job: Job, **options: Any) -> str:
        return str(client_of(fake, **options).objection(job.capability, job.request))

    assert client.objection(Capability.SPEAK, line().request) is None
    assert client.objection(Capability.CLONE, clone(tmp_path).request) is None
    assert "ids.elevenlabs" in objection(line(voice=""))
    assert "no word" in objection(line("🔥 —"))
    assert "takes 3000" in objection(line("word " * 700), model="eleven_v3")
    assert "English only" in objection(line("Hola", language="es"), model="eleven_flash_v2")
    assert client_of(fake, model="eleven_flash_v2").objection(Capability.SPEAK, line().request) is None
    assert "'draw'" in str(client.objection(Capability.DRAW, {}))


REFUSALS = [
    (401, "invalid_api_key", AccessLost, "new key"),
    (401, "missing_permissions", AccessLost, "access to text to speech"),
    (401, "quota_exceeded", QuotaSpent, "larger plan"),
    (402, "insufficient_credits", QuotaSpent, "larger plan"),
    (402, "payment_of_a_new_kind", QuotaSpent, "Top up"),
    (400, "max_character_limit_exceeded", Rejected, "Shorten"),
    (400, "text_too_long", Rejected, "Shorten"),
    (404, "voice_not_found", Rejected, "`ids`"),
    (400, "voice_not_found", Rejected, "`ids`"),
    (400, "voice_limit_reached", Rejected, "Delete a voice"),
    (403, "voice_add_edit_limit_reached", Rejected, "deleting voices does not help"),
    (409, "voice_already_exists", Rejected, "that exists"),
    (403, "only_for_creator+", Rejected, "larger plan"),
    (401, "subscription_required", Rejected, "larger plan"),
    (401, "feature_not_available", Rejected, "larger plan"),
    (429, "too_many_concurrent_requests", RateLimited, "`concurrent`"),
    (429, "concurrent_limit_exceeded", RateLimited, "`concurrent`"),
    (429, "rate_limit_exceeded", RateLimited, "tried again"),
    (429, "system_busy", RateLimited, "tried again"),
    (409, "already_running", OutcomeUnknown, "never sent again blindly"),
    (409, "concurrent_modification", OutcomeUnknown, "never sent again blindly"),
    (500, "internal_error", OutcomeUnknown, "never sent again blindly"),
    (503, "maintenance", OutcomeUnknown, "never sent again blindly"),
    (418, "unheard_of", Rejected, "Change the input"),
    (403, "unheard_of", AccessLost, "Connect"),
]


@pytest.mark.parametrize(("status", "code", "error", "remedy"), REFUSALS)
@pytest.mark.parametrize("old", [True, False], ids=["old", "new"])
def test_every_refusal_becomes_its_error_and_nothing_is_sent_twice(
    fake: Fake,
    client: ElevenLabs,
    tmp_path: Path,
    status: int,
    code: str,
    error: type[ServiceError],
    remedy: str,
    old: bool,
) -> None:
    fake.old_errors = old
    reply = fake.refusal(status, code, "So it is.", {"Retry-After": "7"}).reply
    fake.break_next(reply, pattern=SPEAK)

    with pytest.raises(ServiceError) as caught:
        client.begin(line(), tmp_path)

    assert type(caught.value) is error
    assert remedy in caught.value.remedy
    assert caught.value.status == status
    assert getattr(caught.value, "retry_after", 7) == 7
    assert Fake.KEY not in str(caught.value)
    assert len(fake.calls(SPEAK)) == 1
    assert fake.paid == []


def test_an_error_tells_code_message_and_request(fake: Fake, client: ElevenLabs, tmp_path: Path) -> None:
    with pytest.raises(Rejected) as caught:
        client.begin(line(voice="voice-of-nobody"), tmp_path)

    assert (caught.value.code, caught.value.request_id) == ("voice_not_found", "req-of-the-error")
    assert caught.value.detail == "No such voice"


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (
            {"detail": [{"loc": ["body", "text"], "msg": "Field required", "type": "missing"}]},
            "body.text: Field required",
        ),
        ({"detail": ["odd"]}, "odd"),
        ({"detail": "Not this way"}, "Not this way"),
        ({"detail": {"code": 7}}, "code"),
        ({"detail": None}, "detail"),
        (["nothing"], "nothing"),
        ("<html>no</html>", "no"),
    ],
)
def test_errors_of_any_form_are_read(fake: Fake, client: ElevenLabs, tmp_path: Path, body: Any, detail: str) -> None:
    fake.break_next(Reply(422, body), pattern=SPEAK)

    with pytest.raises(Rejected) as caught:
        client.begin(line(), tmp_path)

    assert detail in caught.value.detail


def test_a_wrong_key_loses_access_and_no_characters_left_is_a_spent_quota(fake: Fake, tmp_path: Path) -> None:
    with pytest.raises(AccessLost):
        client_of(fake, key="sk_test_fake_other").begin(line(), tmp_path)
    fake.balance = Decimal(10)
    for fake.old_errors in (True, False):
        with pytest.raises(QuotaSpent):
            client_of(fake).begin(line(), tmp_path)
    assert fake.paid == []


@pytest.mark.parametrize("damage", ["reset", "html", "garbage", "empty", 500, 502, 504])
def test_an_answer_that_is_lost_is_never_sent_again_and_found_in_the_history(
    fake: Fake, client: ElevenLabs, tmp_path: Path, damage: Any
) -> None:
    asked, job = since(), line()
    fake.break_next(damage, pattern=SPEAK, moment="acted")

    with pytest.raises(OutcomeUnknown):
        client.begin(job, tmp_path)

    external_id = client.find(job, asked)
    assert external_id == "history:item1"
    standing = client.check(job, external_id)
    made = client.fetch(job, standing, tmp_path)
    assert standing.is_ready
    assert standing.units == len(TEXT)
    assert made.result["timing"] == "voice"
    assert [word["text"] for word in made.result["words"]] == TEXT.split()
    assert made.model == "eleven_multilingual_v2"
    assert fake.paid == [TEXT]


def test_an_answer_that_comes_too_late_is_lost(fake: Fake, tmp_path: Path) -> None:
    fake.break_next("hang", pattern=SPEAK, moment="acted", seconds=5)

    with pytest.raises(OutcomeUnknown):
        client_of(fake, timeout_seconds=0.3).begin(line(), tmp_path)

    assert fake.paid == [TEXT]


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"audio_base64": ""},
        {"audio_base64": "***"},
        {"audio_base64": base64.b64encode(b"no sound at all").decode()},
        {"audio_base64": 7},
    ],
)
def test_an_answer_without_speech_is_lost_since_it_was_paid(
    fake: Fake, client: ElevenLabs, tmp_path: Path, said: dict[str, Any]
) -> None:
    fake.break_next(Reply(200, said), pattern=SPEAK, moment="acted")

    with pytest.raises(OutcomeUnknown) as caught:
        client.begin(line(), tmp_path)

    assert len(str(caught.value)) < 900
    assert fake.paid == [TEXT]


def test_what_was_never_sent_may_be_sent_again(fake: Fake, tmp_path: Path) -> None:
    client = client_of(fake)
    fake.stop()

    with pytest.raises(Unreachable):
        client.begin(line(), tmp_path)


def test_the_history_is_looked_through_by_text_voice_and_time(fake: Fake, client: ElevenLabs, tmp_path: Path) -> None:
    client.begin(line(), tmp_path)

    assert client.find(line(), since()) == "history:item1"
    assert client.find(line("Other words."), since()) is None
    assert client.find(line(voice="voice-eva"), since()) is None
    assert client.find(line(), since(seconds=-60)) is None


def test_the_newest_of_equal_lines_is_found(fake: Fake, client: ElevenLabs, tmp_path: Path) -> None:
    client.begin(line(), tmp_path)
    client.begin(line(), tmp_path)

    assert client.find(line(), since()) == "history:item2"


def test_a_history_that_is_not_shown_whole_proves_nothing(fake: Fake, client: ElevenLabs) -> None:
    fake.break_next(Reply(200, {"history": [], "has_more": True}), pattern="GET /v1/history")

    with pytest.raises(OutcomeUnknown, match="longer"):
        client.find(line(), since())


def test_without_times_in_the_history_the_words_are_guessed(fake: Fake, client: ElevenLabs, tmp_path: Path) -> None:
    fake.history_has_times = False
    client.begin(line(), tmp_path)

    made = client.fetch(line(), client.check(line(), "history:item1"), tmp_path)

    assert made.result["timing"] == "proportional"
    assert made.result["seconds"] > 1


def test_a_line_that_was_answered_is_found_by_its_words_when_the_answer_was_not_kept(
    fake: Fake, client: ElevenLabs, tmp_path: Path
) -> None:
    ticket = client.begin(line(), tmp_path)

    made = client.fetch(line(), client.check(line(), ticket.external_id), tmp_path)

    assert [word["text"] for word in made.result["words"]] == TEXT.split()
    assert fake.paid == [TEXT]
    with pytest.raises(JobFailed, match="does not hold"):
        client.check(line("Never said."), "req-99")


def test_a_dead_link_is_worth_asking_again(fake: Fake, client: ElevenLabs, tmp_path: Path) -> None:
    client.begin(line(), tmp_path)
    standing = client.check(line(), "history:item1")
    fake.links_die = True

    with pytest.raises(Unreachable):
        client.fetch(line(), standing, tmp_path)


def test_a_job_that_fails_over_there_is_not_in_the_history(fake: Fake, client: ElevenLabs, tmp_path: Path) -> None:
    fake.fail_jobs = True

    with pytest.raises(OutcomeUnknown):
        client.begin(line(), tmp_path)

    assert client.find(line(), since()) is None
    assert fake.paid == []


def test_more_lines_at_once_than_the_plan_allows_are_rate_limited(tmp_path: Path) -> None:
    errors: list[Exception] = []

    def speak(number: int) -> None:
        try:
            client_of(fake).begin(line(label=f"rw-{number}"), tmp_path / str(number))
        except RateLimited as exc:
            errors.append(exc)

    with Fake(seconds=0.4) as fake:
        fake.concurrent = 2
        threads = [threading.Thread(target=speak, args=(number,)) for number in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(fake.paid) == 2
    assert len(errors) == 1
    assert "`concurrent`" in str(errors[0])


def test_a_voice_is_learnt_from_its_samples_and_can_speak(fake: Fake, client: ElevenLabs, tmp_path: Path) -> None:
    ticket = client.begin(clone(tmp_path), tmp_path)

    assert ticket.made is not None
    voice = ticket.made.result["voice_id"]
    assert (fake.voices[voice], ticket.external_id) == ("Tess rw-2", voice)
    assert fake.paid == ["Tess rw-2"]
    assert client.begin(line(voice=voice), tmp_path).made is not None


def test_the_form_holds_the_samples_as_they_are(fake: Fake, client: ElevenLabs, tmp_path: Path) -> None:
    client.begin(clone(tmp_path), tmp_path)

    body = fake.calls(CLONE)[0].body
    assert b'filename="sample-1.wav"' in body
    assert b'filename="sample-2.wav"' in body
    assert body.count(b"audio/wav") == 2
    assert b"WAVEfmt " + bytes([1]) * 200 in body
    assert json.dumps({"language": "es"}).encode() in body


def test_a_clone_whose_answer_was_lost_is_found_by_its_name(fake: Fake, client: ElevenLabs, tmp_path: Path) -> None:
    job = clone(tmp_path)
    fake.break_next("reset", pattern=CLONE, moment="acted")

    with pytest.raises(OutcomeUnknown):
        client.begin(job, tmp_path)

    external_id = client.find(job, since())
    assert external_id is not None
    made = client.fetch(job, client.check(job, external_id), tmp_path)
    assert fake.voices[made.result["voice_id"]] == "Tess rw-2"
    assert client.find(clone(tmp_path, label="rw"), since()) is None
    assert len(fake.paid) == 1


def test_a_clone_without_a_voice_in_the_answer_is_lost(fake: Fake, client: ElevenLabs, tmp_path: Path) -> None:
    fake.break_next(Reply(200, {"voice_id": ""}), pattern=CLONE, moment="acted")

    with pytest.raises(OutcomeUnknown):
        client.begin(clone(tmp_path), tmp_path)


def test_a_voice_that_must_be_verified_first_is_a_failed_job(fake: Fake, client: ElevenLabs, tmp_path: Path) -> None:
    fake.asks_for_proof = True
    job = clone(tmp_path)

    ticket = client.begin(job, tmp_path)

    assert ticket.made is None
    with pytest.raises(JobFailed, match="verified") as caught:
        client.check(job, ticket.external_id)
    assert caught.value.units == client.quote(job)
    assert ticket.external_id in str(caught.value)
    fake.unverified.clear()
    assert client.check(job, ticket.external_id).is_ready


def test_full_slots_and_spent_changes_name_what_helps(fake: Fake, client: ElevenLabs, tmp_path: Path) -> None:
    client.begin(clone(tmp_path), tmp_path)
    with pytest.raises(Rejected, match="slots") as full:
        client.begin(clone(tmp_path), tmp_path)
    fake.slots += 1
    fake.changes = fake.most_changes
    with pytest.raises(Rejected, match="changes of this month") as spent:
        client.begin(clone(tmp_path), tmp_path)
    fake.can_clone = False
    with pytest.raises(Rejected, match="plan") as forbidden:
        client.begin(clone(tmp_path), tmp_path)

    assert "Delete a voice" in full.value.remedy
    assert "does not help" in spent.value.remedy
    assert "larger plan" in forbidden.value.remedy
    assert len(fake.paid) == 1


def test_an_id_cannot_lead_elsewhere(fake: Fake, client: ElevenLabs, tmp_path: Path) -> None:
    with pytest.raises(Rejected):
        client.check(clone(tmp_path), "../history/item1?x=/")

    assert fake.requests[0].path.startswith("/v1/voices/..%2F")


def test_the_balance_goes_down_by_what_was_spoken(fake: Fake, client: ElevenLabs, tmp_path: Path) -> None:
    before = client.balance()
    client.begin(line(), tmp_path)

    assert (before, client.balance()) == (10_000, 10_000 - len(TEXT))


def test_doctor_is_told_plan_characters_and_slots(fake: Fake, client: ElevenLabs) -> None:
    said = client.examine()

    assert "Plan creator: 10000 of 10000 characters left" in said
    assert "2 of 3 voice slots used, 0 of 20 voice changes" in said
    assert "can clone" in said


@pytest.mark.parametrize(("damage", "error"), [("reset", Unreachable), (503, Unreachable), ("html", UnexpectedReply)])
def test_questions_that_fail_may_be_asked_again(
    fake: Fake, client: ElevenLabs, damage: Any, error: type[ServiceError]
) -> None:
    for ask in (client.balance, client.examine, lambda: client.find(line(), since())):
        fake.break_next(damage)
        with pytest.raises(error):
            ask()
        ask()


def test_a_subscription_of_another_form_is_an_unexpected_reply(fake: Fake, client: ElevenLabs) -> None:
    fake.break_next(Reply(200, {"tier": "free", "character_limit": "many"}))

    with pytest.raises(UnexpectedReply) as caught:
        client.balance()

    assert "character_count: Field required" in caught.value.detail


@pytest.mark.live
def test_the_real_service_speaks_a_short_line(tmp_path: Path) -> None:
    key, voice = os.environ.get("LIVE_ELEVENLABS_KEY"), os.environ.get("LIVE_ELEVENLABS_VOICE", "21m00Tcm4TlvDq8ikWAM")
    if not key:
        pytest.skip("LIVE_ELEVENLABS_KEY is not set")
    client, asked = ElevenLabs(ElevenLabsOptions(model="eleven_flash_v2_5"), key), since()
    job = line("Hello there, old friend.", voice=voice)

    ticket = client.begin(job, tmp_path)

    assert ticket.made is not None
    print(client.examine(), "units:", ticket.units, "timing:", ticket.made.result["timing"])
    assert ticket.made.result["timing"] == "voice"
    assert client.find(job, asked) is not None
