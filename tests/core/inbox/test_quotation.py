"""What a person wrote anew, in the quoting styles of many mail programs."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.inbox.quotation import has_quotation, without_quotation, without_signature

LETTER = """\
Spoštovani,

Odgovor: 2
1 – vključitev v model kakovosti
Prosimo vas za odgovor do 3. maja 2019.

Lep pozdrav
Pisarna za sodelovanje"""

#: how programs say whose message follows, in six languages
INTRODUCTIONS = {
    "gmail sl": "V V sre., 8. maj 2019 ob 10:00 je oseba Pisarna za sodelovanje <"
    "pisarna@posiljatelj.example> napisala:",
    "gmail de": "Am Mi., 8. Mai 2019 um 10:00 Uhr schrieb Pisarna za sodelovanje <"
    "pisarna@posiljatelj.example>:",
    "gmail it": "Il giorno mer 8 mag 2019 alle ore 10:00 Pisarna za sodelovanje <"
    "pisarna@posiljatelj.example> ha scritto:",
    "gmail hu": "Pisarna za sodelovanje <pisarna@posiljatelj.example> ezt írta "
    "(időpont: 2019. máj. 8., Sze, 10:00):",
    "gmail hr": "sri, 8. svi 2019. u 10:00 Pisarna za sodelovanje <"
    "pisarna@posiljatelj.example> napisao je:",
    "gmail en": "On Wed, May 8, 2019 at 10:00 AM Pisarna za sodelovanje <"
    "pisarna@posiljatelj.example> wrote:",
    "thunderbird sl": "Pisarna za sodelovanje je 8. 05. 2019 ob 10:00 napisal(a):",
    "thunderbird sl, of old": "Dne 8.5.2019 10:00, piše Pisarna za sodelovanje:",
    "thunderbird de": "Am 08.05.2019 um 10:00 schrieb Pisarna za sodelovanje:",
    "thunderbird it": "Il 08/05/2019 10:00, Pisarna za sodelovanje ha scritto:",
    "thunderbird hu": "2019. 05. 08. 10:00 keltezéssel, Pisarna írta:",
    "thunderbird hr": "Dana 08. 05. 2019. u 10:00, Pisarna je napisao/la:",
    "thunderbird en": "On 08/05/2019 10:00, Pisarna za sodelovanje wrote:",
    "apple sl": "Dne 8. maj 2019, ob 10:00, je Pisarna za sodelovanje "
    "<pisarna@posiljatelj.example> napisal(a):",
    "apple de": "Am 08.05.2019 um 10:00 schrieb Pisarna za sodelovanje "
    "<pisarna@posiljatelj.example>:",
    "apple it": "Il giorno 8 mag 2019, alle ore 10:00, Pisarna za sodelovanje "
    "<pisarna@posiljatelj.example> ha scritto:",
    "apple hu": "2019. máj. 8. dátummal, 10:00 időpontban Pisarna "
    "<pisarna@posiljatelj.example> írta:",
    "apple hr": "Dana 8. svi 2019., u 10:00, Pisarna za sodelovanje "
    "<pisarna@posiljatelj.example> napisao je:",
    "yahoo de": "Am Mittwoch, 8. Mai 2019 um 10:00:00 MESZ hat Pisarna "
    "<pisarna@posiljatelj.example> Folgendes geschrieben:",
    "notes en": '"Pisarna za sodelovanje" wrote on 08.05.2019 10:00:00:',
}

#: how programs begin a quotation whose lines they leave as they are
BLOCKS = {
    "outlook sl": "Od: Pisarna za sodelovanje <pisarna@posiljatelj.example>\n"
    "Poslano: sreda, 08. maj 2019 10:00\nZa: obcina@kamnica.example\n"
    "Zadeva: Kakovost v občinskih upravah\n",
    "outlook de": "Von: Pisarna <pisarna@posiljatelj.example>\n"
    "Gesendet: Mittwoch, 8. Mai 2019 10:00\nAn: obcina@kamnica.example\n"
    "Betreff: Kakovost\n",
    "outlook it": "Da: Pisarna <pisarna@posiljatelj.example>\n"
    "Inviato: mercoledì 8 maggio 2019 10:00\nA: obcina@kamnica.example\n"
    "Oggetto: Kakovost\n",
    "outlook hu": "Feladó: Pisarna <pisarna@posiljatelj.example>\n"
    "Elküldve: 2019. május 8., szerda 10:00\nCímzett: obcina@kamnica.example\n"
    "Tárgy: Kakovost\n",
    "outlook hr": "Šalje: Pisarna <pisarna@posiljatelj.example>\n"
    "Poslano: srijeda, 8. svibnja 2019. 10:00\nPrima: obcina@kamnica.example\n"
    "Predmet: Kakovost\n",
    "outlook en": "From: Pisarna <pisarna@posiljatelj.example>\n"
    "Sent: Wednesday, 8 May 2019 10:00\nTo: obcina@kamnica.example\n"
    "Subject: Kakovost\n",
    "outlook 2003 sl": "-----Izvirno sporočilo-----\nOd: Pisarna\n",
    "outlook 2003 de": "-----Ursprüngliche Nachricht-----\nVon: Pisarna\n",
    "outlook 2003 it": "-----Messaggio originale-----\nDa: Pisarna\n",
    "outlook 2003 hu": "-----Eredeti üzenet-----\nFeladó: Pisarna\n",
    "outlook 2003 hr": "-----Izvorna poruka-----\nŠalje: Pisarna\n",
    "outlook 2003 en": "-----Original Message-----\nFrom: Pisarna\n",
    "outlook on the web": "________________________________\nOd: Pisarna\n"
    "Poslano: sreda, 08. maj 2019 10:00\n",
    "outlook, bold": "*Od:* Pisarna\n*Poslano:* sreda\n*Za:* Občina\n",
    "samsung": "-------- Izvirno sporočilo --------\nOd: Pisarna\n"
    "Datum: 8. 05. 2019 10:00 (GMT+01:00)\nZa: obcina@kamnica.example\n"
    "Zadeva: Kakovost\n",
    "groupwise": '>>> "Pisarna" <pisarna@posiljatelj.example> 8.5.2019 10:00 >>>\n',
    "notes": "Od: Pisarna\nZa: obcina@kamnica.example\nDatum: 08.05.2019 10:00\n",
    "forwarded": "---------- Forwarded message ---------\nFrom: Pisarna\n",
    "a date and an address": "2019-05-08 10:00 GMT+02:00 Pisarna "
    "<pisarna@posiljatelj.example>:\n",
    "gmail without marks": INTRODUCTIONS["gmail sl"] + "\n",
}


def marked(text, mark="> "):
    return "\n".join(f"{mark}{line}".rstrip() for line in text.split("\n"))


def each(styles):
    return pytest.mark.parametrize("style", styles.values(), ids=styles.keys())


@each(INTRODUCTIONS)
def test_an_answer_above_marked_lines(style):
    """The introduction goes, too, also where the program broke it into lines."""
    broken = "\n".join(textwrap.wrap(style, 64))
    quoted = marked(LETTER)

    assert "3" == without_quotation(f"3\n\n{style}\n\n{quoted}")
    assert "3" == without_quotation(f"3\n\n{broken}\n{quoted}\n")
    assert "3" == without_quotation(f"3\n{style}\n{quoted}\n")
    assert has_quotation(f"3\n\n{style}\n\nSpoštovani")


@each(INTRODUCTIONS)
def test_an_answer_below_and_between_marked_lines(style):
    """Whoever answers point by point has answered."""
    first, second = marked("1 – model?"), marked("2 – zadovoljstvo?", "> > ")
    text = f"{style}\n{first}\nda\n\n{second}\nne, žal\n{marked('Lep pozdrav')}\n3"

    assert "da\n\nne, žal\n3" == without_quotation(text)


@each(BLOCKS)
def test_an_answer_above_lines_without_marks(style):
    """Below such a beginning nobody can tell who wrote what."""
    assert "3" == without_quotation(f"3\n\n{style}\n{LETTER}")
    assert not without_quotation(f"{style}\n{LETTER}\n\n3")
    assert has_quotation(f"3\n\n{style}\n{LETTER}")


@each(BLOCKS)
def test_a_block_whose_message_is_marked_after_all(style):
    """Some programs write both; then an answer below is one."""
    if style.startswith(("-----", ">>>", "_", "2019", "V V")):
        first = style.split("\n")[0]

        assert "3" == without_quotation(f"{first}\n{marked(LETTER)}\n\n3")


def test_apples_telephone_marks_the_introduction_too():
    """»> Dne … je … napisal(a):« stands inside the marks."""
    quoted = marked(f"{INTRODUCTIONS['apple sl']}\n\n{LETTER}")

    assert "3\n\nPoslano iz mojega iPhona" == without_quotation(
        f"3\n\nPoslano iz mojega iPhona\n\n{quoted}"
    )


@pytest.mark.parametrize(
    "text",
    [
        "Kot je župan že napisal:\nne bomo se udeležili.",
        "Dne 8. maja pridemo.\nOdgovor: 3",
        "Od ponedeljka dalje smo v novih prostorih.",
        "Za: 5 oseb",
        "Župan je napisal, da pride.",
        "Sporočamo:\n- pridemo\n- dva predstavnika",
        "8 > 3",
        f"Župan je napisal, da bo leta 2019 {'zares ' * 20}odgovoril na troje:",
    ],
)
def test_a_persons_own_words_stay(text):
    """A verb, a colon or a date alone quotes nobody."""
    assert text == without_quotation(text)
    assert not has_quotation(text)


def test_what_stands_right_above_an_introduction_stays():
    """Without a blank line between, even if it is a date itself."""
    style = (
        "Dne 8. maja 2019 ob 10.00 je Pisarna\n<pisarna@posiljatelj.example> pisala:"
    )

    for own in ("3", "V četrtek pridemo.", "8. 5. pridemo.", "Da, dne 8. maja"):
        assert own == without_quotation(f"{own}\n{style}\n{marked(LETTER)}")


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nAna Vzorec",
        "Lep pozdrav,\nAna Vzorec",
        "S spoštovanjem\nAna Vzorec",
        "Poslano iz mojega iPhona",
        "Prenesite Outlook za Android",
        "Mit freundlichen Grüßen\nAna Vzorec",
        "Von meinem iPhone gesendet",
        "Cordiali saluti\nAna Vzorec",
        "Inviato da iPhone",
        "Üdvözlettel,\nAna Vzorec",
        "Srdačan pozdrav\nAna Vzorec",
        "Poslano s mog iPhonea",
        "Kind regards,\nAna Vzorec",
        "Sent from my iPhone",
        "Get Outlook for iOS",
    ],
)
def test_a_signature_is_no_answer(signature):
    """In it stand numbers of telephones, houses and rooms."""
    assert "3" == without_signature(f"3\n\n{signature}\nSoba 5")


WRITTEN = st.lists(
    st.text(st.sampled_from("abčšž 0123.,!?"), max_size=30), max_size=6
).map(lambda lines: "\n".join(line.strip() for line in lines).strip())


@settings(deadline=None, max_examples=200)
@given(WRITTEN, WRITTEN, st.sampled_from(list(INTRODUCTIONS.values())))
def test_quoting_and_cutting_gives_back_what_was_written(above, below, style):
    """Whatever was written, in any style, above and below the quotation."""
    text = f"{above}\n\n{style}\n{marked(LETTER)}\n{below}"
    expected = "\n".join(filter(None, (above, below))).split()

    assert expected == without_quotation(text).split()


@settings(deadline=None, max_examples=200)
@given(WRITTEN, st.sampled_from(list(BLOCKS.values())))
def test_cutting_a_block_gives_back_what_was_written(above, style):
    """As above, where the lines are not marked."""
    assert above == without_quotation(f"{above}\n\n{style}\n{LETTER}")


PIECES = ("> ", "|", "Od: x", "Za: y", "je napisal:", "8. 5. 2019", "\n", " ", "a", "-")


@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=60))
def test_any_text_can_be_cut(pieces):
    """Total, and nothing is added."""
    text = "".join(pieces)

    assert set(without_quotation(text).split()) <= set(text.split())
    assert without_signature(text) in text


def test_a_hostile_text_takes_no_time():
    """Openings without end, and one line without end."""
    without_quotation("8. 5. 2019 je a <a@b.example> napisal:\n\n" * 5000)
    without_quotation("Od: x\n" * 40_000)
    without_quotation("Dne " * 60_000)
    without_quotation("> \n" * 80_000 + "\n" * 80_000)
