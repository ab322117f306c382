"""
Ask the world's DNS what it says of the office's domains.

Whether bounces can come back (MX, RFC 5321, section 5.1), whether the relay may
send in our name (SPF, RFC 7208), whether our signatures can be verified (DKIM,
RFC 6376), and what becomes of mail that fails both (DMARC, RFC 7489).
What cannot be asked is skipped, with the reason.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

import dns.exception
import dns.resolver
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mailer.model.domain import are_aligned
from mailer.operations.examine import Finding, Health, well
from mailer.settings import is_reserved

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailer.operations.office import Office
    from mailer.rendering.dkim import Signer

_SPF = re.compile(r"v=spf1(?: |$)", re.IGNORECASE)
SECONDS = 5.0  #: for one question


class _NotToBeHadError(Exception):
    """There is no DNS here, or it does not answer."""


class Dns:
    """
    Asks questions.

    Args:
        servers: Addresses; none are those of the system.
        port: At which they listen.
    """

    def __init__(self, servers: tuple[str, ...] = (), port: int = 53) -> None:
        try:
            self._resolver = dns.resolver.Resolver(configure=not servers)
        except dns.resolver.NoResolverConfiguration:
            self._resolver = dns.resolver.Resolver(configure=False)
        if servers:
            self._resolver.nameservers = list(servers)
            self._resolver.port = port
        self._resolver.lifetime = SECONDS

    def texts(self, name: str) -> list[str]:
        """Return the TXT records of a name, each in one piece."""
        return [
            b"".join(one.strings).decode("utf-8", "replace")
            for one in self._ask(name, "TXT")
        ]

    def mail_hosts(self, name: str) -> list[str]:
        """Return where mail to a domain goes; "." is nowhere (RFC 7505)."""
        found = [one.exchange.to_text() for one in self._ask(name, "MX")]
        for kind in ("A", "AAAA"):
            found = found or [one.to_text() for one in self._ask(name, kind)]
        return found

    def _ask(self, name: str, kind: str) -> list[Any]:
        try:
            return list(self._resolver.resolve(name, kind, search=False))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.DNSException as error:
            raise _NotToBeHadError(str(error) or type(error).__name__) from None


def examine_dns(office: Office, resolver: Dns) -> Iterator[Finding]:
    """Yield what DNS says of the domains that the office writes in the name of."""
    sender = office.settings.sender
    from_domain = sender.address.rpartition("@")[2].lower()
    bounce_domain = sender.bounce_domain.lower()
    if is_reserved(sender.address) or is_reserved(f"@{bounce_domain}"):
        said = f"{from_domain} and {bounce_domain} are for examples"
        yield Finding("DNS", Health.SKIPPED, said)
        return
    try:
        for domain in dict.fromkeys((from_domain, bounce_domain)):
            yield _mx(resolver, domain)
        yield _spf(resolver, bounce_domain)
        yield _dkim(resolver, office.signer, from_domain)
        yield _dmarc(resolver, from_domain)
    except _NotToBeHadError as error:
        yield Finding("DNS", Health.SKIPPED, f"no answer: {error}")


def _mx(resolver: Dns, domain: str) -> Finding:
    hosts = resolver.mail_hosts(domain)
    if not hosts or hosts == ["."]:
        said = f"{domain} takes no mail: what comes back is lost"
        return Finding("MX", Health.FAIL, said, f"publish an MX record for {domain}")
    return well("MX", f"{domain}: {', '.join(sorted(hosts))}")


def _spf(resolver: Dns, domain: str) -> Finding:
    """Look at the record that receivers ask for: that of the reverse path's domain."""
    found = [
        one
        for one in resolver.texts(domain)
        if re.match(r"v=spf1(?: |$)", one, re.IGNORECASE)
    ]
    publish = f'publish one TXT record "v=spf1 … -all" for {domain}'
    if not found:
        return Finding("SPF", Health.WARN, f"{domain} has none", publish)
    if len(found) > 1:  # RFC 7208, section 4.5: permerror
        said = f"{domain} has {len(found)} records: receivers take none"
        return Finding("SPF", Health.FAIL, said, publish)
    if re.search(r"\s\+?all\b", found[0], re.IGNORECASE):
        said = f"{domain}: everybody may send in its name"
        return Finding("SPF", Health.WARN, said, "end the record with -all or ~all")
    return well("SPF", f"{domain}: {found[0]}")


def _dkim(resolver: Dns, signer: Signer | None, from_domain: str) -> Finding:
    if signer is None:
        said = "[dkim] names no key: the relay has to sign"
        return Finding("DKIM", Health.SKIPPED, said)
    name = f"{signer.selector}._domainkey.{signer.domain}"
    wanted = _public(signer)
    fix = f'publish a TXT record "v=DKIM1; k={_kind(signer)}; p={wanted}" at {name}'
    found = resolver.texts(name)
    if not found:
        return Finding("DKIM", Health.FAIL, f"no key at {name}", fix)
    published = [re.sub(r"\s", "", one).partition("p=")[2] for one in found]
    if not any(one.partition(";")[0] == wanted for one in published):
        return Finding("DKIM", Health.FAIL, f"another key is at {name}", fix)
    if not are_aligned(signer.domain, from_domain):
        said = f"d={signer.domain} is not the domain in From, {from_domain}"
        fix = "sign with the sender's domain (RFC 7489, section 3.1.1)"
        return Finding("DKIM", Health.WARN, said, fix)
    return well("DKIM", f"our key is at {name}")


def _dmarc(resolver: Dns, domain: str) -> Finding:
    """Look at the domain, then at those above it, as RFC 7489, section 6.6.3, does."""
    name = domain
    while "." in name:
        found = [
            one
            for one in resolver.texts(f"_dmarc.{name}")
            if one.lower().startswith("v=dmarc1")
        ]
        if len(found) == 1:
            return well("DMARC", f"_dmarc.{name}: {found[0]}")
        if found:
            said = f"_dmarc.{name} has {len(found)} records: receivers take none"
            return Finding("DMARC", Health.WARN, said, "leave one")
        name = name.partition(".")[2]
    fix = f'publish "v=DMARC1; p=none; rua=mailto:…" at _dmarc.{domain}'
    return Finding("DMARC", Health.WARN, f"{domain} has none", fix)


def _public(signer: Signer) -> str:
    """Return what p= has to be (RFC 6376, section 3.6.1; RFC 8463, section 4)."""
    key = signer.key.public_key()
    if isinstance(signer.key, RSAPrivateKey):
        octets = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    else:
        octets = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return base64.b64encode(octets).decode()


def _kind(signer: Signer) -> str:
    return "rsa" if isinstance(signer.key, RSAPrivateKey) else "ed25519"
