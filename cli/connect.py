"""`reelwright connect`: lets the factory into an account of a platform, by the browser or with a key."""

from __future__ import annotations

import webbrowser
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol, cast

import typer
from pydantic import BaseModel, Field

from cli.accounts import check_name, read_secret
from cli.output import console, errors, print_json, spoken_errors
from core.errors import BadInput, NotFound
from core.log import hide
from core.posting import App, PostingAccount, Token
from core.settings import get_settings

if TYPE_CHECKING:
    from db.accounts import Account
    from integrations.platforms.base import SignIn
    from integrations.platforms.loopback import Loopback

PORT = 8400
"""Where the browser comes back to on this machine: always the same, because apps name their redirect addresses."""

WAIT_SECONDS = 600.0
"""How long the browser may take: some people look for their password first."""

THERE_SECONDS = 5.0
"""How long an answer may take that a person says has come."""

Say = Callable[[str], None]


class TakesKey(Protocol):
    """A platform whose accounts are reached with a key."""

    @classmethod
    def accept_key(cls, options: Mapping[str, Any], key: str) -> Token:
        """Try a key and return it as the token of its account; raises AccessLost when it is refused."""
        ...


class Credentials(BaseModel):
    """An app as platforms hand it out in a file."""

    client_id: str = Field(min_length=1)
    client_secret: str = ""


class AppFile(BaseModel):
    """Google's client_secret.json: one of two tables, by the kind of app."""

    installed: Credentials | None = None
    web: Credentials | None = None


def connect(
    platform: Annotated[str, typer.Argument(help="Where: youtube, instagram, tiktok, telegram.", show_default=False)],
    name: Annotated[str, typer.Argument(help="Your name for the account.", show_default=False)],
    app_file: Annotated[
        Path | None, typer.Option(help="Your app at the platform: client_secret.json, or client_id and client_secret.")
    ] = None,
    client_id: Annotated[
        str | None, typer.Option(help="Your app's id, in place of a file; its secret is asked for unseen.")
    ] = None,
    secret_file: Annotated[
        Path | None, typer.Option(help="Read the key, or the app's secret, from this file instead of asking for it.")
    ] = None,
    login: Annotated[
        str | None, typer.Option(help="The kind of login where a platform has several, such as facebook.")
    ] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port the browser comes back to. 0: any that is free.")
    ] = PORT,
    redirect_uri: Annotated[
        str | None,
        typer.Option(help="Address the browser comes back to where 127.0.0.1 is not allowed; you paste it here."),
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Open no browser here; paste the address that yours ends at.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document; what is said meanwhile goes to stderr.")
    ] = False,
) -> None:
    """Connect an account to post to. Again: only the browser step, with the same app.

    Says what is asked for and why before the browser opens, and what is missing afterwards. What lets the factory in
    is kept encrypted and never shown.
    """
    from db.connection import get_database
    from deployments.house import open_database
    from integrations.platforms import platform_class
    from tasks.sealed import keep_token

    def say(line: str) -> None:
        (errors if as_json else console).print(line, markup=False)

    with spoken_errors(as_json=as_json):
        kind = platform_class(platform)
        check_name(name)
        if not kind.needs_account:
            raise BadInput(f"{platform} needs no account.", remedy="Name it in the setting PLATFORMS; that is all.")
        account, options = _account_and_options(platform, name, login, say)
        with open_database(get_settings()):
            before, sign_in = _known(account), kind.sign_in(options) if kind.sign_in else None
            if sign_in is None:
                key = read_secret(f"Key of {account.label}", secret_file)
                hide(key)
                token = cast(type[TakesKey], kind).accept_key(options, key)
            else:
                back = redirect_uri or f"http://127.0.0.1:{port}/callback"
                app = _app(account, sign_in, app_file, client_id, secret_file, back)
                token = _walk(account, sign_in, app, say, port, redirect_uri, no_browser)
            with get_database().transaction() as connection:
                keep_token(connection, account, token)
        _tell(account, before, token, say)
        missing = _missing(sign_in, token)
        for scope, why in missing.items():
            say(f"• Not given: {scope}{_may(sign_in, scope)}. {why} Connect again to allow it.")
        if as_json:
            print_json(_row(account, token, list(missing)))


def _account_and_options(
    platform: str, name: str, login: str | None, say: Say
) -> tuple[PostingAccount, Mapping[str, Any]]:
    from core.posting_file import get_posting_file
    from tasks.sealed import options_of

    wanted = PostingAccount(platform=platform, name=name)
    account = next((one for one in get_posting_file().accounts if one.label == wanted.label), None)
    if account is None:
        say(f"• {wanted.label} does not stand in the posting file: nothing is posted to it before it does.")
    options = options_of(account or wanted)
    return account or wanted, {**options, "login": login} if login else options


def _known(account: PostingAccount) -> Account | None:
    from db.accounts import get_account
    from db.connection import get_database

    try:
        with get_database().transaction() as connection:
            return get_account(connection, account.platform, account.name)
    except NotFound:
        return None


def _app(
    account: PostingAccount,
    sign_in: SignIn,
    app_file: Path | None,
    client_id: str | None,
    secret_file: Path | None,
    redirect_uri: str,
) -> App:
    """Return the operator's app: from a file, from its id, or the one this account was connected with before."""
    from db.connection import get_database
    from tasks.sealed import stored_token

    if app_file is not None:
        app = read_app(app_file)
    elif client_id is not None:
        secret = read_secret(f"Secret of the app {client_id}", secret_file)
        app = App(client_id=client_id, client_secret=secret)
    else:
        with get_database().transaction() as connection:
            token = stored_token(connection, account)
        if token is None or token.app is None:
            raise BadInput(
                f"{account.label} is connected in the name of an app of yours, and none was named.",
                remedy=f"{sign_in.app_help} The redirect address is {redirect_uri} ."
                " Then name the app with --app-file or --client-id.",
            )
        app = token.app
    hide(app.client_secret)
    return app


def read_app(path: Path) -> App:
    """Return an app from Google's client_secret.json or a plain client_id and client_secret; raises BadInput."""
    try:
        text = path.read_text(encoding="utf-8")
        file = AppFile.model_validate_json(text)
        found = file.installed or file.web or Credentials.model_validate_json(text)
    except (OSError, ValueError):
        raise BadInput(
            f"{path} cannot be read as an app.",
            remedy='Download it from the platform, or write {"client_id": "...", "client_secret": "..."} into it.',
        ) from None
    return App(client_id=found.client_id, client_secret=found.client_secret)


def _walk(
    account: PostingAccount, sign_in: SignIn, app: App, say: Say, port: int, redirect_uri: str | None, no_browser: bool
) -> Token:
    """Let a person let us in, and trade the code that comes back for a token."""
    from integrations.platforms.loopback import Loopback

    _explain(account, sign_in, say)
    with Loopback(account.platform, port) as walk:
        back = redirect_uri or walk.redirect_uri
        say(f"The redirect address of your app there must be: {back}")
        address = sign_in.authorize_url(app, redirect_uri=back, state=walk.state, challenge=walk.challenge)
        is_open = not no_browser and webbrowser.open(address)
        say("The browser opens. Should it not, open this address:" if is_open else "Open this address in a browser:")
        say(f"\n{address}\n")
        code = _pasted(walk, say) if no_browser or redirect_uri else walk.wait(WAIT_SECONDS)
        token = sign_in.exchange(app, code=code, redirect_uri=back, verifier=walk.verifier)
    return token.model_copy(update={"app": app})


def _explain(account: PostingAccount, sign_in: SignIn, say: Say) -> None:
    say(f"{account.platform} will ask whether your app may, for the account you call '{account.name}':")
    for scope, why in sign_in.scopes.items():
        say(f"  {scope}{_may(sign_in, scope)}: {why}")


def _pasted(walk: Loopback, say: Say) -> str:
    from integrations.platforms.loopback import code_from_address

    question = "Paste the address that the browser ends at (only Enter if it shows that Reelwright has the answer)"
    while True:
        address = typer.prompt(question, default="", show_default=False, err=True)
        if not address.strip():
            return walk.wait(THERE_SECONDS)
        try:
            return code_from_address(walk.platform, address, walk.state)
        except BadInput as error:
            say(f"{error.message} {error.remedy}")


def _missing(sign_in: SignIn | None, token: Token) -> dict[str, str]:
    """Return the scopes that were asked for and not given, and why; none where the platform does not tell."""
    if sign_in is None or not token.scopes:
        return {}
    return {scope: why for scope, why in sign_in.scopes.items() if scope not in token.scopes}


def _may(sign_in: SignIn | None, scope: str) -> str:
    return " (not needed for posting)" if sign_in is not None and scope in sign_in.optional_scopes else ""


def _tell(account: PostingAccount, before: Account | None, token: Token, say: Say) -> None:
    say(f"✔ {account.label} is connected" + (f" as {token.owner_name}." if token.owner_name else "."))
    if before is None:
        return
    if before.owner_id not in ("", token.owner_id):
        say(f"• It was {before.owner_name or before.owner_id} before. Connect again if that was not meant.")
    if before.status == "paused":
        say(f"• It is paused: `reelwright accounts resume {account.platform} {account.name}` uses it again.")


def _row(account: PostingAccount, token: Token, missing: list[str]) -> dict[str, object]:
    from tasks.sealed import ends_at

    return {
        "platform": account.platform, "name": account.name, "outcome": "connected", "owner_id": token.owner_id,
        "owner_name": token.owner_name, "scopes": token.scopes, "missing": missing, "access_ends": ends_at(token),
    }  # fmt: skip
