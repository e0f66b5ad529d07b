import logging

import pytest
from pydantic import SecretStr

from core.log import HIDDEN, RedactingFilter, hide, redact, redact_every_record, secrets_of
from core.settings import Settings


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://me:hunter2@db/reels refused",
        "Authorization: Bearer hunter2",
        "headers={'Authorization': 'Bearer hunter2'}",
        "x-api-key: hunter2",
        "GET /v1/me?access_token=hunter2&x=1",
        "api_key=hunter2",
    ],
)
def test_what_looks_like_a_secret_is_hidden(text: str) -> None:
    assert "hunter2" not in redact(text)
    assert HIDDEN in redact(text)


def test_ordinary_text_stays_as_it_is() -> None:
    text = "reel 12: speak done in 3.1 s at http://127.0.0.1:8420/reels/0012"

    assert redact(text) == text


def test_a_known_secret_is_hidden_wherever_it_stands() -> None:
    settings = Settings(database_url=SecretStr("s3cr3t-value"))

    assert redact("it said s3cr3t-value twice: s3cr3t-value", secrets_of(settings)).count(HIDDEN) == 2


def test_a_traceback_is_redacted_too() -> None:
    try:
        raise ValueError("token=hunter2")
    except ValueError as error:
        record = logging.LogRecord("x", logging.ERROR, "f", 1, "it broke: %s", (error,), (type(error), error, None))

    assert RedactingFilter(()).filter(record)
    assert "hunter2" not in logging.Formatter().format(record)


def test_a_secret_that_was_hidden_later_is_redacted_by_filters_that_are_there_already() -> None:
    redacting = RedactingFilter(())
    hide("late_fake_secret")
    record = logging.LogRecord("x", logging.INFO, "f", 1, "it sent %s", ("late_fake_secret",), None)

    assert redacting.filter(record)
    assert record.getMessage() == f"it sent {HIDDEN}"


def test_a_secret_that_begins_like_another_leaves_nothing_of_it() -> None:
    assert redact("abcdef", ("abc", "abcdef", "")) == HIDDEN


def test_hiding_nothing_changes_nothing() -> None:
    hide("")

    assert redact("plain text") == "plain text"


def test_records_can_be_redacted_for_handlers_that_are_not_ours(caplog: pytest.LogCaptureFixture) -> None:
    make = logging.getLogRecordFactory()
    redact_every_record(Settings(master_keys="a-very-secret-master-key"))
    try:
        with caplog.at_level(logging.INFO, logger="elsewhere"):
            logging.getLogger("elsewhere").info("the key is %s, not %d", "a-very-secret-master-key", 5)
    finally:
        logging.setLogRecordFactory(make)

    assert caplog.messages == ["the key is ***, not 5"]
