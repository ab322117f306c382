"""
Speak IMAP4rev1 (RFC 3501) with a server that may be slow, broken or hostile.

The standard library's imaplib speaks it, within the limits of
`mailer.mailboxes.imap_wire`; each of its errors becomes a `MailboxError` or a
`ConfigurationError` here.  Nothing begins without TLS.
Which messages are wanted is decided in `mailer.mailboxes.imap`.
"""

from __future__ import annotations

import binascii
import contextlib
import imaplib
import re
import socket
import ssl
from typing import TYPE_CHECKING

from mailer.errors import ConfigurationError, MailboxError
from mailer.mailboxes.imap_wire import GOODBYE_SECONDS, BoundedImap
from mailer.model.smtp import Authentication

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mailer.mailboxes.imap_answers import Answer
    from mailer.model.mailbox import ImapAddress

_PLACE = "mailer.toml, [mailbox]"
_NEEDS_QUOTES = re.compile(r'([\\"])')
#: what a folder's name must be written otherwise for (RFC 3501, section 5.1.3)
_NOT_ASCII = re.compile(r"&|[^\x20-\x7e]+")

#: what imaplib puts before the words themselves
_IMAPLIB_SAYS = re.compile(r"^(?:command: \w+ => )*(?:b')?")

#: imaplib's, the network's, and what both let through: a number of ten thousand
#: digits, letters that are not ASCII
_FAILURES = (imaplib.IMAP4.error, OSError, ValueError)


class LostError(MailboxError):
    """The connection has ended, or had to be ended; another may go on."""


class ImapConnection:
    """
    A logged-in session with one folder open.

    Args:
        address: Which.
        auth: What the secret is.
        secret: Returns the password or the access token; asked for once.
        ca_file: PEM; "" is what the system trusts.

    Raises:
        ConfigurationError: A person has to change something.
        LostError: The server cannot be reached, or behaves as none should.
    """

    def __init__(
        self,
        address: ImapAddress,
        auth: Authentication,
        secret: Callable[[], str],
        ca_file: str,
    ) -> None:
        self._place = str(address)
        self._address = address
        trust = _trust(ca_file)
        shown = secret()  # if it is missing, the server need not be asked
        with self._translated():
            self._client = BoundedImap(address, trust)
        try:
            self._log_in(auth, shown)
            self._select()
        except BaseException:
            self.drop()
            raise

    def offers(self, capability: bytes) -> bool:
        """Return whether the server has an extension; asked after the login."""
        return capability in self._capabilities

    def has_folder(self, name: str) -> bool:
        """Return whether there is a folder of this name."""
        with self._translated():
            self._client.allow()
            quoted = in_quotes(folder_name(name))
            status, _ = self._client.status(quoted, "(UIDVALIDITY)")
        return status == "OK"

    def uid(
        self,
        command: str,
        *arguments: str,
        expected_bytes: int = 0,
        most_bytes: int = 0,
    ) -> Sequence[Answer]:
        """
        Return the untagged answers to a UID command, as imaplib gives them.

        Args:
            command: SEARCH, FETCH, STORE or MOVE.
            arguments: As they go over the wire.
            expected_bytes: What the messages that are asked for probably have.
            most_bytes: What of them is taken; more ends the connection.

        Raises:
            LostError: The connection ended; this object is of no more use.
            MailboxError: The server said no.
        """
        with self._translated():
            self._client.allow(expected_bytes, most_bytes)
            status, answers = self._client.uid(command, *arguments)
        if status != "OK":
            cause = f"the server refuses {command}: {_words(answers)}"
            raise MailboxError.at(self._place, cause, "look at it in a mail program")
        return [one for one in answers if one is not None]

    def number(self, code: str) -> int | None:
        """Return a number that the server gave when the folder was opened."""
        found = self._codes.get(code, b"")
        return int(found) if re.fullmatch(rb"\d{1,10}", found) else None

    @property
    def keeps_keywords(self) -> bool:
        r"""Return whether a message may get a keyword of ours (\\*)."""
        return rb"\*" in self._codes.get("PERMANENTFLAGS", b"")

    def close(self) -> None:
        """Say goodbye, if anybody listens."""
        with contextlib.suppress(*_FAILURES):
            self._client.allow(seconds=GOODBYE_SECONDS)
            self._client.logout()
        self.drop()

    def drop(self) -> None:
        """Hang up."""
        with contextlib.suppress(OSError):
            self._client.shutdown()

    def _log_in(self, auth: Authentication, secret: str) -> None:
        """Show who we are, once: three wrong passwords in a row lock an account."""
        client, user = self._client, self._address.user
        if client.state != "NONAUTH":  # PREAUTH: whose mailbox is it?
            cause = "the server lets everybody in without a password (PREAUTH)"
            raise self._misconfigured(cause, "name the office's own server")
        if not secret.isprintable():
            cause = "the password has a line break or a control character in it"
            raise self._misconfigured(cause, "correct it where it is kept")
        wanted = "XOAUTH2" if auth is Authentication.XOAUTH2 else "PLAIN"
        with self._translated(rejected=True):
            client.allow()
            if f"AUTH={wanted}" in client.capabilities:
                # A refused token is explained in a challenge; the answer is empty.
                answers = iter([_initial_response(wanted, user, secret)])
                client.authenticate(wanted, lambda _challenge: next(answers, b""))
            elif wanted == "PLAIN" and secret.isascii() and user.isascii():
                client.login(in_quotes(user), secret)
            else:
                cause = f"{self._address.host} does not offer AUTH={wanted}"
                next_step = "correct auth, or ask whoever runs the server"
                raise self._misconfigured(cause, next_step)
            client.allow()
            # Some have more to offer to those they know.
            self._capabilities = (client.capability()[1][-1] or b"").upper().split()

    def _select(self) -> None:
        """Open the folder, and keep what the server says about it."""
        folder = in_quotes(folder_name(self._address.folder))
        with self._translated():
            self._client.allow()
            try:
                status, answers = self._client.select(folder)
            except imaplib.IMAP4.readonly:  # we may look, and mark nothing
                status, answers = self._client.select(folder, readonly=True)
            self._codes = {
                name: self._client.response(name)[1][-1] or b""
                for name in ("UIDVALIDITY", "UIDNEXT", "PERMANENTFLAGS")
            }
        if status != "OK":
            cause = f"the folder cannot be opened: {_words(answers)}"
            raise self._misconfigured(cause, "correct its name in source")

    def _misconfigured(self, cause: str, next_step: str) -> ConfigurationError:
        return ConfigurationError.at(f"{_PLACE} {self._place}", cause, next_step)

    @contextlib.contextmanager
    def _translated(self, *, rejected: bool = False) -> Iterator[None]:
        """Turn what imaplib and the network raise into errors of ours."""
        try:
            yield
        except ssl.SSLCertVerificationError as error:
            cause = (
                f"the server's certificate is not to be trusted: {error.verify_message}"
            )
            raise self._misconfigured(cause, _trust_it(error.verify_code)) from None
        except imaplib.IMAP4.abort as error:
            raise self._lost(f"the server: {_plain(str(error))}") from error
        except imaplib.IMAP4.error as error:
            if rejected:
                cause = f"'{self._address.user}' was not let in: {_plain(str(error))}"
                raise self._misconfigured(cause, "correct user or password") from None
            raise self._lost(f"the server: {_plain(str(error))}") from error
        except TimeoutError as error:
            raise self._lost("the server says nothing") from error
        except socket.gaierror as error:
            cause = f"there is no host {self._address.host}"
            raise LostError.at(self._place, cause, "correct source") from error
        except (OSError, ValueError) as error:
            raise self._lost(f"cannot be reached or understood: {error}") from error

    def _lost(self, cause: str) -> LostError:
        next_step = "try again; ask whoever runs the server if it stays so"
        return LostError.at(self._place, cause, next_step)


def in_quotes(text: str) -> str:
    """Return a string of ASCII as IMAP quotes it."""
    return '"' + _NEEDS_QUOTES.sub(r"\\\1", text) + '"'


def folder_name(name: str) -> str:
    """Return a folder's name in modified UTF-7 (RFC 3501, section 5.1.3)."""
    return _NOT_ASCII.sub(lambda found: _shifted(found[0]), name)


def _shifted(letters: str) -> str:
    """Return letters that are not ASCII, or "&", in modified base64."""
    if letters == "&":
        return "&-"
    encoded = binascii.b2a_base64(letters.encode("utf-16-be"), newline=False)
    return f"&{encoded.decode().rstrip('=').replace('/', ',')}-"


def _initial_response(mechanism: str, user: str, secret: str) -> bytes:
    """Return what we show: RFC 4616, or the token as Google and Microsoft want it."""
    if mechanism == "XOAUTH2":
        return f"user={user}\x01auth=Bearer {secret}\x01\x01".encode()
    return f"\0{user}\0{secret}".encode()


def _trust(ca_file: str) -> ssl.SSLContext:
    """
    Return a context that verifies certificate and name, from TLS 1.2 on.

    Raises:
        ConfigurationError: `ca_file` cannot be read.
    """
    try:
        context = ssl.create_default_context(cafile=ca_file or None)
    except OSError as error:  # also of what is in it: ssl.SSLError
        cause = f"{ca_file} cannot be read: {error.strerror or error}"
        next_step = "name a file with certificates in PEM"
        raise ConfigurationError.at(f"{_PLACE} ca_file", cause, next_step) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _trust_it(code: int) -> str:
    """Return what to do about a certificate, by OpenSSL's X509_V_ERR_ code."""
    match code:
        case 9 | 10:  # not yet valid, expired
            return "let whoever runs the server renew it"
        case 62 | 64:  # another host's name, or address
            return "write in source the name for which it was made"
        case _:
            return 'name the authority\'s certificate: ca_file = "authority.pem"'


def _words(answers: Sequence[object]) -> str:
    """Return what the server said, on one line."""
    said = [one for one in answers if isinstance(one, bytes)]
    return _plain(b" ".join(said).decode("utf-8", "replace")) or "no reason given"


def _plain(text: str) -> str:
    """Return a server's words without what a terminal would obey."""
    text = _IMAPLIB_SAYS.sub("", text).removesuffix("'")
    return "".join(one if one.isprintable() else "?" for one in text)[:300]
