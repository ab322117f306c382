"""
How mail systems write their reports: senders, subjects, openings, line shapes.

Tables only; `mailer.inbox.bounce_text` reads them.
Each row names where it was seen.
Subjects and openings are compared without case and diacritics.
"""

from __future__ import annotations

import re

#: local parts from which mail systems write (RFC 5321, section 4.5.1, and habit)
SYSTEM_SENDER = re.compile(
    r"(?i)(?:mailer[-_.]?daemon|mail[-_.]?daemon|post[-_.]?master|poostmaster"
    r"|mail[-_.]?deliver|delivery[-_.]?subsystem|mailadm|mail[-_.]?admin"
    r"|(?:mail )?deliver(?:y)? (?:sub)?(?:system|service)|system administrator"
    r"|administrador del sistema|systemadministrator|amministratore di sistema"
    r"|skrbnik sistema|rendszergazda|microsoft outlook|double-?bounce)"
)

#: the beginning of a report's subject → where it was seen
SUBJECTS = {
    "aws notification message": "SES through SNS",
    "undeliverable": "Exchange, Outlook, IMail",
    "undelivered": "Postfix",
    "undelivered mail returned": "Postfix",
    "delivery status notification": "RFC 3464 senders, Gmail, SES",
    "delivery failure": "Domino, Yahoo",
    "delivery failed": "many",
    "delivery notification": "Sun Messaging Server",
    "delivery report": "X.400 gateways",
    "delivery has failed": "Exchange",
    "delivery error": "many",
    "delivery problem": "XWall, many",
    "failure notice": "qmail",
    "failure delivery": "Yahoo Japan",
    "failed delivery": "many",
    "failed mail": "many",
    "mail delivery": "Exim, many",
    "mail failed": "smail",
    "mail failure": "many",
    "mail error": "Japanese carriers",
    "mail system error": "Sendmail of Japanese carriers, Courier",
    "mail could not be delivered": "many",
    "mail not delivered": "many",
    "mail undeliverable": "many",
    "mail deliver": "many",
    "message delivery": "many",
    "message not delivered": "many",
    "message undeliverable": "many",
    "message delayed": "MAILsweeper",
    "message status": "GroupWise",
    "message you sent blocked": "Barracuda",
    "non delivery": "XWall",
    "non-deliver": "many",
    "nondeliverable": "Exchange 5",
    "not delivered": "many",
    "permanent delivery failure": "MDaemon",
    "returned mail": "Sendmail",
    "returned to sender": "many",
    "returned message": "many",
    "return to sender": "many",
    "returning message": "many",
    "rejected mail": "many",
    "successful mail delivery": "Postfix",
    "unable to deliver": "many",
    "unzustellbar": "de: Exchange",
    "nicht zustellbar": "de",
    "user unknown": "many",
    "unknown user": "many",
    "warning: message": "Exim",
    "warning: could not send": "Sendmail",
    "warning - delayed mail": "many",
    "delayed mail": "Postfix",
    "delayed delivery": "many",
    "could not send message": "Sendmail",
    "error sending": "many",
    "attention: delivery": "many",
    "email delivery": "many",
    "e-mail delivery": "many",
    "your message to": "many",
    "postmaster notify": "Sendmail",
    "nedostavljivo": "sl: Exchange",
    "nedostavljeno": "sl",
    "sporocila ni bilo mogoce dostaviti": "sl",
    "sporocilo ni bilo dostavljeno": "sl",
    "dostava ni uspela": "sl",
    "vrnjeno posiljatelju": "sl",
    "vrnjena posta": "sl",
    "non recapitabile": "it: Exchange",
    "mancato recapito": "it",
    "recapito non riuscito": "it",
    "kezbesithetetlen": "hu: Exchange",
    "neisporucivo": "hr: Exchange",
    "poruka nije isporucena": "hr",
    "isporuka nije uspjela": "hr",
    "non remis": "fr: Exchange",
    "no se puede entregar": "es: Exchange",
    "nao entregue": "pt: Exchange",
    "nedorucitelne": "cs: Exchange",
    "niedostarczalne": "pl: Exchange",
    "onbestelbaar": "nl: Exchange",
    "vase soobsenie ne dostavleno": "ru",
    "ваше сообщение не доставлено": "ru: Mail.Ru",
    "メールエラー通知": "ja: KDDI",
}

#: what reports say in their text → where it was seen
OPENINGS = {
    "bouncetype": "SES through SNS, JSON",
    "following recipient(s) could": "Exchange",
    "recipient failed": "Gmail",
    "has encountered a delivery problem": "XWall",
    "recipients could not be": "AOL, Exchange",
    "following recipients failed": "Exchange",
    "could not be delivered": "Exim, many",
    "couldn't be delivered": "Exchange Online",
    "couldnt be delivered": "Exchange Online",
    "cannot be delivered": "Sun, Yahoo",
    "can not be delivered": "many",
    "could not deliver": "many",
    "not be delivered to": "many",
    "has not been delivered": "many",
    "was not delivered": "Domino",
    "wasn't delivered": "Gmail",
    "not yet been delivered": "Exim",
    "has been delayed": "Gmail, MAILsweeper",
    "is delayed for": "OpenSMTPD",
    "not delivered to": "many",
    "unable to deliver": "qmail, Yahoo",
    "wasn't able to deliver": "qmail",
    "error delivering your mail": "DragonFly",
    "error has occurred while attempting to deliver": "OpenSMTPD",
    "error occurred while trying to deliver": "SES",
    "delivery has failed": "Exchange",
    "delivery failed": "many",
    "failed permanently": "Gmail",
    "did not reach": "Exchange",
    "could not be reached": "Exchange",
    "undeliverable": "IMail, many",
    "undelivered": "many",
    "permanent error": "qmail, Exim",
    "permanent fatal errors": "Sendmail",
    "transient non-fatal errors": "Sendmail",
    "had delivery errors": "many",
    "delivery errors": "Sendmail",
    "delivery notifications": "X.400 gateways",
    "following addresses": "Sendmail, many",
    "address(es) failed": "Exim",
    "invalid user address": "Verizon",
    "nicht zugestellt": "de",
    "failed addresses follow": "smail",
    "transcript of session": "Sendmail",
    "transcript of the session": "Sendmail's kin",
    "unknown user": "IMail",
    "unknown local": "many",
    "user unknown": "many",
    "user mailbox exceeds": "IMail",
    "rejected your message": "Exchange Online",
    "generated following response": "IMail",
    "generated response": "IMail",
    "returned to you because": "AOL",
    "could not be sent": "many",
    "failure reasons": "Notes",
    "no pudo ser entregado": "es",
    "no se pudo entregar": "es",
    "nao pode ser enviada": "pt",
    "konnte nicht zugestellt werden": "de",
    "non e stato possibile recapitare": "it",
    "impossibile recapitare": "it",
    "nem kezbesitheto": "hu",
    "nem sikerult kezbesiteni": "hu",
    "ni bilo mogoce dostaviti": "sl: Microsoft",
    "ni mogoce dostaviti": "sl",
    "dostava ni uspela": "sl",
    "ni bilo dostavljeno": "sl",
    "nije isporucena": "hr",
    "nije moguce isporuciti": "hr",
    "ne mozet byt dostavleno": "ru",
    "не может быть доставлено": "ru: Mail.Ru",
    "送信できませんでした": "ja",
    "送信に失敗しました": "ja",
    "groups.google.com/support": "Google Groups, in any language",
}

#: words of the subject or the text of a notice that is no failure yet
DELAY = (
    "delayed",
    "(delay)",
    "not yet been delivered",
    "still being retried",
    "delay notification",
    "warning message only",
    "has not yet been",
    "temporary failure report",
    "no need to resend",
    "not need to resend",
    "will continue trying",
    "will keep trying",
    "will be retried",
    "could not send message for past",
    "sporocilo je zakasnjeno",  # Slovenian
    "dostava je zakasnjena",
    "verzogert",  # German
)
#: words of a report that nothing went wrong
SUCCESS = (
    "successful mail delivery",
    "was successfully delivered",
    "successfully relayed",
    "your message was delivered",
    "has been successfully delivered",
    "delivered to the following recipient",
)
#: words after which even a delay is final
FINAL = ("giving up", "given up", "permanent error", "permanently", "final")

#: where the returned message begins; the line itself is cut off too
START_OF_ORIGINAL = re.compile(
    r"""(?imx)^[ \t]{0,80}(?:
      [-=_*#>|.\ \t]{0,80} (?:
        (?:below|here|above|following|attached|attachment)\b[^\n]{0,30}\bcopy\ of
      | (?:this|included)\ is\ (?:a|the)\ copy\ of
      | a\ copy\ of\ (?:the|your)\ (?:original|message)
      | original\ (?:message|mail)\b
      | (?:un|non-?)?(?:sent|delivered|returned)\ message\ (?:follows|-|is\ below)
      | the\ (?:unsent|undelivered|returned|original)\ message\b[^\n]{0,20}
          (?:follow|below)
      | the\ header\ of\ the\ original
      | message\ (?:headers?|text|body|contents?)\ (?:follows?|suppressed)
      | start\ of\ returned\ message
      | returned\ message\ -
      | returned\ message$
      | your\ (?:original\ )?message\ (?:follows|headers|reads)
      | a\ summary\ of\ the\ undelivered\ message
      | forwarded\ message
      | mensaje\ original | mensagem\ original | message\ d'origine
      | urspr(?:ü|ue)ngliche\ nachricht | messaggio\ originale
      | izvirno\ spor | prvotno\ spor | izvorna\ poruka | eredeti\ [üu]zenet
      )
    | content-type:\ *(?:message/rfc822|text/rfc822-headers|message/global)
    | (?:received|dkim-signature|x-received|return-path|arc-seal):[ \t]
    )"""
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
                [ \t]{0,8}(?::|\.\.\.|\(|$)""",
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
            r"""(?:generated[ ](?:from|by)|expanded[ ]from|was[ ]addressed[ ]to)
                [: \t]{1,8}ADDRESS""",
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

#: "(expanded from: <a@b>)": the address before the local alias (Sendmail, Postfix)
ALIAS = _shape(r"\((?:expanded|generated)[ \t]from:?\s{1,8}ADDRESS\)")
