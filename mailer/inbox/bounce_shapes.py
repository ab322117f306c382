"""
The shapes of lines in which mail systems name a recipient, a sender, a reply.

Regular expressions only; `mailer.inbox.bounce_text` reads with them, and the words
of reports are in `words/reports.toml`.
Every one is linear: what may repeat is bounded or cannot begin twice.
"""

from __future__ import annotations

import re

#: local parts from which mail systems write (RFC 5321, section 4.5.1, and habit)
SYSTEM_SENDER = re.compile(
    r"(?i)(?:mailer[-_.]?daemon|mail[-_.]?daemon|mdaemon|post[-_.]?master|poostmaster"
    r"|mail[-_.]?deliver|delivery[-_. ]?subsystem|mailadm|mail[-_.]?admin|sysadmin@"
    r"|mail deliver(?:y)? (?:sub)?(?:system|service)|system administrator"
    r"|administrador del sistema|systemadministrator|amministratore di sistema"
    r"|skrbnik sistema|rendszergazda|microsoft outlook|double-?bounce)"
)

_A = r"<?([\w!#$%&'*+/=?^`{|}~.-]{1,128}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,10})>?"


def _shape(pattern: str) -> re.Pattern[str]:
    """Return a line shape; ADDRESS in it stands for an address, bare or in <>."""
    source = "".join(line.strip(" ") for line in pattern.splitlines())
    return re.compile(source.replace("ADDRESS", _A), re.IGNORECASE | re.MULTILINE)


#: line shapes that name a failed recipient, the surest first; all hits of one
#: shape are taken, and a later shape is asked only if the former found none
SHAPES = tuple(
    map(
        _shape,
        (
            # qmail, Postfix, Yahoo, Sendmail: "<a@b>:", "554 <a@b>... User unknown"
            r"""^[ \t]{0,80}(?:>>>[ ].{0,80}|[45]\d\d[ ])?<([^<>\s@]+@[^<>\s@]+)>
                (?:[ \t]{0,8}(?::|\.\.\.|\(|$)|[ \t]{2,8}\w)""",
            # Sun Messaging Server, MDaemon, HotPOP, Verizon
            r"""^[ \t]{0,80}(?:original[ ]address|recipient[ ]address|recipient
                |failed[ ]address|undeliverable[ ]address|failed[ ]recipient
                |to[ ]address|rcpt[ ]to)[ \t]{0,8}:[ \t]{0,40}ADDRESS""",
            # IMail, smail, Prodigy: "Unknown user: a@b", "undeliverable to a@b"
            r"""(?:unknown[ ](?:local[ ])?user|exceeds[ ]allowed[ ]size
                |invalid[ ](?:final[ ]delivery[ ])?user(?:id)?|mailbox[ ]is[ ]full
                |could[ ]not[ ]be[ ]delivered[ ]to|undeliverable(?:[ ]to)?|attempts
                |mailbox[ ]unavailable)[ \t]{0,8}:?[ \t]{1,8}ADDRESS""",
            # Exchange 5.5: "c=US;…;dda:SMTP=a@b; on Fri, …"
            r"""^[ \t]{0,80}(?:[^\n]{0,200}dda:)?smtp[=:]ADDRESS""",
            # Exim, Gmail, Exchange, OpenSMTPD: the line begins with the address
            r"""^[ \t]{0,80}(?:[*•-][ \t]{1,8})?ADDRESS
                (?:[ \t]{0,8}(?:$|:|\.\.\.|;|\[|\()|<mailto:
                |[ \t]+on[ \t](?:\d|\w{3},))""",
            # Exim with a hidden or piped recipient: "(generated from a@b)"
            r"""(?:generated[ ](?:from|by)|expanded[ ]from|was[ ]addressed(?:[ ]to)?)
                [:, \t]{1,8}ADDRESS""",
            # one sentence: "delivering your mail to <a@b>", "Your message to a@b"
            r"""(?:e?-?mail|messages?|delivered|deliver|delivery|addressed|sent)
                (?:[ \t]message)?\s{1,4}to:?\s{1,4}(?:the\s{1,4})?
                (?:(?:following|group|mailbox)\s{1,4}){0,2}
                (?:address(?:es)?|recipients?)?:?\s{0,8}['\"(]?ADDRESS""",
            # many: the following recipient failed, and its address after a mark
            r"""(?:recipients?|address(?:es)?|users?|mailbox|account)\b[^\n@]{0,40}
                [\s:'\"(]ADDRESS""",
            # an SMTP reply: "550 5.1.1 <a@b>..."
            r"""\b[45]\d\d[ -][^\n@]{0,60}?ADDRESS""",
        ),
    )
)

#: so many of them name recipients and nobody else; the others may hit who can help
EXPLICIT = 5
#: and so many are seldom seen in what people write
NAMING = 7

#: "(expanded from: <a@b>)": the address before the local alias (Sendmail, Postfix,
#: Exim), which is the one that was mailed
ALIAS = _shape(r"\((?:expanded|generated)[ ]from:?\s{1,8}ADDRESS\)")

#: Exim does not show a pipe, a file or a private address, but what led to it
HIDDEN = _shape(
    r"""^[ \t]{1,8}(?:pipe[ ]to|save[ ]to|an[ ]undisclosed[ ]address)[^\n]{0,200}\n
        [ \t]{1,8}\(?generated[ ](?:by|from)[ ]ADDRESS"""
)

#: lines that name who sent the returned message
SENDER_LINES = re.compile(
    r"(?im)^[ \t>]*+(?:from|reply-to|sender|original sender|mail from)[ \t]*+:.*+"
)

#: AOL, Exchange, Yale: names without a domain, a line each, after such a line
LIST_FOLLOWS = re.compile(
    r"(?i)\b(?:recipients?|users?|address(?:es)?|the following)\b[^\n:]{0,120}"
    r"(?:\n[^\n:]{1,80}){0,2}:[ \t]*\n"
)
BARE_NAME = re.compile(r"(?m)^[ \t]{1,8}([A-Za-z0-9][\w.+-]{1,63})(?:[ \t]{2,8}\w.*)?$")

#: what the server said, in a transcript (Sendmail, Courier, InterScan)
TRANSCRIPT_REPLY = re.compile(r"(?m)^[ \t]{0,8}<<<[ \t]+([45]\d\d[ -].*+)")

#: the recipient in a reverse path of ours or of a list's (VERP)
VERP = re.compile(r"[+-]([\w.+-]{1,64})=((?:[\w-]{1,63}\.){1,8}[a-z]{2,24})@")
