"""The settings of the house, read once from the environment, `.env` and secret files.

Every variable may also be given as NAME_FILE, the path of a file that holds the value, which is how
container platforms hand over secrets. Placeholders such as `change-me` are refused.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings.sources import EnvSettingsSource

from core.errors import ConfigError

ROOT = Path(__file__).resolve().parents[1]
"""The checkout. Relative paths in settings are meant from here, wherever a command is started."""

PLACEHOLDERS = frozenset({"change-me", "changeme", "todo", "xxx", "your-key-here", "secret", "password"})


class SecretFileSource(EnvSettingsSource):
    """Reads NAME from the file that NAME_FILE points at, failing loudly when it cannot be read."""

    def __call__(self) -> dict[str, Any]:
        """Return the values of all fields whose NAME_FILE is set."""
        values: dict[str, Any] = {}
        for name in self.settings_cls.model_fields:
            path = os.environ.get(f"{name.upper()}_FILE")
            if not path:
                continue
            try:
                values[name] = Path(path).read_text(encoding="utf-8").strip()
            except OSError as exc:
                raise ConfigError(
                    f"{name.upper()}_FILE points at {path}, which cannot be read ({exc.strerror}).",
                    remedy=f"Create the file, or set {name.upper()} itself.",
                ) from exc
        return values


class Settings(BaseSettings):
    """Shared settings. Field names are the environment variables, in lower case."""

    model_config = SettingsConfigDict(env_file=ROOT / ".env", env_file_encoding="utf-8", extra="ignore", frozen=True)

    reelwright_home: Path = Field(
        default=Path("var"), description="Folder for everything the factory writes: database, assets, gallery, logs."
    )
    database_url: SecretStr | None = Field(
        default=None, description="PostgreSQL 15 or newer. Empty: the embedded PostgreSQL is started."
    )
    ffmpeg_binary: Path | None = Field(
        default=None, description="An FFmpeg of your own. Empty: the one that comes with the packages."
    )
    voices_dir: Path | None = Field(
        default=None, description="Folder with further Piper voices (NAME.onnx beside NAME.onnx.json)."
    )
    kokoro_dir: Path | None = Field(
        default=None, description="Folder with the Kokoro model: model.onnx and voices.npz or voices.bin."
    )
    roster_file: Path = Field(
        default=Path("examples/characters.toml"), description="The characters, loaded at every start."
    )
    services_file: Path | None = Field(
        default=None, description="Outside services, chains, prices and budgets; examples/services.toml shows the form."
    )
    master_keys: SecretStr | None = Field(
        default=None,
        description="Keys that encrypt account secrets, newest first, separated by commas. Empty: one is made in var/.",
    )
    kie_callback_key: SecretStr | None = Field(
        default=None, description="The HMAC key of KIE's callbacks; without it they are not taken."
    )
    prefect_api_url: str | None = Field(
        default=None, description="API of a Prefect server of your own. Empty: one is started."
    )
    prefect_port: int = Field(default=4200, ge=1, le=65535, description="Port of the Prefect server that `up` starts.")
    worker_limit: int = Field(default=2, ge=1, le=64, description="Flow runs the worker of `up` works on at once.")
    studio_host: str = Field(default="127.0.0.1", description="Address the studio listens on.")
    studio_port: int = Field(default=8420, ge=1, le=65535, description="Port of the studio: gallery, health, metrics.")
    studio_url: str | None = Field(
        default=None, description="Address of the studio as a browser reaches it. Empty: from host and port."
    )
    write_makers: str = Field(default="outline", description="Who writes scripts: names in the order they are tried.")
    speak_makers: str = Field(default="piper,nanotts", description="Who speaks, in order.")
    draw_makers: str = Field(default="scenery", description="Who draws pictures, in order.")
    animate_makers: str = Field(default="", description="Who turns pictures into clips, in order. Empty: nobody.")
    talk_makers: str = Field(default="", description="Who makes portraits talk, in order. Empty: nobody.")
    clone_makers: str = Field(default="", description="Who learns voices, in order. Empty: nobody.")
    music_makers: str = Field(
        default="bed", description="Who makes the music bed, in order; own_music,bed prefers MUSIC_DIR."
    )
    music_dir: Path | None = Field(
        default=None, description="Folder with music of your own: files for any mood, or in folders named after moods."
    )
    platforms: str = Field(
        default="folder", description="Where finished reels are posted that needs no account: the local gallery."
    )
    posting_file: Path | None = Field(
        default=None, description="Accounts to post to, their times and rules; examples/posting.toml shows the form."
    )
    storage: str = Field(default="folder", description="Where finished reels are kept for good: folder or s3.")
    storage_dir: Path | None = Field(default=None, description="That folder. Empty: library in REELWRIGHT_HOME.")
    storage_public_url: str | None = Field(
        default=None, description="Address under which the world reaches the stored files, by nginx or the bucket."
    )
    storage_keep_days: int = Field(default=0, ge=0, description="Days a stored file is kept. 0: for ever.")
    assets_keep_days: int = Field(
        default=0, ge=0, description="Days a working file stays on this disk once it is stored. 0: for ever."
    )
    s3_endpoint: str | None = Field(default=None, description="Address of the S3-compatible service. Empty: AWS.")
    s3_bucket: str = Field(default="", description="The bucket.")
    s3_region: str = Field(default="auto", description="Region; auto suits Cloudflare R2.")
    s3_access_key_id: SecretStr | None = Field(default=None, description="Key id of the bucket.")
    s3_secret_access_key: SecretStr | None = Field(default=None, description="Secret key of the bucket.")
    s3_prefix: str = Field(default="", description="Put before the names of files in the bucket.")
    c2pa_cert_file: Path | None = Field(
        default=None, description="Certificate chain (PEM) that signs content credentials. Empty: one is made."
    )
    c2pa_key_file: Path | None = Field(default=None, description="The private key of that certificate (PEM, PKCS 8).")
    c2pa_ta_url: str | None = Field(default=None, description="A time-stamp authority for signatures. Empty: none.")
    posting_wait_seconds: float = Field(
        default=90,
        ge=0,
        description="How long a run waits for platforms to process a post; then the next looks.",
    )
    render_profile: str = Field(
        default="quality",
        description="Encoding: quality, fast (a third less work), lean, or preview (small, for a quick look).",
    )
    video_encoder: str = Field(
        default="libx264", description="libx264; or auto, h264_nvenc, h264_qsv, h264_amf: used only if they work."
    )
    render_memory_mib: int = Field(default=1536, ge=256, description="A render that wants more memory is stopped.")
    render_cache_mib: int = Field(default=2048, ge=0, description="Disk kept for finished parts of reels.")
    render_seconds_limit: int = Field(default=900, ge=10, description="A render that takes longer is stopped.")
    lease_seconds: int = Field(default=30, ge=1, description="How long a silent worker keeps its work.")
    min_free_mib: int = Field(default=512, ge=0, description="Least free disk space before a reel is begun.")
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put secret files before the environment and `.env`."""
        return init_settings, SecretFileSource(settings_cls), env_settings, dotenv_settings

    @model_validator(mode="before")
    @classmethod
    def _empty_is_unset(cls, values: Any) -> Any:
        if isinstance(values, dict):
            return {name: value for name, value in values.items() if value != ""}
        return values

    @field_validator("*", mode="after")
    @classmethod
    def _refuse_placeholders(cls, value: Any) -> Any:
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if isinstance(text, str) and text.strip().lower() in PLACEHOLDERS:
            raise ValueError("is still a placeholder; put the real value in, or leave it empty")
        return value

    @property
    def home(self) -> Path:
        """The factory's own folder as an absolute path."""
        return (ROOT / self.reelwright_home.expanduser()).resolve()

    @property
    def roster(self) -> Path:
        """The roster file as an absolute path."""
        return ROOT / self.roster_file.expanduser()

    @property
    def services(self) -> Path | None:
        """The services file as an absolute path, if there is one."""
        return ROOT / self.services_file.expanduser() if self.services_file else None

    @property
    def library_folder(self) -> Path:
        """The folder of the library as an absolute path, where it is a folder."""
        return self.home / "library" if self.storage_dir is None else (ROOT / self.storage_dir.expanduser()).resolve()

    @property
    def posting_path(self) -> Path | None:
        """The posting file as an absolute path, if there is one."""
        return ROOT / self.posting_file.expanduser() if self.posting_file else None

    @property
    def music_folder(self) -> Path | None:
        """The folder with the operator's music as an absolute path, if there is one."""
        return ROOT / self.music_dir.expanduser() if self.music_dir else None

    @property
    def public_studio_url(self) -> str:
        """Where a browser finds the studio, without a slash at the end."""
        return (self.studio_url or f"http://{self.studio_host}:{self.studio_port}").rstrip("/")

    def makers(self, capability: str) -> tuple[str, ...]:
        """Return the names of the makers for a capability in the order they are tried."""
        return _names(getattr(self, f"{capability}_makers"))

    @property
    def platform_names(self) -> tuple[str, ...]:
        """The platforms that finished reels go to."""
        return _names(self.platforms)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Read the settings once per process; raises ConfigError naming each wrong variable."""
    try:
        return Settings()
    except ValidationError as exc:
        faults = "; ".join(f"{str(fault['loc'][0]).upper()}: {fault['msg']}" for fault in exc.errors())
        raise ConfigError(f"Wrong settings: {faults}.") from exc
