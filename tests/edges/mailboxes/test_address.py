"""How a mailbox is named in mailer.toml, and what is said about a wrong name."""

from __future__ import annotations

import pytest

from mailer.errors import ConfigurationError
from mailer.mailboxes.imap_connection import folder_name, in_quotes
from mailer.model.mailbox import ImapAddress
from mailer.model.smtp import Authentication
from mailer.settings import load, password

SENDER = """\
[sender]
name = "Pisarna"
address = "pisarna@posiljatelj.example"
reply_to = "pisarna@posiljatelj.example"
bounce_domain = "posiljatelj.example"

[mailbox]
"""
GOOD = 'source = "imaps://pisarna@posta.example/INBOX"\n'


@pytest.fixture
def settings(tmp_path):
    """Return a function: the lines of [mailbox] → the section."""

    def read(lines):
        (tmp_path / "mailer.toml").write_text(SENDER + lines, "utf-8")
        return load(tmp_path).mailbox

    return read


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("imaps://pisarna@posta.example", ("pisarna", "posta.example", 993, "INBOX")),
        ("imaps://pisarna@posta.example/", ("pisarna", "posta.example", 993, "INBOX")),
        (
            "imaps://a%40b.example@posta.example:1993/Arhiv/Obrazci%20in%20%C4%8D",
            ("a@b.example", "posta.example", 1993, "Arhiv/Obrazci in č"),
        ),
        (
            "imaps://a@b.example@posta.example",
            ("a@b.example", "posta.example", 993, "INBOX"),
        ),
        ("imaps://a@[::1]:1143/INBOX", ("a", "::1", 1143, "INBOX")),
    ],
)
def test_an_address_is_read(text, expected):
    """User, host, port and folder; letters that have a meaning may be written as %."""
    assert ImapAddress(*expected) == ImapAddress.parse(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("imap://a@posta.example/INBOX", "in clear"),
        ("imaps://posta.example/INBOX", "is no mailbox"),
        ("imaps://@posta.example/INBOX", "is no mailbox"),
        ("imaps://a@/INBOX", "is no mailbox"),
        ("imaps://a:geslo@posta.example/INBOX", "password has no place"),
        ("imaps://a@posta.example:imap/INBOX", "the port is no number"),
        ("imaps://a@posta.example:99999/INBOX", "the port is no number"),
        ("imaps://a@[posta.example/INBOX", "is alone"),
        ("imaps://a@posta.example/Novo?1", "write"),
        ("imaps://a@posta.example/IN%0D%0ABOX", "control character"),
    ],
)
def test_what_is_no_address_says_why(text, words):
    """And never with the password in it: the words end up in logs."""
    with pytest.raises(ValueError, match=words) as caught:
        ImapAddress.parse(text)

    assert "geslo" not in str(caught.value)


def test_a_folders_name_goes_in_modified_utf7():
    """The examples of RFC 3501, section 5.1.3, and ours."""
    assert "~peter/mail/&U,BTFw-/&ZeVnLIqe-" == folder_name("~peter/mail/台北/日本語")
    assert "Hi Mom -&Jjo--!" == folder_name("Hi Mom -☺-!")
    assert "A &- B" == folder_name("A & B")
    assert r'"a \"b\" \\"' == in_quotes(r'a "b" \ '.rstrip())


def test_a_mailbox_on_a_server_has_its_settings(settings, tmp_path):
    """The secret is read when it is needed: a token does not last."""
    lines = 'auth = "xoauth2"\npassword_file = "token"\ndone_folder = "Mailer"\n'
    section = settings(GOOD + lines)
    (tmp_path / "token").write_text("prvi\n", "utf-8")

    assert ImapAddress("pisarna", "posta.example") == section.imap
    assert Authentication.XOAUTH2 is section.auth
    assert "prvi" == password(section, tmp_path)
    assert settings("").imap is None


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (GOOD, "without password_env, password_file or password_command"),
        ('source = "imap://a@posta.example/INBOX"', "in clear"),
        ('source = "pop3://a@posta.example"', "is no mailbox"),
        ('source = "maildir:"', "is no mailbox"),
        ('done_folder = "Mailer"', "for imaps:// only"),
        (GOOD + 'password_env = "X"\ndone_folder = "INBOX"', "the folder that is read"),
        (GOOD + 'password_env = "X"\ndone_folder = "A\\u000AB"', "control character"),
        (GOOD + 'password_env = "X"\nauth = "gssapi"', "mailer.toml, mailbox, auth"),
        (GOOD + 'pasword_env = "X"', "did you mean 'password_env'"),
    ],
)
def test_a_wrong_section_names_the_place(settings, lines, words):
    """Place, cause, next step; before anything is connected."""
    with pytest.raises(ConfigurationError, match=r"mailer\.toml, mailbox") as caught:
        settings(lines)

    assert words in str(caught.value)


def test_a_secret_that_is_not_there_is_said_with_its_place(settings, tmp_path):
    """It is the mailbox's, and not the relay's."""
    section = settings(GOOD + 'password_file = "geslo"\n')
    with pytest.raises(ConfigurationError, match=r"mailbox: the password"):
        password(section, tmp_path)
