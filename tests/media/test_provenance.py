"""Content credentials are written without touching picture or sound, prove what they say, and notice every change."""

from __future__ import annotations

import hashlib
import json
import socket
import stat
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import c2pa
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from signing import (
    CLAIM,
    DOCUMENT,
    EMAIL,
    SERVER,
    authority,
    issue,
    new_key,
    operators_files,
    pem_key,
    run_quietly,
    small_video,
)

from core.errors import BadMedia, ConfigError, MediaError, StorageError, Unreachable
from core.posting import Disclosure, MakerNote
from core.settings import Settings
from media.boxes import top_boxes
from media.credentials import Credentials, get_credentials, known_anchors
from media.probe import probe
from media.provenance import ProvenanceReport, read, sign

MAKERS = (
    MakerNote(step="speak", maker="piper", kind="trained"),
    MakerNote(step="draw", maker="a2e", model="flux-9", kind="trained"),
    MakerNote(step="music", maker="bed", kind="algorithmic"),
)
DISCLOSURE = Disclosure(line="AI-made.", source_type="compositeWithTrainedAlgorithmicMedia", makers=MAKERS)
SLUG = "0012-three-hearts"


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_video(tmp_path_factory.mktemp("provenance") / "reel.mp4")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(reelwright_home=tmp_path / "var")


@pytest.fixture
def credentials(settings: Settings) -> Credentials:
    return get_credentials(settings)


@pytest.fixture
def signed(video: Path, credentials: Credentials, tmp_path: Path) -> Path:
    return signed_with(credentials, video, tmp_path / "signed.mp4")


def signed_with(credentials: Credentials, video: Path, out: Path) -> Path:
    sign(video, out, DISCLOSURE, title=SLUG, credentials=credentials)
    return out


def changed(path: Path, at: int, out: Path) -> Path:
    """Copy a file with one bit turned."""
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    out.write_bytes(data)
    return out


def middle_of(path: Path, kind: str) -> int:
    box = next(box for box in top_boxes(path) if box.kind == kind)
    return box.offset + box.size // 2


def test_what_was_signed_is_read_back_and_trusted_by_our_own_anchor(signed: Path, credentials: Credentials) -> None:
    report = read(signed, anchors=credentials.anchors)

    assert report == ProvenanceReport(
        state="Trusted",
        signer="Reelwright self-made",
        issuer="Reelwright",
        title=SLUG,
        source_type="compositeWithTrainedAlgorithmicMedia",
        actions=("c2pa.created",),
        makers=MAKERS,
    )
    assert report.is_trusted_by_us


def test_picture_and_sound_stay_as_they_are(video: Path, signed: Path) -> None:
    before, after = probe(video), probe(signed)

    assert after.model_copy(update={"bytes": before.bytes}) == before
    assert after.is_moov_first
    assert after.edit_lists == 0
    assert 1000 < after.bytes - before.bytes < 8000
    hashes = [run_quietly(["-i", str(path), "-c", "copy", "-f", "streamhash", "-"]) for path in (video, signed)]
    assert hashes[0] == hashes[1]
    assert len(hashes[0].splitlines()) == 2, "one hash for each track"
    frames = [run_quietly(["-i", str(path), "-f", "framemd5", "-"]) for path in (video, signed)]
    assert frames[0] == frames[1], "each frame is found where the index says, and decodes to the same"


def test_nothing_but_the_making_is_told(signed: Path, video: Path) -> None:
    with c2pa.Reader(str(signed)) as reader:
        manifest = json.loads(reader.json())
    [told] = manifest["manifests"].values()
    data = signed.read_bytes()

    assert {one["label"] for one in told["assertions"]} == {
        "c2pa.actions.v2", "org.reelwright.makers", "c2pa.hash.bmff.v3",
    }  # fmt: skip
    assert {program["name"] for program in told["claim_generator_info"]} == {"Reelwright"}
    assert "ingredients" not in told
    for private in (str(signed.parent), str(video.parent), video.name):
        assert private.encode() not in data


def test_signing_again_gives_other_bytes_that_say_the_same(
    video: Path, signed: Path, credentials: Credentials, tmp_path: Path
) -> None:
    again = signed_with(credentials, video, tmp_path / "again.mp4")

    assert read(again, anchors=credentials.anchors) == read(signed, anchors=credentials.anchors)
    assert hashlib.sha256(again.read_bytes()).digest() != hashlib.sha256(signed.read_bytes()).digest()


@pytest.mark.parametrize("kind", ["moov", "mdat"])
def test_one_changed_bit_of_the_video_is_noticed(
    kind: str, signed: Path, credentials: Credentials, tmp_path: Path
) -> None:
    touched = changed(signed, middle_of(signed, kind), tmp_path / "touched.mp4")

    report = read(touched, anchors=credentials.anchors)

    assert report.state == "Invalid"
    assert not report.is_trusted_by_us
    assert report.problems == ("The video was changed after it was signed.",)


@pytest.mark.parametrize("word", [b"piper", b"c2pa.created", b"compositeWithTrained", b"Reelwright self-made"])
def test_one_changed_bit_of_what_is_said_is_noticed(
    word: bytes, signed: Path, credentials: Credentials, tmp_path: Path
) -> None:
    touched = changed(signed, signed.read_bytes().index(word), tmp_path / "touched.mp4")

    report = read(touched, anchors=credentials.anchors)

    assert report.state == "Invalid"
    assert report.problems


def test_a_file_that_is_cut_off_is_noticed(signed: Path, credentials: Credentials, tmp_path: Path) -> None:
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(signed.read_bytes()[:-500])

    assert read(cut, anchors=credentials.anchors).state == "Invalid"


def test_a_pass_through_a_media_program_loses_them_and_that_is_told(
    signed: Path, credentials: Credentials, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.mp4"
    run_quietly(["-i", str(signed), "-c", "copy", str(copy)])

    assert read(copy, anchors=credentials.anchors) == ProvenanceReport(state=None)


def test_a_video_that_was_never_signed_has_none(video: Path) -> None:
    assert read(video, anchors="").state is None


def test_without_our_anchor_it_is_valid_and_nobody_we_know(signed: Path, video: Path, tmp_path: Path) -> None:
    stranger = get_credentials(Settings(reelwright_home=tmp_path / "another"))

    for anchors in ("", stranger.anchors):
        report = read(signed, anchors=anchors)
        assert report.state == "Valid"
        assert report.problems == ("The signer's certificate does not come from anybody this factory trusts.",)
        assert report.makers == MAKERS


def test_what_is_no_file_or_no_video_is_told(tmp_path: Path, video: Path, credentials: Credentials) -> None:
    text = tmp_path / "text.mp4"
    text.write_text("this is no video")

    with pytest.raises(BadMedia, match="cannot be read"):
        read(tmp_path / "nothing.mp4", anchors="")
    assert read(text, anchors="").state == "Invalid"
    with pytest.raises(MediaError, match="could not be written"):
        sign(text, tmp_path / "out.mp4", DISCLOSURE, title=SLUG, credentials=credentials)
    assert not (tmp_path / "out.mp4").exists()
    with pytest.raises(StorageError, match="could not be written"):
        sign(video, tmp_path / "no-folder" / "out.mp4", DISCLOSURE, title=SLUG, credentials=credentials)


def test_what_the_library_refuses_though_it_looked_good_is_told(
    video: Path, credentials: Credentials, tmp_path: Path
) -> None:
    mixed = credentials.model_copy(update={"key": pem_key(new_key())})

    with pytest.raises(ConfigError, match="The certificate was refused"):
        signed_with(mixed, video, tmp_path / "out.mp4")

    assert not (tmp_path / "out.mp4").exists()


def test_a_disk_that_takes_no_more_is_told(
    video: Path, credentials: Credentials, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise c2pa.C2paError.Io("Io: failed to write")

    monkeypatch.setattr(c2pa.Builder, "sign", refuse)

    with pytest.raises(StorageError, match="could not be written") as raised:
        signed_with(credentials, video, tmp_path / "out.mp4")

    assert "disk is full" in raised.value.remedy
    assert not (tmp_path / "out.mp4").exists()


def test_the_self_made_certificate_is_made_once_and_said_to_be_self_made(settings: Settings) -> None:
    assert known_anchors(settings) == ""

    first, again = get_credentials(settings), get_credentials(settings)

    assert first == again
    assert first.is_self_made
    assert known_anchors(settings) == first.anchors
    file = settings.home / "provenance" / "signer.pem"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["signer.pem"]
    assert "PRIVATE KEY" not in repr(first)


def test_several_that_make_it_at_once_get_the_same(settings: Settings) -> None:
    together = threading.Barrier(8)

    def make() -> str:
        together.wait(10)
        return get_credentials(settings).fingerprint

    with ThreadPoolExecutor(8) as pool:
        prints = {future.result() for future in [pool.submit(make) for _ in range(8)]}

    assert len(prints) == 1
    assert [path.name for path in (settings.home / "provenance").iterdir()] == ["signer.pem"]


def test_a_damaged_self_made_certificate_is_told_and_not_replaced(settings: Settings) -> None:
    get_credentials(settings)
    file = settings.home / "provenance" / "signer.pem"
    file.write_text("nothing")

    with pytest.raises(ConfigError, match="no certificate in PEM") as raised:
        get_credentials(settings)
    assert "Move the file away" in raised.value.remedy
    assert file.read_text() == "nothing"


@pytest.mark.parametrize("usage", [EMAIL, DOCUMENT, CLAIM])
def test_an_operators_certificate_signs(usage: str, video: Path, settings: Settings, tmp_path: Path) -> None:
    self_made = get_credentials(settings)
    chain, key = operators_files(tmp_path, (usage,))
    own = settings.model_copy(update={"c2pa_cert_file": chain, "c2pa_key_file": key})

    credentials = get_credentials(own)
    report = read(signed_with(credentials, video, tmp_path / "own.mp4"), anchors=known_anchors(own))

    assert not credentials.is_self_made
    assert (report.state, report.signer, report.issuer) == ("Trusted", "Studio Signer", "A Small Studio")
    assert known_anchors(own) == self_made.anchors + credentials.anchors, "what was signed before is still known"


def _expired() -> tuple[str, str]:
    issuer, root = authority()
    key = new_key()
    return issue(key, issuer, days=(-9, -1)) + root, pem_key(key)


def _not_yet() -> tuple[str, str]:
    issuer, root = authority()
    key = new_key()
    return issue(key, issuer, days=(2, 9)) + root, pem_key(key)


def _for_servers() -> tuple[str, str]:
    issuer, root = authority()
    key = new_key()
    return issue(key, issuer, usages=(SERVER,)) + root, pem_key(key)


def _without_usage() -> tuple[str, str]:
    issuer, root = authority()
    key = new_key()
    return issue(key, issuer, usages=()) + root, pem_key(key)


def _not_for_signatures() -> tuple[str, str]:
    issuer, root = authority()
    key = new_key()
    return issue(key, issuer, digital_signature=False) + root, pem_key(key)


def _anothers_key() -> tuple[str, str]:
    issuer, root = authority()
    return issue(new_key(), issuer) + root, pem_key(new_key())


def _another_curve() -> tuple[str, str]:
    issuer, root = authority()
    key = ec.generate_private_key(ec.SECP384R1())
    return issue(key, issuer) + root, pem_key(key)


def _another_kind() -> tuple[str, str]:
    issuer, root = authority()
    key = rsa.generate_private_key(65537, 2048)
    return issue(key, issuer) + root, pem_key(key)


def _locked_key() -> tuple[str, str]:
    issuer, root = authority()
    key = new_key()
    return issue(key, issuer) + root, pem_key(key, b"a password")


def _without_issuer() -> tuple[str, str]:
    key = new_key()
    return issue(key, authority()[0]), pem_key(key)


def _anothers_issuer() -> tuple[str, str]:
    key = new_key()
    return issue(key, authority()[0]) + authority()[1], pem_key(key)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (_expired, "it is valid from"),
        (_not_yet, "it is valid from"),
        (_for_servers, "none of the extended key usages emailProtection"),
        (_without_usage, "does not say that it may sign"),
        (_not_for_signatures, "lacks the key usage digitalSignature"),
        (_anothers_key, "the private key belongs to another certificate"),
        (_another_curve, "not of the kind EC P-256"),
        (_another_kind, "not of the kind EC P-256"),
        (_locked_key, "locked with a password"),
        (_without_issuer, "those who issued it"),
        (_anothers_issuer, "those who issued it"),
        (lambda: ("no certificate", pem_key(new_key())), "no certificate in PEM"),
        (lambda: (authority()[1], "no key"), "private key is not in PEM"),
    ],
)
def test_a_certificate_that_cannot_sign_is_refused_with_the_reason(
    make: Callable[[], tuple[str, str]], told: str, settings: Settings, tmp_path: Path
) -> None:
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    for path, text in zip((chain, key), make(), strict=True):
        path.write_text(text)

    with pytest.raises(ConfigError, match=told) as raised:
        get_credentials(settings.model_copy(update={"c2pa_cert_file": chain, "c2pa_key_file": key}))

    assert "C2PA_CERT_FILE" in raised.value.message
    assert "leave both empty" in raised.value.remedy
    assert not settings.home.exists(), "nothing is signed with another certificate instead"


def test_half_of_the_settings_and_missing_files_are_told(settings: Settings, tmp_path: Path) -> None:
    chain, key = operators_files(tmp_path)

    with pytest.raises(ConfigError, match="C2PA_CERT_FILE is set and C2PA_KEY_FILE is not"):
        get_credentials(settings.model_copy(update={"c2pa_cert_file": chain}))
    with pytest.raises(ConfigError, match="C2PA_KEY_FILE is set and C2PA_CERT_FILE is not"):
        get_credentials(settings.model_copy(update={"c2pa_key_file": key}))
    key.unlink()
    with pytest.raises(ConfigError, match=r"key\.pem: No such file"):
        get_credentials(settings.model_copy(update={"c2pa_cert_file": chain, "c2pa_key_file": key}))
    with pytest.raises(ConfigError, match="C2PA_TA_URL is no address"):
        get_credentials(settings.model_copy(update={"c2pa_ta_url": "timestamp.example"}))


@pytest.fixture
def broken_authority() -> Iterator[str]:
    """The address of a time-stamp authority that always answers with an error."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65536)
                    connection.sendall(b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

        threading.Thread(target=answer, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/stamp"


def test_without_a_time_stamp_that_was_asked_for_nothing_is_signed(
    video: Path, credentials: Credentials, broken_authority: str, tmp_path: Path
) -> None:
    stamped = credentials.model_copy(update={"ta_url": broken_authority})

    with pytest.raises(Unreachable, match="could not be time-stamped") as raised:
        signed_with(stamped, video, tmp_path / "out.mp4")

    assert raised.value.retryable
    assert "C2PA_TA_URL" in raised.value.remedy
    assert not (tmp_path / "out.mp4").exists()
