"""
How this office sends: `mailer.toml`, and the environment over it.

Unknown keys are errors with a suggestion; everything wrong is said at once.
Secrets are never in the file: it only names where they are kept.
What the office says is not here but in `templates/<campaign>/campaign.toml`.
"""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from datetime import date, time
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from mailer.errors import ConfigurationError, schema_problems
from mailer.model.domain import are_aligned, domain_of
from mailer.model.mailbox import SCHEME, ImapAddress
from mailer.model.smtp import Authentication, Security

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME = "mailer.toml"
SANDBOX = "sandbox"  #: the relay's host that means "the built-in one"

_COMMAND_SECONDS = 30  #: that `password_command` may take

#: RFC 2606 and RFC 6761: these never leave the machine
RESERVED_DOMAINS = ("example", "test", "invalid", "localhost")


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OfficeSection(_Section):
    """Who and where the office is."""

    name: str = "Pisarna za sodelovanje"
    timezone: str = "Europe/Ljubljana"
    language: Literal["sl", "en"] = "sl"
    production: bool = False  #: true lifts the fence around reserved domains
    database: str = "sqlite:///mailer.db"

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"'{value}' is no time zone, e.g. Europe/Ljubljana")
        return value

    @property
    def zone(self) -> ZoneInfo:
        """Return the office's time zone."""
        return ZoneInfo(self.timezone)


class SenderSection(_Section):
    """In whose name the mail goes."""

    name: str
    address: str
    reply_to: str
    bounce_domain: str  #: reverse path: <token>@ this domain

    @field_validator("name")
    @classmethod
    def _one_line(cls, value: str) -> str:
        if not value.isprintable():
            raise ValueError("has a line break or another control character in it")
        return value

    @field_validator("address", "reply_to")
    @classmethod
    def _an_address(cls, value: str) -> str:
        if not re.fullmatch(r"[^\s@<>,;]+@[A-Za-z0-9.-]+", value):
            raise ValueError(f"'{value}' is no e-mail address")
        return value

    @model_validator(mode="after")
    def _answers_stay_here(self) -> SenderSection:
        if not are_aligned(domain_of(self.address), domain_of(self.reply_to)):
            raise ValueError(
                f"reply_to '{self.reply_to}' is of another domain than"
                f" '{self.address}': answers would leave the office"
            )
        return self


class _AccountSection(_Section):
    """How we log in to a server, and whom we believe that it is that server."""

    auth: Authentication = Authentication.PASSWORD
    password_env: str = ""
    password_file: str = ""
    password_command: str = ""
    ca_file: str = ""  #: instead of the system's authorities

    @property
    def has_password(self) -> bool:
        """Return whether it says where the password is."""
        return any((self.password_env, self.password_file, self.password_command))


class RelaySection(_AccountSection):
    """The office's outgoing server."""

    host: str = SANDBOX
    port: int = Field(default=587, ge=1, le=65535)
    security: Security = Security.STARTTLS
    username: str = ""
    connections: int = Field(default=4, ge=1, le=100)
    rate: str = "60/min"  #: read by `delivery.rate`; "" is no limit
    per_domain_connections: int = Field(default=2, ge=1)
    per_domain_rate: str = ""  #: as `rate`, for each domain we write to

    @model_validator(mode="after")
    def _password_is_somewhere(self) -> RelaySection:
        if self.username and not self.has_password:
            raise ValueError(
                "a username without password_env, password_file or password_command"
            )
        return self


class MailboxSection(_AccountSection):
    """Where what comes back is found."""

    source: str = "maildir:mail/office"  #: maildir:PATH, mbox:PATH or imaps://…
    done_folder: str = ""  #: IMAP: where what was stored is moved; "" leaves it

    @field_validator("source")
    @classmethod
    def _of_a_known_kind(cls, value: str) -> str:
        if re.match(r"imaps?://", value):
            ImapAddress.parse(value)
        elif not re.match(r"(maildir|mbox):.", value):
            raise ValueError(
                f"'{value}' is no mailbox, e.g. maildir:mail/office"
                " or imaps://user@host/INBOX"
            )
        return value

    @field_validator("done_folder")
    @classmethod
    def _printable(cls, value: str) -> str:
        if not value.isprintable():
            raise ValueError("has a control character in it")
        return value

    @model_validator(mode="after")
    def _as_its_kind_needs(self) -> MailboxSection:
        if self.imap is None and self.done_folder:
            raise ValueError("done_folder is for imaps:// only")
        if self.imap is not None and not self.has_password:
            raise ValueError(
                "an imaps:// source without"
                " password_env, password_file or password_command"
            )
        if self.imap is not None and self.done_folder == self.imap.folder:
            raise ValueError("done_folder is the folder that is read")
        return self

    @property
    def imap(self) -> ImapAddress | None:
        """Return the mailbox on a server, `None` if it is files of ours."""
        is_imap = self.source.startswith(f"{SCHEME}://")
        return ImapAddress.parse(self.source) if is_imap else None


class SendingSection(_Section):
    """When mail may leave, on working days between two times; what is kept of it."""

    opens: time = time(8)  #: wall-clock times
    closes: time = time(16)
    closed_days: tuple[date, ...] = ()  #: the office's own, beside the holidays
    per_day: int = Field(default=0, ge=0)  #: attempts a day at the most; 0: no limit
    catch_up: int = Field(default=50, ge=0)  #: more, and a day late, wait for a person
    keep_messages: bool = False  #: by `files.sent_messages`; the ledger has digests

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> SendingSection:
        if self.closes <= self.opens:
            raise ValueError("closes must be later than opens")
        return self


class DkimSection(_Section):
    """In whose name letters are signed, and with which key; empty for not at all."""

    domain: str = ""  #: the sender's, or one above it
    selector: str = ""  #: the public key is at <selector>._domainkey.<domain>
    key_file: str = ""  #: PEM; read by `operations.office`

    @field_validator("domain", "selector")
    @classmethod
    def _letters_of_dns(cls, value: str) -> str:
        label = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
        if value and not re.fullmatch(rf"{label}(?:\.{label})*", value):
            raise ValueError(f"'{value}' is no name as DNS knows them (RFC 6376, 3.1)")
        return value

    @model_validator(mode="after")
    def _all_or_none(self) -> DkimSection:
        given = self.model_dump()
        missing = [key for key, value in given.items() if not value]
        if 0 < len(missing) < len(given):
            raise ValueError(f"{' and '.join(missing)} missing: give all three or none")
        return self


class Settings(BaseSettings):
    """Everything in `mailer.toml`."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        env_prefix="MAILER_",
        env_nested_delimiter="__",
    )

    office: OfficeSection = OfficeSection()
    sender: SenderSection
    relay: RelaySection = RelaySection()
    mailbox: MailboxSection = MailboxSection()
    sending: SendingSection = SendingSection()
    dkim: DkimSection = DkimSection()

    @model_validator(mode="after")
    def _may_be_believed(self) -> Settings:
        """Refuse a From for which neither SPF nor DKIM can speak (RFC 7489, 3.1)."""
        own, bounce = domain_of(self.sender.address), self.sender.bounce_domain
        if not (are_aligned(own, bounce) or are_aligned(own, self.dkim.domain)):
            raise ValueError(
                f"sender, address is of {own}, and neither bounce_domain nor [dkim]"
                " domain is: receivers would take the letters for forged"
            )
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic's names
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over the file, which comes as arguments."""
        return env_settings, init_settings


def load(folder: Path) -> Settings:
    """
    Return the settings of the office in `folder`.

    Raises:
        ConfigurationError: The file is missing, unreadable or wrong; with
            every problem in it.
    """
    try:
        return Settings(**tomllib.loads((folder / FILE_NAME).read_text("utf-8")))
    except OSError as error:
        raise ConfigurationError.at(
            str(folder / FILE_NAME), f"cannot be read: {error.strerror}"
        ) from None
    except ValidationError as error:
        raise ConfigurationError(
            *schema_problems(FILE_NAME, error.errors(), _known_keys())
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError.at(FILE_NAME, str(error), "correct the file") from None
    except UnicodeDecodeError:
        raise ConfigurationError.at(
            FILE_NAME, "is not UTF-8", "save it as UTF-8"
        ) from None


def find_office(start: Path) -> Path:
    """
    Return the nearest folder from `start` upwards that holds a `mailer.toml`.

    Raises:
        ConfigurationError: There is none.
    """
    for folder in (start, *start.parents):
        if (folder / FILE_NAME).is_file():
            return folder
    raise ConfigurationError.at(
        str(start),
        f"no {FILE_NAME} here or above",
        "make an office with `mailer init DIR`, or name one with --office DIR",
    )


def password(section: RelaySection | MailboxSection, folder: Path) -> str:
    """
    Return a server's password, or token, from where the settings say it is kept.

    Raises:
        ConfigurationError: It is not there.
    """
    name = "mailbox"
    if isinstance(section, RelaySection):
        name = "relay"
        if not section.username:
            return ""
    if not section.has_password:
        return ""
    try:
        if section.password_env:
            found = os.environ.get(section.password_env, "")
        elif section.password_file:
            found = (folder / section.password_file).read_text("utf-8").strip()
        else:
            found = _printed_by(section.password_command)
    except (OSError, ValueError) as error:
        cause = f"the password cannot be had: {_in_plain_words(section, error)}"
        next_step = "correct where it says that the password is"
        raise ConfigurationError.at(f"{FILE_NAME}, {name}", cause, next_step) from None
    if not found:
        where = section.password_env or section.password_file or "password_command"
        raise ConfigurationError.at(
            f"{FILE_NAME}, {name}", f"{where} is empty", "export it, or put it there"
        )
    return found


def _printed_by(command: str) -> str:
    """
    Return what a command prints, the white space around it taken away.

    Raises:
        ValueError: It failed, or took too long; the words say so.
    """
    try:
        done = subprocess.run(  # noqa: S602 - the office's own, from its file
            command,
            shell=True,
            capture_output=True,
            text=True,
            check=False,
            timeout=_COMMAND_SECONDS,
        )
    except subprocess.TimeoutExpired:
        cause = f"password_command says nothing for {_COMMAND_SECONDS} seconds"
        raise ValueError(cause) from None
    if done.returncode:
        # What it complains about is not repeated: the words end up in logs.
        raise ValueError(f"password_command failed with exit code {done.returncode}")
    return done.stdout.strip()


def _in_plain_words(section: _AccountSection, error: OSError | ValueError) -> str:
    match error:
        case FileNotFoundError():
            return f"there is no file {section.password_file}"
        case OSError():
            return f"{section.password_file} cannot be read: {error.strerror}"
        case UnicodeError():
            return "it is not UTF-8"
        case _:
            return str(error)


def is_reserved(address: str) -> bool:
    """Return whether mail to `address` can never leave the machine (RFC 2606)."""
    return domain_of(address).rpartition(".")[2] in RESERVED_DOMAINS


def _known_keys() -> list[str]:
    keys = list(Settings.model_fields)
    for section in Settings.model_fields.values():
        kind = section.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            keys += kind.model_fields
    return keys
