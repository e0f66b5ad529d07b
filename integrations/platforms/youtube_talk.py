"""Comments under our videos on YouTube, and our replies to them.

There is no notice of new comments: they are read again and again, which costs a unit of the quota each time, while a
reply costs 50. The newest threads come first; how new their replies are is not told, so that threads are read up to
`comment_pages` pages and then sorted out by time. Only comments at the top can be answered.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from core.errors import Rejected
from integrations.platforms.base import Access
from integrations.platforms.talking import Comment
from integrations.platforms.youtube_api import NAME, YouTubeApi, YouTubeOptions
from integrations.platforms.youtube_replies import CommentItem, Comments, MadeComment, Thread, Threads

PAGE = 100
"""Most threads or replies on one page."""


class YouTubeTalk:
    """Reads and answers comments."""

    _access: Access
    _options: YouTubeOptions
    _api: YouTubeApi

    def comments(self, post_id: str, since: datetime) -> list[Comment]:
        """Return the comments under a video since a time, oldest first, ours among them.

        None where comments are switched off. Replies in threads beyond the pages that are read are not seen.
        """
        owner = self._access.token().owner_id
        found = []
        try:
            for thread in self._threads(post_id):
                top = thread.snippet.top_level_comment
                for item in (top, *self._replies_of(thread)):
                    found.append(_comment(item, post_id, owner, can_reply=thread.snippet.can_reply))
        except Rejected as exc:
            if exc.code != "commentsDisabled":
                raise
        return sorted((comment for comment in found if comment.at >= since), key=lambda comment: comment.at)

    def reply(self, comment: Comment, text: str) -> str:
        """Answer a comment once and return the reply's id.

        Raises Rejected without asking YouTube where it cannot be answered, because even a refusal costs 50 units, and
        OutcomeUnknown when the answer was lost.
        """
        if not comment.can_reply:
            raise Rejected("This comment cannot be answered.", service=NAME, remedy="Leave it; nothing was sent.")
        body = {"snippet": {"parentId": _top_id(comment), "textOriginal": text}}
        request = self._api.client.comments().insert(part="snippet", body=body)
        return self._api.call(request, MadeComment, once=True).id

    def find_reply(self, comment: Comment, text: str) -> str | None:
        """Return the id of our reply with this text under a comment, or None when there is none."""
        owner, wanted = self._access.token().owner_id, " ".join(text.split())
        for item in self._replies(_top_id(comment)):
            said = {" ".join(words.split()) for words in (item.snippet.text_original, item.snippet.text_display)}
            if item.snippet.author_channel_id.value == owner and wanted in said:
                return item.id
        return None

    def _threads(self, video_id: str) -> Iterator[Thread]:
        threads, page = self._api.client.commentThreads(), ""
        for _ in range(self._options.comment_pages):
            request = threads.list(
                part="snippet,replies",
                videoId=video_id,
                order="time",
                maxResults=PAGE,
                textFormat="plainText",
                pageToken=page or None,
            )
            answer = self._api.call(request, Threads)
            yield from answer.items
            page = answer.next_page_token
            if not page:
                return

    def _replies_of(self, thread: Thread) -> tuple[CommentItem, ...]:
        told = thread.replies.comments
        if len(told) >= thread.snippet.total_reply_count:
            return told
        return tuple(self._replies(thread.snippet.top_level_comment.id))

    def _replies(self, top_id: str) -> Iterator[CommentItem]:
        comments, page = self._api.client.comments(), ""
        while True:
            request = comments.list(
                part="snippet", parentId=top_id, maxResults=PAGE, textFormat="plainText", pageToken=page or None
            )
            answer = self._api.call(request, Comments)
            yield from answer.items
            page = answer.next_page_token
            if not page:
                return


def _top_id(comment: Comment) -> str:
    return comment.parent_id or comment.id


def _comment(item: CommentItem, post_id: str, owner: str, *, can_reply: bool) -> Comment:
    author = item.snippet.author_channel_id.value
    return Comment(
        id=item.id,
        post_id=post_id,
        parent_id=item.snippet.parent_id,
        author_id=author,
        author_name=item.snippet.author_display_name,
        text=item.snippet.text_display,
        at=item.snippet.published_at,
        is_ours=bool(owner) and author == owner,
        can_reply=can_reply,
    )
