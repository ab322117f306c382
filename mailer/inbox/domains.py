"""
Domains that say nothing about whose address it is: anybody may have one there.

A municipality's own domain does; which those are, the lists of recipients say.
"""

from __future__ import annotations

#: providers of mailboxes for everybody, in the country and around it
_PROVIDERS = frozenset(
    {
        # Slovenia
        *("siol.net", "t-2.net", "amis.net", "volja.net", "email.si", "gmx.si"),
        *("telemach.net", "triera.net", "guest.arnes.si", "arnes.si", "hotmail.si"),
        # everywhere
        *("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com"),
        *("msn.com", "yahoo.com", "ymail.com", "icloud.com", "me.com", "mac.com"),
        *("aol.com", "gmx.com", "mail.com", "proton.me", "protonmail.com", "pm.me"),
        *("fastmail.com", "zoho.com", "tutanota.com", "yandex.com", "hey.com"),
        # Austria, Germany, Italy, Hungary, Croatia
        *("gmx.at", "gmx.de", "gmx.net", "web.de", "t-online.de", "freenet.de"),
        *("aon.at", "chello.at", "outlook.de", "yahoo.de", "libero.it", "virgilio.it"),
        *("tiscali.it", "alice.it", "tin.it", "hotmail.it", "yahoo.it", "outlook.it"),
        *("freemail.hu", "citromail.hu", "t-online.hu", "indamail.hu"),
        *("net.hr", "inet.hr", "email.t-com.hr", "t-com.hr", "yahoo.co.uk"),
    }
)


def is_for_everybody(domain: str) -> bool:
    """Tell whether anybody may have an address at `domain` (lower case)."""
    return domain in _PROVIDERS
