"""The posting file: which accounts reels are posted to, when, and how each platform is reached.

TOML, because an operator writes it by hand; `examples/posting.toml` shows every part with a word on each. Tokens do
not belong here: `reelwright connect PLATFORM NAME` stores them encrypted.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from pydantic import Field, model_validator

from core.models import Value
from core.posting import Cadence, PostingAccount
from core.settings import get_settings
from core.toml_file import parse, read_text


class PostingFile(Value):
    """Everything the posting file says. `defaults` is the cadence of accounts that say nothing of their own."""

    defaults: Cadence = Cadence()
    platforms: dict[str, dict[str, Any]] = Field(default_factory=dict)
    accounts: tuple[PostingAccount, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _with_defaults(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        defaults, accounts = values.get("defaults", {}), values.get("accounts", [])
        if not isinstance(defaults, dict) or not isinstance(accounts, list):
            return values
        return {**values, "accounts": [_with_cadence(account, defaults) for account in accounts]}

    @model_validator(mode="after")
    def _once(self) -> PostingFile:
        labels = [account.label for account in self.accounts]
        twice = sorted({label for label in labels if labels.count(label) > 1})
        if twice:
            raise ValueError(f"accounts stand there twice: {', '.join(twice)}")
        return self


def _with_cadence(account: Any, defaults: dict[str, Any]) -> Any:
    """Put the defaults below an account's own cadence; what has not the right form stays, and is refused as it is."""
    own = account.get("cadence", {}) if isinstance(account, dict) else None
    return {**account, "cadence": {**defaults, **own}} if isinstance(own, dict) else account


@lru_cache(maxsize=1)
def get_posting_file() -> PostingFile:
    """Read the posting file once per process; an unset POSTING_FILE gives an empty one.

    Raises ConfigError naming the place at fault.
    """
    path = get_settings().posting_path
    if path is None:
        return PostingFile()
    return parse_posting(read_text(path, "POSTING_FILE"))


def parse_posting(text: str) -> PostingFile:
    """Read a posting file from its text; raises ConfigError naming the place at fault."""
    return parse(text, PostingFile, "POSTING_FILE")


def posting_accounts() -> tuple[PostingAccount, ...]:
    """Return every account that reels go to: the platforms of PLATFORMS, then the accounts of the file.

    A platform of PLATFORMS that the file gives rules of its own, under no name, goes by the file.
    """
    accounts = get_posting_file().accounts
    ruled = {account.label for account in accounts}
    plain = (PostingAccount(platform=name, highest_rating=5) for name in get_settings().platform_names)
    return (*(account for account in plain if account.label not in ruled), *accounts)
