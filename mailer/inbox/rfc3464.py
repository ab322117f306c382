"""
Read delivery status notifications (RFC 3464), and fields like theirs elsewhere.

Many systems put the fields into a part of another type, or into the text; so
the fields are read wherever a line begins like one.
Why the delivery failed is decided in `mailer.inbox.reason`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mailer.inbox.fate import Action, Fate, address_in

if TYPE_CHECKING:
    from collections.abc import Iterator

#: parts that hold the fields; RFC 6533 for "global", the last one from XWall
STATUS_TYPES = frozenset(
    {
        "message/delivery-status",
        "message/global-delivery-status",
        "message/xdelivery-status",
    }
)

_FIELD = re.compile(
    r"(?im)^[ \t]{0,8}(final-recipient|original-recipient|x-actual-recipient|action"
    r"|status|diagnostic-code|x-supplementary-info|x-powermta-bouncecategory)"
    r"[ \t]*:[ \t]*"
    r"(.*(?:\n(?:[ \t]+\S.*|\d{3}[ -].*))*)"  # Exchange forgets to indent
)
_COMMENT = re.compile(r"\(([^()]{4,400}+)\)")
_BLOCK_END = re.compile(r"\n[ \t]*\n")
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")

#: the first word of Action → meaning
_ACTIONS = {
    "failed": Action.FAILED,  # RFC 3464, section 2.3.3, as the next four
    "delayed": Action.DELAYED,
    "delivered": Action.DELIVERED,
    "relayed": Action.DELIVERED,
    "expanded": Action.DELIVERED,
    "failure": Action.FAILED,  # James, old Exchange connectors
    "expired": Action.FAILED,  # amavis, MDaemon
    "undeliverable": Action.FAILED,
    "deliverable": Action.DELIVERED,  # Sendmail's and Postfix's probe (sendmail -bv)
    "delay": Action.DELAYED,
}


def read_fields(text: str) -> tuple[Fate, ...]:
    """Return the fates which DSN fields in `text` name, one for each recipient."""
    fates: dict[str, Fate] = {}
    for block in _blocks(text):
        fate = _fate(block)
        # Exchange repeats a recipient; the first block says most.
        if fate and fate.address not in fates:
            fates[fate.address] = fate
    return tuple(fates.values())


def original_envelope_ids(text: str) -> list[str]:
    """Return the Original-Envelope-Id fields: our own ENVID (RFC 3461, 4.4)."""
    return re.findall(r"(?im)^original-envelope-id[ \t]*:[ \t]*(\S.*)", text)


def _blocks(text: str) -> Iterator[dict[str, str]]:
    """Yield the fields of each recipient; names in lower case."""
    fields: dict[str, str] = {}
    end = 0
    for found in _FIELD.finditer(text):
        name, value = found.group(1).lower(), found.group(2).strip()
        between = text[end : found.start()]
        is_next = name in fields or (
            "final-recipient" in fields and _BLOCK_END.search(between) is not None
        )
        if fields and is_next:
            yield fields
            fields = {}
        fields[name] = value
        end = found.end()
    if fields:
        yield fields


def _fate(fields: dict[str, str]) -> Fate | None:
    """Return what one block of fields says; `None` if it names no fate at all."""
    final = address_in(fields.get("final-recipient", ""))
    # The address we mailed; Final-Recipient may be behind a forwarding we know
    # nothing of (RFC 3464, section 2.3.1).
    address = address_in(fields.get("original-recipient", "")) or final
    address = address or address_in(fields.get("x-actual-recipient", ""))
    status = _STATUS.search(fields.get("status", ""))
    word = re.match(r"\W*(\w+)", fields.get("action", "").lower())
    action = _ACTIONS.get(word.group(1)) if word else None
    if action is None:
        if not (status and (address or "diagnostic-code" in fields)):
            return None
        action = _BY_CLASS[status.group(1)[0]]
    said = [
        fields.get("diagnostic-code", ""),
        "" if status else fields.get("status", ""),  # a reply, where a code should be
        fields.get("x-supplementary-info", ""),  # Exim behind Microsoft
        fields.get("x-powermta-bouncecategory", ""),
        # Sun and X.400 gateways give the reason as a comment.
        *_COMMENT.findall(fields.get("status", "")),
        *_COMMENT.findall(fields.get("action", "")),
    ]
    text = "\n".join(" ".join(one.split()) for one in said if one)
    return Fate(address, action, status.group(1) if status else "", text)


#: what a block means that has a Status but no Action (RFC 3463, section 2)
_BY_CLASS = {"2": Action.DELIVERED, "4": Action.DELAYED, "5": Action.FAILED}
