"""
What enhanced status codes mean: RFC 3463, the IANA registry, and Exchange Online.

A table only; `mailer.inbox.reason` asks it when the words of a report say nothing.
"""

from __future__ import annotations

#: reasons after which the address or its domain is dead
HARD = frozenset({"userunknown", "hostunknown", "hasmoved", "notaccept"})

#: status without its class → reason
STATUS = {
    "1.0": "userunknown",
    "1.1": "userunknown",
    "1.2": "hostunknown",
    "1.3": "userunknown",
    "1.4": "userunknown",
    "1.6": "hasmoved",
    "1.7": "rejected",
    "1.8": "rejected",
    "1.9": "systemerror",
    "1.10": "userunknown",  # RFC 7505 says null MX; Exchange Online means no user
    "2.0": "filtered",
    "2.1": "suspend",
    "2.2": "mailboxfull",
    "2.3": "mesgtoobig",
    "2.4": "filtered",
    "3.0": "systemerror",
    "3.1": "systemfull",
    "3.2": "notaccept",
    "3.3": "systemerror",
    "3.4": "mesgtoobig",
    "3.5": "systemerror",
    "4.0": "expired",
    "4.1": "expired",
    "4.2": "networkerror",
    "4.3": "systemerror",
    "4.4": "hostunknown",
    "4.5": "toomanyconn",
    "4.6": "networkerror",
    "4.7": "expired",
    "4.14": "networkerror",
    "5.1": "syntaxerror",
    "5.2": "syntaxerror",
    "5.3": "exceedlimit",
    "5.4": "syntaxerror",
    "5.5": "syntaxerror",
    "6.0": "contenterror",
    "7.1": "rejected",
    "7.2": "rejected",
    "7.9": "securityerror",
    "7.13": "suspend",  # IANA: recipient's mailbox disabled
    "7.14": "securityerror",
    "7.20": "authfailure",  # RFC 7372, as the next six
    "7.21": "authfailure",
    "7.22": "authfailure",
    "7.23": "authfailure",
    "7.24": "authfailure",
    "7.25": "requireptr",
    "7.26": "authfailure",
    "7.27": "notaccept",  # RFC 7505, about the sender's domain
    "7.28": "speeding",
    "7.30": "failedstarttls",
    "7.350": "spamdetected",  # Exchange Online
    "7.509": "authfailure",
    "7.511": "blocked",
    "7.606": "blocked",
    "7.705": "blocked",
}

#: the subject of a status code, if its detail tells nothing (RFC 3463, section 3)
BY_SUBJECT_OF_CODE = {"6": "contenterror", "7": "securityerror"}

#: the command a server refused, if nothing else tells: who was not wanted
BY_COMMAND = {
    "connect": "blocked",
    "helo": "blocked",
    "ehlo": "blocked",
    "mail": "rejected",
}
