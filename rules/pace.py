"""What an operator should know about an account's pace: where it asks for more than its platform has written down."""

from __future__ import annotations

from itertools import pairwise

from core.posting import Limits, PostingAccount
from rules.cadence import cadence_problems, in_quiet_time


def pace_problems(account: PostingAccount, limits: Limits) -> list[str]:
    """Say what of an account's cadence cannot come true, one sentence each with the remedy.

    Nothing is ever posted too fast, because the stricter rule holds; an operator who asks for more should know.
    """
    cadence, found = account.cadence, []
    if impossible := cadence_problems(cadence):
        return [f"{account.label}: {problem}" for problem in impossible]
    hours = sorted({hour for hour in cadence.hours if not in_quiet_time(cadence, hour)})
    asked = cadence.most_per_day or len(hours)
    if 0 < limits.posts_per_day < asked:
        found.append(
            f"{account.label} asks for {asked} posts a day where {account.platform} has {limits.posts_per_day} written"
            f" down. Set `most_per_day` to {limits.posts_per_day} at most, or leave some of `hours` out."
        )
    if 0 < cadence.minutes_between < limits.minutes_between:
        found.append(
            f"{account.label} asks for posts every {cadence.minutes_between} minutes where {account.platform} has"
            f" {limits.minutes_between} written down. Set `minutes_between` to {limits.minutes_between} at least."
        )
    if len(hours) < len(set(cadence.hours)):
        found.append(f"Some of the best hours of {account.label} lie in its quiet hours. Change `hours` or `quiet`.")
    if hours and cadence.most_per_day > len(hours):
        found.append(
            f"{account.label} asks for {cadence.most_per_day} posts a day and has {len(hours)} best hours, each of"
            " which takes one. Add to `hours`, or lower `most_per_day`."
        )
    minutes = [hour.hour * 60 + hour.minute for hour in hours]
    between = max(cadence.minutes_between, limits.minutes_between)
    if any(late - early < between for early, late in pairwise(minutes)):
        found.append(
            f"Some of the best hours of {account.label} are closer than the {between} minutes between two posts, so"
            " that they take turns. Move `hours` apart."
        )
    return found
