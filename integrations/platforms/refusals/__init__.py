"""What the codes of a platform's refusals mean and what the operator does about each, as data.

One TOML file per platform beside this one; a table per code:

    [quotaExceeded]
    kind = "quota"
    means = "The project's calls for today are used up."
    action = "Nothing: posting goes on after midnight Pacific time."

`kind` chooses the error, and with it what happens next by itself:

    transient  Unreachable     tried again              policy   Restricted    the account rests, 24 h or `rest_hours`
    rate       RateLimited     tried again, slower      setup    NotAllowed    held until the app is set up
    expired    TokenExpired    the token is renewed     content  Rejected      held: this post will never be taken
    access     AccessLost      the account is paused    unclear  OutcomeUnknown  looked up, never repeated
    quota      QuotaSpent      the account rests
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, TypeAdapter

from core.errors import (
    AccessLost,
    NotAllowed,
    OutcomeUnknown,
    QuotaSpent,
    RateLimited,
    Rejected,
    Restricted,
    ServiceError,
    TokenExpired,
    Unreachable,
)
from core.models import Value

Kind = Literal["transient", "rate", "expired", "access", "quota", "policy", "setup", "content", "unclear"]

ERRORS: dict[Kind, type[ServiceError]] = {
    "transient": Unreachable,
    "rate": RateLimited,
    "expired": TokenExpired,
    "access": AccessLost,
    "quota": QuotaSpent,
    "policy": Restricted,
    "setup": NotAllowed,
    "content": Rejected,
    "unclear": OutcomeUnknown,
}


class Refusal(Value):
    """One code of a platform: the kind of trouble, what it means, and the one thing to do."""

    kind: Kind
    means: str = Field(min_length=10)
    action: str = Field(min_length=8)
    rest_hours: float = Field(default=24.0, gt=0)

    def error(
        self, service: str, code: str, *, status: int | None = None, detail: str = "", request_id: str = ""
    ) -> ServiceError:
        """Return the error of the house that this refusal stands for."""
        error = ERRORS[self.kind](
            self.means,
            service=service,
            status=status,
            code=code,
            request_id=request_id,
            detail=detail,
            remedy=self.action,
        )
        if isinstance(error, Restricted):
            error.rest_hours = self.rest_hours
        return error


@cache
def load_refusals(platform: str) -> dict[str, Refusal]:
    """Return what is known of a platform's codes."""
    text = (Path(__file__).parent / f"{platform}.toml").read_text(encoding="utf-8")
    return TypeAdapter(dict[str, Refusal]).validate_python(tomllib.loads(text))
