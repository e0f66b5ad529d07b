"""One connected Instagram account and what is read of it: its quota, posts, numbers and comments."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TypeVar
from urllib.parse import quote as quoted

from core.clock import now
from core.errors import AccessLost, ConfigError, FactoryError, UnexpectedReply
from core.posting import Numbers, Token
from integrations.platforms.base import Access, read_options
from integrations.platforms.instagram_api import SERVICE, InstagramApi, InstagramOptions, warn_before_end
from integrations.platforms.instagram_replies import (
    CommentItem,
    CommentPage,
    Counts,
    Insights,
    ListPage,
    Media,
    MediaPage,
    Permalink,
    Quotas,
)
from integrations.platforms.talking import Comment

PAGE_SIZE, MOST_PAGES = 50, 40
"""Items asked for at once, and pages after which a list is taken for one without end."""

COMMENT_FIELDS = "id,text,timestamp,username,from,hidden"
INSIGHTS_RIGHTS = frozenset({"instagram_business_manage_insights", "instagram_manage_insights"})

AnyPage = TypeVar("AnyPage", bound=ListPage)


class InstagramAccount:
    """An account with its options and its connection. Only reads; raises ServiceError as `InstagramApi` does."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self.options = read_options(InstagramOptions, SERVICE, access.options)
        warn_before_end(self.options.version, now().date())
        self.graph = self.connection(self.options.graph_url, "Bearer")

    def connection(self, base_url: str, scheme: str) -> InstagramApi:
        """Return a connection that sends the token which is good at the time, under an authorization scheme."""
        return InstagramApi(
            base_url, timeout=self.options.timeout_seconds, authorization=lambda: f"{scheme} {self.token().access}"
        )

    def token(self) -> Token:
        """Return a token that is good now; raises ConfigError when it is of the other kind of login."""
        token = self._access.token()
        if token.kind and token.kind != self.options.login:
            raise ConfigError(
                f"The account was connected by {token.kind}, but its option `login` is {self.options.login}.",
                remedy=f"Set `login` to {token.kind}, or connect the account again.",
            )
        return token

    @property
    def path(self) -> str:
        """The path of the account; raises AccessLost when its id is not known."""
        owner = self.token().owner_id
        if not owner:
            raise AccessLost("It is not known which account the token is for.", service=SERVICE)
        return path_of(owner)

    def check_quota(self) -> None:
        """Raise QuotaSpent when the account may publish no more today."""
        question = {"fields": "quota_usage,config"}
        reply = self.graph.ask("GET", f"{self.path}/content_publishing_limit", params=question)
        quota = self.graph.formed(Quotas, reply).data[0]
        if quota.quota_usage >= quota.config.quota_total:
            raise self.graph.refusal("2207042", detail=f"{quota.quota_usage} of {quota.config.quota_total}")

    def posts_since(self, begin: datetime) -> list[Media]:
        """Return the posts since a time, newest first, as far as Instagram lists them already."""
        found: list[Media] = []
        for page in self._pages(MediaPage, f"{self.path}/media", "id,caption,timestamp,permalink"):
            found.extend(media for media in page.data if media.timestamp >= begin)
            if any(media.timestamp < begin for media in page.data):
                break
        return found

    def permalink(self, media_id: str) -> str:
        """Return the address of a post that is out; empty when it cannot be had, which must not lose the post."""
        try:
            reply = self.graph.ask("GET", path_of(media_id), params={"fields": "permalink"})
            return self.graph.formed(Permalink, reply).permalink or ""
        except FactoryError:
            return ""

    def numbers_of(self, media_id: str) -> Numbers:
        """Return likes and comments of a post, and views and shares where that right was granted."""
        reply = self.graph.ask("GET", path_of(media_id), params={"fields": "like_count,comments_count"})
        counts = self.graph.formed(Counts, reply)
        metrics: dict[str, int | None] = {}
        if INSIGHTS_RIGHTS & set(self.token().scopes):
            reply = self.graph.ask("GET", f"{path_of(media_id)}/insights", params={"metric": "views,shares"})
            metrics = {metric.name: metric.number for metric in self.graph.formed(Insights, reply).data}
        return Numbers(
            views=metrics.get("views"),
            likes=counts.like_count,
            comments=counts.comments_count,
            shares=metrics.get("shares"),
        )

    def comments(self, post_id: str, since: datetime) -> list[Comment]:
        """Return the comments at the top since a time and the replies below them, oldest first."""
        fields = f"{COMMENT_FIELDS},replies.limit({PAGE_SIZE}){{{COMMENT_FIELDS}}}"
        found: list[Comment] = []
        for page in self._pages(CommentPage, f"{path_of(post_id)}/comments", fields):
            for item in page.data:
                if item.timestamp >= since:
                    found += self._thread(item, post_id)
            if any(item.timestamp < since for item in page.data):
                break
        return sorted(found, key=lambda comment: comment.at)

    def replies(self, comment: Comment) -> list[Comment]:
        """Return all replies to a comment."""
        pages = self._pages(CommentPage, f"{path_of(comment.id)}/replies", COMMENT_FIELDS)
        return [self._comment(item, comment.post_id, comment.id) for page in pages for item in page.data]

    def _pages(self, form: type[AnyPage], path: str, fields: str) -> Iterator[AnyPage]:
        question = {"fields": fields, "limit": str(PAGE_SIZE)}
        for _ in range(MOST_PAGES):
            page = self.graph.formed(form, self.graph.ask("GET", path, params=question))
            yield page
            if page.paging.after is None:
                return
            question["after"] = page.paging.after
        raise UnexpectedReply("The list has no end.", service=SERVICE)

    def _thread(self, item: CommentItem, post_id: str) -> list[Comment]:
        below = item.replies.data if item.replies else []
        return [self._comment(item, post_id), *(self._comment(reply, post_id, item.id) for reply in below)]

    def _comment(self, item: CommentItem, post_id: str, parent_id: str = "") -> Comment:
        return Comment(
            id=item.id,
            post_id=post_id,
            parent_id=parent_id,
            author_id=item.author.id,
            author_name=item.author.username or item.username,
            text=item.text,
            at=item.timestamp,
            is_ours=self._is_ours(item),
            can_reply=not parent_id and not item.hidden,
        )

    def _is_ours(self, item: CommentItem) -> bool:
        token = self.token()
        by_name = bool(token.owner_name) and token.owner_name in (item.username, item.author.username)
        return by_name or (bool(item.author.id) and item.author.id == token.owner_id)


def path_of(thing: str) -> str:
    """Return the path of an account, a container, a post or a comment."""
    return f"/{quoted(thing, safe='')}"
