"""Replies, absence notes and receipts: who wrote it, a person or a program."""

from __future__ import annotations

import pytest
from incoming import a_mail, a_reply

from mailer.inbox.classify import classify
from mailer.model.incoming import IncomingKind


@pytest.mark.parametrize(
    "subject",
    [
        "Samodejni odgovor: Vabilo",
        "Avtomatski odgovor: Vabilo",
        "Odsotnost",
        "Odsotna do 3. 5. 2019",
        "Potrdilo o prejemu",
        "Automatische Antwort: Vabilo",
        "Abwesenheitsnotiz",
        "Eingangsbestätigung: Vabilo",
        "Risposta automatica: Vabilo",
        "Fuori ufficio: Vabilo",
        "Automatikus válasz: Vabilo",
        "Házon kívül",
        "Automatski odgovor: Vabilo",
        "Potvrda primitka",
        "Automatic reply: Vabilo",
        "Out of Office: Vabilo",
        "AUTO: Ana Vzorec is out of the office",
        "Odg: Samodejni odgovor: Vabilo",
    ],
)
def test_subjects_that_only_programs_write(subject):
    """The prefix of the subject proves an automatic response, in any language."""
    assert IncomingKind.AUTO_REPLY is classify(a_mail("…", Subject=subject)).kind


@pytest.mark.parametrize(
    "fields",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-replied (vacation)"},
        {"X_Autoreply": "yes"},
        {"Precedence": "auto_reply"},
        {"X_Apple_Action": "VACATION/1"},
        {"X_MS_Exchange_Inbox_Rules_Loop": "obcina@kamnica.example"},
        {"Return_Path": "<>"},
    ],
    ids=str,
)
def test_header_fields_that_only_programs_write(fields):
    """RFC 3834 and what is seen instead of it."""
    found = classify(a_reply("Trenutno me ni.", **fields))

    assert IncomingKind.AUTO_REPLY is found.kind


@pytest.mark.parametrize(
    "fields",
    [
        {"Auto_Submitted": "no"},
        {"X_Auto_Response_Suppress": "All"},
        {"Subject": "Odsotnost župana na konferenci"},
        {"Precedence": "bulk"},
    ],
    ids=str,
)
def test_what_proves_nothing(fields):
    """Exchange writes X-Auto-Response-Suppress on a person's mail too."""
    found = classify(a_reply("Pridemo.", **fields))

    assert IncomingKind.REPLY is found.kind


@pytest.mark.parametrize(
    "text",
    [
        "župan bo takrat odsoten, zato se konference ne bomo udeležili",
        "Na dopustu je kolegica, ki bi izpolnila obrazec.",
        "Ich bin im Urlaub, antworte danach.",
    ],
)
def test_words_of_absence_in_the_body_are_a_persons(text):
    """Only header and subject prove a program."""
    found = classify(a_reply(text))

    assert (IncomingKind.REPLY, text) == (found.kind, found.text)


def test_a_program_that_was_not_asked_is_other():
    """A quota warning is no answer to us."""
    raw = a_mail("Opozorilo", Auto_Submitted="auto-generated")

    assert IncomingKind.OTHER is classify(raw).kind


def test_a_read_receipt_is_other():
    """Somebody's program opened it: nobody answered (RFC 8098)."""
    kind = 'multipart/report; report-type=disposition-notification; boundary="b"'
    raw = a_mail(
        "--b\n\nPrebrano\n--b--", Subject="Prebrano: Vabilo", Content_Type=kind
    )

    assert IncomingKind.OTHER is classify(raw).kind


@pytest.mark.parametrize(
    "quotation",
    [
        "Dne 8. 4. 2019 ob 9.00 je Pisarna <p@posiljatelj.example> napisal(a):\n> 1",
        "V pon., 8. apr. 2019 je oseba Pisarna\n<p@posiljatelj.example> napisala:\n> 1",
        "Od: Pisarna <p@x.example>\nPoslano: 8. april 2019\nZa: x\nZadeva: V\n1",
        "-----Izvirno sporočilo-----\n1",
        "-----Original Message-----\n1",
        "Am 08.04.2019 um 09:00 schrieb Pisarna:\n> 1",
        "Il giorno lun 8 apr 2019 alle ore 09:00 Pisarna ha scritto:\n> 1",
        "Pisarna <p@posiljatelj.example> ezt írta (időpont: 2019. ápr. 8.):\n> 1",
        "Dana 8. 4. 2019. u 9:00 Pisarna je napisao:\n> 1",
        "On Mon, 8 Apr 2019 at 09:00, Pisarna wrote:\n> 1",
        "________________________________\nFrom: Pisarna\nSent: Monday\n1",
        "> 1\n> 2",
    ],
)
def test_the_quotation_is_cut_off(quotation):
    """What we wrote ourselves is not the answer."""
    found = classify(a_reply(f"Pridemo.\n\n{quotation}\n"))

    assert "Pridemo." == found.text


def test_an_html_reply_is_read_as_text():
    """Tags, styles and scripts are not what a person wrote."""
    html = "<style>p{}</style><p>Pridemo.<br>Lep&nbsp;pozdrav</p><script>x()</script>"
    found = classify(a_reply(html, Content_Type="text/html; charset=utf-8"))

    assert "Pridemo.\nLep pozdrav" == found.text


def test_windows_1250_is_read_even_if_mislabelled():
    """Šumniki survive a wrong charset."""
    raw = a_reply("Pridemo, župan.", Content_Type="text/plain; charset=x-evil")
    raw = raw.decode().encode("cp1250")

    assert "Pridemo, župan." == classify(raw).text


def test_sender_and_subject_are_decoded():
    """The header is one line of text, the address in lower case."""
    found = classify(
        a_reply(
            "Da.",
            From="=?utf-8?Q?Ob=C4=8Dina?= <Obcina@Kamnica.Example>",
            Subject="=?utf-8?B?T2RnOiDFoGU=?=\n =?utf-8?Q?_nekaj?=",
        )
    )

    assert ("obcina@kamnica.example", "Odg: Še nekaj") == (found.sender, found.subject)
