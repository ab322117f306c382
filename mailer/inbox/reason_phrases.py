"""
What servers say, and what it means: phrases → reasons.

Tables only; `mailer.inbox.reason` reads them.
A row is a reason (the word other tools use for it too, Sisimai's vocabulary)
and where its phrases were seen; below it, indented, the phrases, between bars.
They are asked in order and the first hit wins: what is specific and often
disguised (a full mailbox reported as »unknown«) stands before what is general.
Text is folded before: lower case, no diacritics, spaces squeezed.
"""

from __future__ import annotations

PHRASES = """\
authfailure: Google, Microsoft and Yahoo about the sender's authentication
    dmarc | unauthenticated email | unauthenticated mail | spf check
    spf record with | spf fail | spf validation | sender policy framework | dkim
    authentication checks failed | does not pass authentication
    authentication information | not authorized to send mail | openspf.
    permitted sender
networkerror: resolvers that got no answer; not »no such domain«
    host not found, try again | try again: host not found
    temporary failure in name resolution
requireptr: Postfix, Exim, big providers: the sender's IP has no name
    dns ptr | reverse dns | ptr record | rdns | cannot find your hostname
    cannot find your reverse | reverse hostname | no ptr | ip name lookup
mailboxfull: many; quotas come disguised as 5.1.1 and 5.0.0
    usage exceeded | mailbox full | mailbox is full | mailbox was full | over quota
    overquota | over the allowed quota | over the maximum allowed | quota exceeded
    exceeded quota | exceeded its quota | exceeds quota | exceeded storage
    exceeds allowed size | exceed mailbox quota | exceed the quota
    exceeding the quota | quota violation | quota limit | quota full | quota is full
    quota error | disk quota | diskspace quota | mail quota | exceeded his quota
    exceeded mailbox | exceeded the maximum mailbox | too much mail stored
    too much mail data | out of storage space | insufficient space to store
    not enough storage space | not enough space in | not enough disk space
    storage quota | storage limit | inbox is full | account is full | folder is full
    is full ( | has exceeded | mailbox size limit | maximum mailbox size
    user is over | recipient is over | message store full | mail store full
    maildir over | mbox full | quota de
mailboxfull: Spanish
    buzon lleno | casilla llena | excedio
mailboxfull: Portuguese
    caixa postal cheia
mailboxfull: German
    postfach voll | postfach ist voll | kontingent uberschritten | speicherplatz
mailboxfull: Italian
    casella piena | spazio esaurito
mailboxfull: Hungarian
    a postafiok megtelt | postafiok betelt
mailboxfull: Croatian
    sanducic je pun
mailboxfull: Croatian, Slovenian
    prekoracena kvota
mailboxfull: Slovenian
    presezena kvota | predal je poln | poln predal | nabiralnik je poln
mailboxfull: French
    boite pleine | boite aux lettres pleine
mailboxfull: Polish
    skrzynka jest pelna
mailboxfull: Japanese carriers
    メールボックスが一杯
suspend: Yahoo, AOL, Gmail, hosters: switched off, perhaps for a while
    disabled recipient | is deactivated | deactivated mailbox | is inactive
    account is blocked | account blocked | expirado por falta de uso
    account has been disabled | account is disabled | account disabled
    account that you tried to reach is disabled | account suspended
    account is suspended | account is temporarily suspended | account temporarily
    account inactive | account is not active | account not active
    account deactivated | account locked | account expired | account closed
    mailbox disabled | mailbox is disabled | mailbox temporarily disabled
    mailbox currently suspended | mailbox is frozen | mailbox locked
    has been suspended | user suspended | user is suspended | inactive account
    inactive mailbox | inactive user | recipient suspended | recipient inactive
    disabled or discontinued | is currently disabled
suspend: La Poste
    boite du destinataire archivee | vacationing
hasmoved: Symantec gateway, Sendmail
    has moved | address has changed | has been replaced by | no longer on server
mesgtoobig: Sendmail, Postfix, Exim, Exchange, 1&1
    class=size limit | message size exceeded | max message size | message too big
    message too large | message is too big | message is too large
    message size exceeds | message exceeds | message length exceeds
    exceeded maximum inbound message size | exceeds size limit
    exceeds maximum size | exceeds fixed maximum | message size limit
    maximum message size | larger than | too big for this host | size limit exceeded
mesgtoobig: Slovenian
    sporocilo je preveliko
mesgtoobig: German
    nachricht ist zu gross
norelaying: Sendmail, Postfix, qmail, Exchange
    insecure mail relay | not configured to relay
    not verified. the following identities | relaying denied | relay access denied
    relay denied | relay not permitted | relaying not allowed
    relaying not permitted | relaying is not allowed | relay prohibited
    relaying prohibited | unable to relay | not permitted to relay
    not allowed to relay | not a gateway | no relaying | relay is not allowed
    we do not relay | relaying mail to | in my list of allowed rcpthosts
    not local host | not in my list | open relay
policyviolation: Gmail about attachments
    content presents a potential | blocked because its content
spamdetected: KT, Yahoo about patterns
    spam pattern | spam contents
blocked: DNS block lists, whose names contain »spam«
    blocked using | blocked by using | client host | spamcop.net | spamhaus
    listed at | listed in dnsbl
virusdetected: ClamAV, MessageLabs, McAfee
    virus | malware | worm | trojan
spamdetected: SpamAssassin, Barracuda, Symantec, Exchange
    unsolicited | junk mail | ube, id | bulk email | bulk mail | blacklisted url
    blacklisted link | listed in surbl | in uribl | message content rejected
    message filtered | likely suspicious | this message scored
    denied due to content | message refused by | rejected due to content | spam
badreputation: Yahoo, Cisco
    reputation | unexpected volume or user complaints
toomanyconn: Sendmail, Postfix, Apple
    connection rate limit | too many recipients | too many connections
    too many concurrent | too many sessions | connection limit
    concurrent connections | connections from your | max connections
    all available ips
speeding: Gmail, Yahoo, Postfix
    rate limit | too many messages | too many recipients this hour
    receiving mail at a rate | mail rate | try again slower | throttl | too fast
exceedlimit: Exchange
    sendsizelimit | message header size | exceeded the maximum number
blocked: Exim, Postfix, Exchange Online, GMX about the sender's host
    use the smtp server of your | not accepting connections | service refuse
    blacklist | block list | blocklist | is blocked | was blocked | been blocked
    blocked by | banned | dnsbl | barracudacentral | cbl.abuseat | sorbs
    client address | your ip | sending ip | ip address | connection refused by
    connection dropped | connection rejected | go away | refused to talk to me
    invalid ip | host refused | bad helo | helo command rejected | invalid helo
    connections not accepted | your server | your host | your network | dynamic ip
    dialup
systemfull: Sendmail, Postfix
    no space left | system storage | mail system full | insufficient disk space
    disk full
failedstarttls: Postfix, Gmail
    starttls | tls required | support tls | encryption needed | tls is required
securityerror: Sendmail, SES, Exchange
    unauthenticated senders | authentication required | authentication failed
    authentication credentials | authentication turned on
    recipient refused to accept your mail | sender was rejected due to security
    insufficient permission | verification failed | not authenticated
    must authenticate | smtp auth
hostunknown: Sendmail, Postfix, Exim, qmail
    host unknown | unknown host | host not found | name or service not known
    domain does not exist | domain not found | domain name not found
    domain is not found | domain must exist | domain that does not exist
    no such domain | no such host | invalid domain | unknown domain
    unrouteable address | couldn't find any host | could not find any host
    dns server returned answer with no data | illegal host
    mail domain mentioned in email address is unknown
    all relevant mx records point to non-existent hosts | host name is unknown
    unresolvable | domain is not valid
hostunknown: Slovenian
    domena ne obstaja
hostunknown: German
    domain existiert nicht
notaccept: RFC 7505, qmail, GMX
    mail exchanger or ip address | does not accept mail | do not accept mail
    doesn't accept mail | does not receive mail | null mx | nullmx | no smtp service
    not accept any mail | smtp protocol returned a permanent error 556
    host does not accept
userunknown: Postfix
    recipient address rejected: access denied | mail-box not found | badrcptto
    delivery userid | n'existe pas | is not a member | user unknown | unknown user
    user not found | user doesn't exist | user not exist | user is unknown
    user is not found | user not known | no such user | no such mailbox
    no such recipient | no such address | no such account | no such person
    no mailbox here by that name | no mailbox by that name | no mailbox found
    no account by that name | no local mailbox | no valid recipients | no recipient
    no user | mailbox not found | mailbox doesn't exist | mailbox unknown
    mailbox invalid | mailbox not known | unknown mailbox | unknown recipient
    unknown account | unknown local part | unknown local-part
    unknown or illegal alias | invalid mailbox | invalid address | invalid recipient
    invalid user | invalid account | bad destination mailbox address
    bad destination email address | bad recipient | bad address | address unknown
    addressee unknown | address not found | address doesn't exist | address is wrong
    address not exist | address is not valid | address not valid
    addresses were unknown | address not present | address is unknown
    address not known | address wasn't found | email address wasn | wasn't found at
    wasnt found at | address couldn't be found | address could not be found
    address is invalid | address had permanent | recipient unknown
    recipient not found | recipient not exist | recipient is unknown
    recipient not known | recipient name is not recognized
    recipient is not recognized | recipient address not | recipientnotfound
    recipient is invalid | recipient is not local | not listed in | not a valid user
    not a valid mailbox | not a valid recipient | not a known user
    not a registered | e-mail users | doesn't have a | does not have a
    does not exist | email account that you tried to reach does not | is not known
    there is no one at this address | unknown virtual user | undeliverable address
    unable to chdir to maildir | can't find mailbox | cannot find mailbox
    mailbox unavailable | account not found | account not known | account not exist
    nosuchuser | rejected: nouser | unavailable: user | user (
    employee no longer | no longer works | no longer employed | no longer valid
    no longer in use | no longer available | no longer exists | no longer an active
userunknown: Spanish
    usuario desconocido | usuario inexistente | no existe
userunknown: Portuguese
    destinatario desconhecido | nao existe
userunknown: French
    utilisateur inconnu | adresse inconnue
    adresse d au moins un destinataire invalide
userunknown: German
    empfanger unbekannt | unbekannter empfanger | existiert nicht
userunknown: Italian
    utente sconosciuto | indirizzo inesistente
userunknown: Hungarian
    ismeretlen cimzett | nem letezik
userunknown: Croatian
    nepoznat primatelj | korisnik ne postoji
userunknown: Slovenian
    naslov ne obstaja | naslovnik ne obstaja | uporabnik ne obstaja
    nabiralnik ne obstaja | predal ne obstaja | neznan prejemnik | neznan naslovnik
    neznan uporabnik
userunknown: Japanese carriers
    メールアドレスが見つかりません
networkerror: Sendmail, Postfix, qmail, OpenSMTPD
    too many hops | hop count | mail loop | loops back to myself | loop detected
    message is looping | message looping | routing loop | mail forwarding loop
    network error | name service error | unrouteable mail domain | no route to host
    unable to connect | could not connect | can't connect | connection refused
    establish an smtp connection | connection to mail exchanger failed
    mail exchangers failed | network is unreachable | host is unreachable
    host unreachable | dns error | connection lost | connection reset
    lost connection | no relevant answers | all routes to | no mx found | dns loop
    too many received
expired: Exim, qmail, DragonFly, Gmail
    retry time not reached | delivery time expired | delivery expired
    envelope expired | message expired | queue too long | too long in queue
    timed out | time-out | timeout | giving up | given up | maximum queue
    maximum time in queue | could not deliver for the last | has been in the queue
    delivery attempts | multiple retries | failed 20 attempts | retries exceeded
    not been collected after | been delayed | is delayed | will be retried
    did not accept our requests to connect | connection expired
    failing for a long time | on the queue on | undeliverable for
    could not send message for past | connection timed
policyviolation: Exchange, Mimecast, AOL
    protocol violation | mass mailer | network not allowed | policy | attachment
    content rejected | header error | prohibited | not accepting mail with
    denied by | forbidden | rule imposed
rejected: Sendmail, Postfix, Google Groups about the sender
    groups.google.com/support | customfromdenied | misconfigured or out of date
    sender rejected | sender denied | sender verify failed | sender domain
    sender address | sender is not | rejected sender
    address rejected : access denied | mail from | return path | may not exist
    not have permission to post | not permitted to post | closed mailing list
    you are not allowed to | not allowed to send | not authorized
    not on the access list | does not accept messages from
    due to extended inactivity new mail
filtered: Exim, Facebook, docomo
    requested action not taken | rejected by the recipient
    mailbox is not available | user reject | refused by recipient
    because the recipient is only accepting mail from specific
    permanent failure for one or more recipients | not accepting
contenterror: Sendmail, Postfix, Amavis
    headers too large | invalid header | malformed | improper use of 8-bit
    8-bit data in message header | mime error | bare lf | bare newline
    conversion error | missing header | rfc 5322 | rfc 2822 | rfc2822
mailererror: Exim, Postfix, Sendmail: a program got the message
    pipe to | command failed | command died | unix mailer | procmail
    mailer error | exit code | exit status | child status | x-unix | returned error
    command time limit exceeded | permission denied
systemerror: Exim, Postfix, Sun
    transaction failed | no adequate servers | local delivery failed | local error
    configuration error | internal error | internal software error | system error
    i/o error | can't create | cannot create | could not load | temporary failure
    temporary local problem | resources temporarily unavailable
    service unavailable | timeout waiting for input | lmtp transmission failure
    input/output error | out of memory | server error
syntaxerror: RFC 5321
    syntax error | command unrecognized | unrecognized command
    command not recognized | bad sequence | command not implemented
"""

#: words that say little; asked only when neither text nor status says more
VAGUE = """\
userunknown: Postfix, AOL
    recipient address rejected | address rejected
rejected: everybody
    rejected | denied | refused
"""
