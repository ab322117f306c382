"""Open the office's mailbox, wherever the settings say that it is."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING

from mailer.mailboxes.imap import ImapAccount, ImapMailbox
from mailer.mailboxes.source import open_source
from mailer.settings import password

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailer.mailboxes.source import Source
    from mailer.operations.office import Office


@contextlib.contextmanager
def open_mailbox(office: Office) -> Iterator[Source]:
    """
    Open what `[mailbox]` names, and close it afterwards.

    Raises:
        ConfigurationError: A person has to change something.
        MailboxError: Its server cannot be reached now.
    """
    settings = office.settings.mailbox
    source: Source
    if settings.imap is None:
        source = open_source(settings.source, office.folder)
    else:
        ca_file = str(office.folder / settings.ca_file) if settings.ca_file else ""
        source = ImapMailbox(
            ImapAccount(
                settings.imap,
                partial(password, settings, office.folder),
                settings.auth,
                ca_file,
                settings.done_folder,
            )
        )
    with contextlib.closing(source):
        yield source
