"""Which account may carry which rating: the platform's own rules and the operator's both hold, the strictest wins."""

from __future__ import annotations

from core.models import Rating

NAMES: tuple[str, ...] = (
    "for anybody",
    "for older children",
    "for teenagers",
    "for older teenagers",
    "for adults",
    "for adults who ask for it",
)
"""What the ratings 0 to 5 mean."""


def rating_name(rating: Rating) -> str:
    """Return a rating with its meaning, such as `2 (for teenagers)`."""
    return f"{rating} ({NAMES[rating]})"


def rating_problems(
    rating: Rating, platform_highest: Rating, account_highest: Rating, platform: str, account: str
) -> list[str]:
    """Say why a reel of a rating may not be posted to an account, one sentence each with the remedy."""
    if rating > platform_highest:
        return [
            f"The reel is rated {rating_name(rating)}; the rules of {platform} bear {rating_name(platform_highest)} at"
            " most. Post it elsewhere, or make it milder and rate it anew in its brief."
        ]
    if rating > account_highest:
        return [
            f"The reel is rated {rating_name(rating)}; the account {account} takes {rating_name(account_highest)} at"
            f" most. Raise `highest_rating` of the account in the posting file, where {platform} bears"
            f" {rating_name(platform_highest)}, or post the reel to another account."
        ]
    return []
