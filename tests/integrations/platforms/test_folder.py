"""The local gallery: what each step promises, also when a process is killed between two of them."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import resource
import shutil
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.errors import BadInput, ConfigError, DiskFull, StorageError
from core.posting import VideoFacts
from core.settings import Settings
from integrations.platforms import FILE_NAMES, Access, Platform, Post, Receipt, platform_class
from integrations.platforms.base import usual_problems
from integrations.platforms.disk import only_one
from integrations.platforms.folder import Folder

SLUG = "0012-the-octopus-has-three-hearts"
WEEK = timedelta(days=7)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return folder_in(tmp_path / "home")


def folder_in(home: Path) -> Folder:
    return Folder(Access("folder", Settings(reelwright_home=home, studio_url="https://studio.example", _env_file=None)))


def make_post(tmp_path: Path, *, key: str = "post/12/folder", reel: bytes = b"reel" * 5000, slug: str = SLUG) -> Post:
    work = tmp_path / f"work-{abs(hash((key, reel, slug)))}"
    work.mkdir(exist_ok=True)
    facts = {"reel": 12, "title": "The octopus has three hearts", "made_at": "2026-11-21T10:00:00Z", "seconds": 31.4}
    contents = {
        "reel": reel,
        "preview": b"preview",
        "cover": b"cover",
        "contact_sheet": b"sheet",
        "captions_srt": b"1\n",
        "captions_vtt": b"WEBVTT\n",
        "facts": json.dumps(facts).encode(),
    }
    files = {}
    for role, content in contents.items():
        files[role] = work / f"{role}.bin"
        files[role].write_bytes(content)
    return Post(
        key=key,
        slug=slug,
        title=facts["title"],
        caption="Three hearts, blue blood.",
        language="en",
        character="Marlo Finch",
        files=files,
    )


def publish(folder: Folder, post: Post) -> Receipt:
    handle = folder.begin(post)
    folder.upload(post, handle)
    return finish(folder, post, handle)


def finish(folder: Folder, post: Post, handle: str) -> Receipt:
    standing = folder.finish(post, handle)
    assert standing.state == "shown"
    assert standing.receipt is not None
    return standing.receipt


def state_of(folder: Folder, post: Post) -> str:
    """Return what `find` says, which `check` must say as well; asking twice changes nothing."""
    handle = folder.begin(post)
    found = folder.find(post, handle)
    assert folder.check(post, handle) == found
    return found.state


def shown(folder: Folder) -> list[str]:
    return sorted(path.name for path in folder.gallery.iterdir() if not path.name.startswith(".") and path.is_dir())


def hidden(folder: Folder) -> list[str]:
    return sorted(path.name for path in folder.gallery.iterdir() if path.name.startswith((".incoming-", ".old-")))


def feed_of(folder: Folder) -> dict[str, Any]:
    return json.loads((folder.gallery / "feed.json").read_text())


# The registry


def test_it_is_found_by_its_name() -> None:
    assert platform_class("folder") is Folder


def test_an_unknown_platform_is_refused_naming_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"'myspace'.*folder"):
        platform_class("myspace")


def test_it_is_a_platform_of_ones_own_that_needs_nobody(folder: Folder) -> None:
    platform: Platform = folder

    assert platform.replaces is True
    assert (platform.needs_account, platform.needs_consent, platform.sign_in) == (False, False, None)
    assert platform.allows_marks is True
    assert platform.numbers([SLUG]) == {}


# problems


def test_a_good_post_has_no_problems_and_asking_writes_nothing(folder: Folder, tmp_path: Path) -> None:
    assert folder.problems(make_post(tmp_path)) == []
    assert not folder.gallery.exists()


def test_no_text_rating_or_video_that_the_factory_can_make_is_beyond_its_limits(folder: Folder, tmp_path: Path) -> None:
    video = VideoFacts(width=720, height=4096, fps=12, seconds=1200, bytes=3 << 30, has_sound=False)
    texts = {"title": "t" * 500, "caption": "#so @many words <b> " * 400}
    post = make_post(tmp_path).model_copy(update={**texts, "video": video, "rating": 5})

    assert folder.problems(post) == []
    assert usual_problems(post, Folder.limits) == []


@pytest.mark.parametrize("slug", ["", "..", "../up", ".hidden", "a/b", "Upper", "a--b", "ü", "a\n", "a" * 121])
def test_a_slug_that_cannot_name_a_folder_is_a_problem_and_is_never_used(
    folder: Folder, tmp_path: Path, slug: str
) -> None:
    post = make_post(tmp_path).model_copy(update={"slug": slug})

    assert any("slug" in problem for problem in folder.problems(post))
    handle = folder.begin(post)
    folder.upload(post, handle)
    with pytest.raises(BadInput):
        folder.finish(post, handle)
    assert shown(folder) == []


def test_missing_empty_and_unknown_files_are_each_named(folder: Folder, tmp_path: Path) -> None:
    post = make_post(tmp_path)
    post.files["captions_srt"].write_bytes(b"")
    post.files["captions_vtt"].unlink()
    files = {role: path for role, path in post.files.items() if role != "reel"} | {"diary": post.files["facts"]}

    problems = " ".join(folder.problems(post.model_copy(update={"files": files})))

    for words in ("'reel' is missing", "'captions_srt' is empty", "'captions_vtt' is not there", "no file 'diary'"):
        assert words in problems


def test_an_empty_key_or_title_is_a_problem(folder: Folder, tmp_path: Path) -> None:
    post = make_post(tmp_path).model_copy(update={"key": " ", "title": ""})

    assert folder.problems(post) == ["The key is empty.", "The title is empty."]


# begin and upload


def test_beginning_twice_gives_the_same_hidden_folder(folder: Folder, tmp_path: Path) -> None:
    post = make_post(tmp_path)

    assert folder.begin(post) == folder.begin(post)
    assert hidden(folder) == [folder.begin(post)]
    assert folder.begin(post).startswith(".incoming-")


def test_deliveries_with_other_keys_do_not_share_a_handle(folder: Folder, tmp_path: Path) -> None:
    assert folder.begin(make_post(tmp_path)) != folder.begin(make_post(tmp_path, key="post/13/folder"))


def test_nothing_is_shown_before_finish(folder: Folder, tmp_path: Path) -> None:
    post = make_post(tmp_path)

    folder.upload(post, folder.begin(post))

    assert shown(folder) == []
    assert state_of(folder, post) == "ready"


def test_uploading_twice_copies_nothing_again(folder: Folder, tmp_path: Path) -> None:
    post = make_post(tmp_path)
    handle = folder.begin(post)
    folder.upload(post, handle)
    before = {path.name: path.stat().st_ino for path in (folder.gallery / handle).iterdir()}

    folder.upload(post, handle)

    assert {path.name: path.stat().st_ino for path in (folder.gallery / handle).iterdir()} == before
    assert set(before) == set(FILE_NAMES.values())


def test_uploading_again_mends_what_is_missing_or_of_another_size(folder: Folder, tmp_path: Path) -> None:
    post = make_post(tmp_path)
    handle = folder.begin(post)
    folder.upload(post, handle)
    incoming = folder.gallery / handle
    (incoming / "cover.jpg").unlink()
    (incoming / "reel.mp4").write_bytes(b"half")
    kept = (incoming / "facts.json").stat().st_ino

    folder.upload(post, handle)

    assert (incoming / "reel.mp4").read_bytes() == post.files["reel"].read_bytes()
    assert (incoming / "cover.jpg").read_bytes() == b"cover"
    assert (incoming / "facts.json").stat().st_ino == kept


def test_an_upload_whose_folder_was_swept_starts_over(folder: Folder, tmp_path: Path) -> None:
    post = make_post(tmp_path)
    handle = folder.begin(post)
    shutil.rmtree(folder.gallery / handle)

    folder.upload(post, handle)

    assert finish(folder, post, handle).external_id == SLUG


def test_a_file_that_has_disappeared_is_a_storage_error_with_a_remedy(folder: Folder, tmp_path: Path) -> None:
    post = make_post(tmp_path)
    post.files["reel"].unlink()

    with pytest.raises(StorageError, match=r"'reel'.*disappeared") as caught:
        folder.upload(post, folder.begin(post))

    assert "package" in caught.value.remedy
    assert "cover.jpg" not in shown(folder)


@pytest.mark.parametrize("handle", ["", "..", ".", SLUG, ".incoming-../../etc", ".incoming-" + "0" * 17])
def test_a_foreign_handle_is_refused(folder: Folder, tmp_path: Path, handle: str) -> None:
    for step in (folder.upload, folder.check, folder.finish, folder.find):
        with pytest.raises(BadInput, match="handle"):
            step(make_post(tmp_path), handle)


# finish and find


def test_finish_shows_every_file_under_the_slug(folder: Folder, tmp_path: Path) -> None:
    post = make_post(tmp_path)

    receipt = publish(folder, post)

    assert receipt == Receipt(external_id=SLUG, url=f"https://studio.example/reels/{SLUG}")
    home = folder.gallery / SLUG
    assert {path.name for path in home.iterdir()} == {*FILE_NAMES.values(), "delivery.json"}
    for role, source in post.files.items():
        assert (home / FILE_NAMES[role]).read_bytes() == source.read_bytes()
    note = json.loads((home / "delivery.json").read_text())
    assert (note["key"], note["external_id"]) == (post.key, SLUG)
    assert hidden(folder) == []


def test_finish_refuses_while_files_have_not_arrived(folder: Folder, tmp_path: Path) -> None:
    post = make_post(tmp_path)
    handle = folder.begin(post)
    folder.upload(post, handle)
    (folder.gallery / handle / "reel.mp4").unlink()

    with pytest.raises(StorageError, match="reel"):
        folder.finish(post, handle)

    assert shown(folder) == []
    assert state_of(folder, post) == "incomplete"


def test_finishing_twice_changes_nothing(folder: Folder, tmp_path: Path) -> None:
    post = make_post(tmp_path)
    first = publish(folder, post)
    note = (folder.gallery / SLUG / "delivery.json").read_bytes()

    assert publish(folder, post) == first
    assert (folder.gallery / SLUG / "delivery.json").read_bytes() == note
    assert hidden(folder) == []


def test_find_knows_a_finished_delivery_and_only_that(folder: Folder, tmp_path: Path) -> None:
    post, other = make_post(tmp_path), make_post(tmp_path, key="post/12/folder/2")
    receipt = publish(folder, post)

    assert folder.find(post, folder.begin(post)).receipt == receipt
    assert state_of(folder, other) == "incomplete"


def test_find_takes_a_broken_note_for_nobodys(folder: Folder, tmp_path: Path) -> None:
    post = make_post(tmp_path)
    publish(folder, post)
    (folder.gallery / SLUG / "delivery.json").write_text("{")

    assert state_of(folder, post) == "incomplete"


def test_a_crash_after_the_note_and_before_the_rename_is_finished_by_a_repeat(folder: Folder, tmp_path: Path) -> None:
    post = make_post(tmp_path)
    handle = folder.begin(post)
    folder.upload(post, handle)
    (folder.gallery / handle / "delivery.json").write_text(json.dumps({"key": post.key, "external_id": SLUG}))

    assert state_of(folder, post) == "ready"
    folder.finish(post, handle)

    assert state_of(folder, post) == "shown"


def test_parts_of_a_killed_writer_are_not_shown(folder: Folder, tmp_path: Path) -> None:
    post = make_post(tmp_path)
    handle = folder.begin(post)
    (folder.gallery / handle / ".part-1-1-reel.mp4").write_bytes(b"half")
    folder.upload(post, handle)

    folder.finish(post, handle)

    assert not list((folder.gallery / SLUG).glob(".part-*"))


# Newer editions


def test_a_newer_edition_takes_the_place_of_the_older(folder: Folder, tmp_path: Path) -> None:
    old, new = make_post(tmp_path), make_post(tmp_path, key="post/12/folder/2", reel=b"newer")
    publish(folder, old)

    publish(folder, new)

    assert (folder.gallery / SLUG / "reel.mp4").read_bytes() == b"newer"
    assert (shown(folder), hidden(folder)) == ([SLUG], [])
    assert len(feed_of(folder)["items"]) == 1


def test_an_edition_that_was_replaced_still_counts_as_delivered(folder: Folder, tmp_path: Path) -> None:
    editions = [make_post(tmp_path, key=f"post/12/folder/{number}", reel=b"x" * number) for number in (1, 2, 3)]
    for post in editions:
        publish(folder, post)

    receipts = [finish(folder, post, folder.begin(post)) for post in editions]

    assert len({receipt.url for receipt in receipts}) == 1
    assert (folder.gallery / SLUG / "reel.mp4").read_bytes() == b"xxx"


@pytest.mark.parametrize("mend", ["finish", "sweep"])
def test_a_crash_between_the_two_renames_loses_neither_edition(folder: Folder, tmp_path: Path, mend: str) -> None:
    old, new = make_post(tmp_path), make_post(tmp_path, key="post/12/folder/2", reel=b"newer")
    publish(folder, old)
    handle = folder.begin(new)
    folder.upload(new, handle)
    (folder.gallery / SLUG).rename(folder.gallery / f".old-{SLUG}")

    assert folder.find(new, handle).state == "ready"
    if mend == "sweep":
        folder.sweep(WEEK)
        assert folder.find(old, handle).state == "shown"
    folder.finish(new, handle)

    assert folder.find(new, handle).state == "shown"
    assert folder.find(old, handle).state == "shown"
    assert hidden(folder) == []


def _publish_and_die(home: str, post: Post, syscalls_left: int) -> None:
    """Publish in a process of its own that is killed before its n-th rename, sync or deletion."""
    left = [syscalls_left]

    def dying(call: Any) -> Any:
        def before(*args: Any, **kwargs: Any) -> Any:
            left[0] -= 1
            if left[0] < 0:
                os._exit(9)
            return call(*args, **kwargs)

        return before

    for name in ("replace", "rename", "fsync", "unlink", "rmdir"):
        setattr(os, name, dying(getattr(os, name)))
    publish(folder_in(Path(home)), post)
    os._exit(0)


@pytest.mark.parametrize("replacing", [False, True], ids=["first edition", "newer edition"])
def test_a_kill_at_any_moment_leaves_whole_folders_and_is_mended_by_a_repeat(tmp_path: Path, replacing: bool) -> None:
    old, new = make_post(tmp_path), make_post(tmp_path, key="post/12/folder/2", reel=b"newer" * 4000)
    whole = {old.files["reel"].read_bytes(), new.files["reel"].read_bytes()}
    kills = 0
    for moment in range(100):
        folder = folder_in(tmp_path / f"home-{moment}")
        if replacing:
            publish(folder, old)
        child = multiprocessing.get_context("fork").Process(
            target=_publish_and_die, args=(str(folder.gallery.parent), new, moment)
        )
        child.start()
        child.join()

        if (folder.gallery / SLUG).exists():
            assert (folder.gallery / SLUG / "reel.mp4").read_bytes() in whole
            assert (folder.gallery / SLUG / "delivery.json").exists()
        handle = folder.begin(new)
        if folder.find(new, handle).state == "incomplete":
            folder.upload(new, handle)
        folder.finish(new, handle)
        assert (folder.gallery / SLUG / "reel.mp4").read_bytes() == new.files["reel"].read_bytes()
        assert (shown(folder), hidden(folder)) == ([SLUG], [])
        assert (folder.find(old, handle).state == "shown") is replacing
        if child.exitcode == 0:
            break
        kills += 1
    assert child.exitcode == 0
    assert kills > 15


# Disks that fail


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_space(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)


@pytest.mark.usefixtures("full_disk")
def test_a_full_disk_is_told_as_such_and_leaves_nothing_half_written(folder: Folder, tmp_path: Path) -> None:
    post = make_post(tmp_path)
    handle = folder.begin(post)

    with pytest.raises(DiskFull, match="disk is full"):
        folder.upload(post, handle)

    assert list((folder.gallery / handle).iterdir()) == []


def test_a_full_disk_at_finish_shows_nothing_and_a_repeat_succeeds(
    folder: Folder, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    post = make_post(tmp_path)
    handle = folder.begin(post)
    folder.upload(post, handle)
    request.getfixturevalue("full_disk")

    with pytest.raises(DiskFull):
        folder.finish(post, handle)

    assert shown(folder) == []
    request.getfixturevalue("monkeypatch").undo()
    assert finish(folder, post, handle).external_id == SLUG


def test_a_copy_that_breaks_off_is_a_storage_error_and_leaves_no_part(folder: Folder, tmp_path: Path) -> None:
    post = make_post(tmp_path)
    handle = folder.begin(post)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with pytest.raises(StorageError, match="Copying the file 'reel'") as caught:
            folder.upload(post, handle)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert not isinstance(caught.value, DiskFull)
    assert not list((folder.gallery / handle).iterdir())
    folder.upload(post, handle)
    assert finish(folder, post, handle).external_id == SLUG


def test_a_gallery_that_cannot_be_made_is_a_storage_error(folder: Folder, tmp_path: Path) -> None:
    folder.gallery.parent.mkdir()
    folder.gallery.write_text("a file in the way")

    with pytest.raises(StorageError):
        folder.begin(make_post(tmp_path))


# The feed


def test_the_feed_lists_the_reels_newest_first(folder: Folder, tmp_path: Path) -> None:
    for number, day in ((1, 20), (2, 22), (3, 21)):
        post = make_post(tmp_path, key=str(number), slug=f"{number:04}-reel")
        facts = {
            "title": f"Reel {number}",
            "made_at": f"2026-11-{day}T10:00:00Z",
            "seconds": 30.5,
            "caption": "Words.",
            "hashtags": ["#sea", "facts"],
            "character": {"slug": "marlo", "name": "Marlo"},
            "language": "en",
        }
        post.files["facts"].write_text(json.dumps(facts))
        publish(folder, post)

    feed = feed_of(folder)

    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert [item["title"] for item in feed["items"]] == ["Reel 2", "Reel 3", "Reel 1"]
    item = feed["items"][0]
    assert item["url"] == "https://studio.example/reels/0002-reel"
    assert item["date_published"] == "2026-11-22T10:00:00+00:00"
    assert (item["tags"], item["authors"], item["language"]) == (["sea", "facts"], [{"name": "Marlo"}], "en")
    assert item["attachments"] == [
        {
            "url": "https://studio.example/files/0002-reel/reel.mp4",
            "mime_type": "video/mp4",
            "size_in_bytes": 20000,
            "duration_in_seconds": 30.5,
        }
    ]


@pytest.mark.parametrize(
    "facts", [b"", b"{", b"[]", b'{"title": 3}', b"\xff\xfe", b"[" * 100_000], ids=lambda facts: repr(facts[:8])
)
def test_broken_facts_are_left_out_of_the_feed_and_stop_nothing(folder: Folder, tmp_path: Path, facts: bytes) -> None:
    publish(folder, make_post(tmp_path, key="good", slug="0001-good"))
    post = make_post(tmp_path, key="bad", slug="0002-bad")
    post.files["facts"].write_bytes(facts)
    handle = folder.begin(post)
    folder.upload(post, handle)
    folder.finish(post, handle)

    assert [item["id"] for item in feed_of(folder)["items"]] == ["0001-good"]


@pytest.mark.parametrize(
    "facts",
    [
        '{"title": "\\ud800", "seconds": NaN, "made_at": "yesterday", "hashtags": [1], "character": "x"}',
        '{"title": "x", "seconds": 1' + "0" * 400 + "}",
        '{"title": "x", "seconds": Infinity, "made_at": "0001-01-01T00:00:00+14:00"}',
    ],
)
def test_strange_facts_still_make_a_feed_that_every_reader_takes(folder: Folder, tmp_path: Path, facts: str) -> None:
    post = make_post(tmp_path)
    post.files["facts"].write_text(facts)

    publish(folder, post)

    text = (folder.gallery / "feed.json").read_text()
    feed = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} in the feed"))
    assert [item["id"] for item in feed["items"]] == [SLUG]


def test_a_feed_that_cannot_be_written_does_not_undo_the_post(folder: Folder, tmp_path: Path) -> None:
    (folder.gallery / "feed.json" / "in-the-way").mkdir(parents=True)
    post = make_post(tmp_path)

    assert publish(folder, post).external_id == SLUG
    assert folder.find(post, folder.begin(post)).state == "shown"


def test_sweeping_brings_the_feed_up_to_date(folder: Folder, tmp_path: Path) -> None:
    publish(folder, make_post(tmp_path))
    shutil.rmtree(folder.gallery / SLUG)

    folder.sweep(WEEK)

    assert feed_of(folder)["items"] == []


# sweep


def test_sweep_takes_old_uploads_and_leaves_young_ones_and_reels(folder: Folder, tmp_path: Path) -> None:
    publish(folder, make_post(tmp_path))
    stale = folder.begin(make_post(tmp_path, key="stale"))
    young_post = make_post(tmp_path, key="young")
    young = folder.begin(young_post)
    for handle in (stale, young):
        os.utime(folder.gallery / handle, (0, 0))
    folder.upload(young_post, young)
    os.utime(folder.gallery / young, (0, 0))  # only its files are young

    assert folder.sweep(WEEK) == 1
    assert hidden(folder) == [young]
    assert shown(folder) == [SLUG]


def test_sweeping_a_gallery_that_does_not_exist_does_nothing(folder: Folder) -> None:
    assert folder.sweep(WEEK) == 0
    assert not folder.gallery.exists()


def test_finish_waits_while_another_worker_renames(folder: Folder, tmp_path: Path) -> None:
    post = make_post(tmp_path)
    handle = folder.begin(post)
    folder.upload(post, handle)
    finishing = threading.Thread(target=folder.finish, args=(post, handle))

    with only_one(folder.gallery):
        finishing.start()
        finishing.join(timeout=0.3)
        assert finishing.is_alive()
        assert shown(folder) == []
    finishing.join(timeout=10)

    assert shown(folder) == [SLUG]


def test_many_workers_at_once_lose_no_reel_and_the_feed_names_all(tmp_path: Path) -> None:
    home = tmp_path / "home"
    posts = [make_post(tmp_path, key=str(number), slug=f"{number:04}-reel") for number in range(12)]
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=_publish_and_die, args=(str(home), post, 10_000)) for post in posts]
    for child in children:
        child.start()
    for child in children:
        child.join()

    folder = folder_in(home)
    assert shown(folder) == [post.slug for post in posts]
    assert sorted(item["id"] for item in feed_of(folder)["items"]) == [post.slug for post in posts]
