import inspect
import re

import pytest

from core import errors
from core.errors import FactoryError, GenerationFailed, MediaError, NeedsPerson, ServiceError

CLASSES = [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, FactoryError)]


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_error_says_what_is_wrong_and_what_to_do(cls: type[FactoryError]) -> None:
    assert cls.__doc__
    assert len(cls.remedy) > 10
    assert cls.remedy.endswith(".")


def test_the_drawn_tree_is_the_real_tree() -> None:
    drawn = re.findall(r"[├└]─ (\w+(?:, \w+)*)", errors.__doc__ or "")
    names = {name for line in drawn for name in line.split(", ")} | {"FactoryError"}

    assert names == {cls.__name__ for cls in CLASSES}


def test_the_drawn_tree_marks_exactly_the_retryable_classes() -> None:
    lines = [line for line in (errors.__doc__ or "").splitlines() if "(retryable)" in line]
    marked = {re.findall(r"─ (\w+)", line)[0] for line in lines}

    assert marked == {cls.__name__ for cls in CLASSES if cls.retryable}


def test_a_service_error_is_cut_so_that_run_history_stays_small() -> None:
    error = ServiceError("It refused.", service="kie", status=422, detail="x" * 9000)

    assert len(error.detail) == errors.DETAIL_LIMIT
    assert str(error).startswith("kie: It refused. (status 422")


def test_a_media_error_carries_the_end_of_what_the_program_said() -> None:
    error = MediaError("FFmpeg failed.", command=["ffmpeg", "-i", "x"], exit_code=1, last_lines="a" * 9000 + "the end")

    assert str(error).count("the end") == 1
    assert len(error.last_lines) == errors.DETAIL_LIMIT


def test_collected_reasons_are_all_told() -> None:
    assert "no voice" in str(GenerationFailed("speak", ["piper: no voice", "nanotts: no language"]))
    assert "too quiet" in str(NeedsPerson(["loudness: too quiet"]))
