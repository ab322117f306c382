"""
Every bundled letter, for every municipality, as it would go out.

The renderer's own rules are tested in tests/core/rendering; here it is the
letters, their definitions and their files that are tested.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import product

import pytest
from factories import a_response
from letters import (
    DUE,
    LETTERS,
    ROOT,
    SENDER,
    a_bundled_campaign,
    a_folder,
    a_message,
    a_reader,
    facts,
    municipalities,
)

from mailer.model.recipient import Gender, Role
from mailer.model.response import ResponseSource
from mailer.rendering.context import template_context
from mailer.rendering.grammar import date_forms

#: the links that a reader of the plain text must see
LINKS = {
    ("conference", "invitation"): ["guidelines", "registration"],
    ("conference", "reminder"): ["registration"],
    ("conference", "last-call"): ["registration"],
    ("conference", "confirmation"): ["registration"],
    ("conference", "decline-thanks"): ["registration"],
    ("conference", "thanks"): ["materials"],
}
WITHOUT_WEEKDAY = {
    ("conference", "decline-thanks"),
    ("conference", "thanks"),
    ("ministry-letter", "letter"),
    ("ministry-letter", "confirmation"),
}
WEEKDAY_AND_DATE = (
    r"(?:v |do )?(?:ponedelj|tor|sred|četrt|pet|sobot|nedelj)\w+, \d+\. \w+ \d{4}"
)
ANSWERS = ("pridruzi", "ze_izvaja", "ne")


def words_of(html):
    return " ".join(
        re.sub(r"<style>.*?</style>|<[^>]*>", " ", html, flags=re.DOTALL).split()
    )


def test_all_steps_are_tested():
    """A new step needs its day in the table above."""
    steps = [
        (name, step.name)
        for name in ("conference", "ministry-letter")
        for step in a_bundled_campaign(name).steps
    ]

    assert sorted(steps) == LETTERS


@pytest.mark.parametrize(("campaign", "step"), LETTERS)
def test_a_letter_is_whole_for_everybody(campaign, step):
    """All 212, in each role and gender: nothing is left over, nothing doubled."""
    for organisation, role, gender in product(municipalities(), Role, Gender):
        message = a_message(campaign, step, a_reader(organisation, role, gender))
        parts = (message.subject, message.text, message.html)
        where = f"{organisation.official_name}, {role}, {gender}"

        assert len(message.subject) <= 90, where
        for part in parts:
            assert not re.search(r"\{\{|\{%|\}\}|%\}|None|Undefined|\[\]", part), where
        for part in (message.subject, message.text):
            assert not re.search(r"\S  +\S| +\n| [,.;:]|\n{3}|\.\.|,,", part), where


@pytest.mark.parametrize(("campaign", "step"), LETTERS)
def test_weekdays_agree_with_dates(campaign, step):
    """Whoever writes »sreda, 8. maj 2019« by hand may be wrong; a letter is not."""
    message = a_message(campaign, step)
    year = date(DUE[campaign, step].year, 1, 1)
    days = [date_forms(year + timedelta(days=n)) for n in range(365)]
    right = {day[form] for day in days for form in ("weekday", "on", "until")}
    found = re.findall(WEEKDAY_AND_DATE, message.text + words_of(message.html))

    assert set(found) <= right
    assert bool(found) == ((campaign, step) not in WITHOUT_WEEKDAY)


@pytest.mark.parametrize(("campaign", "step"), LETTERS)
def test_text_and_html_say_the_same(campaign, step):
    """Each paragraph without a link stands in both parts, word for word."""
    message = a_message(campaign, step)
    html = words_of(message.html)
    body = message.text.partition("-----")[0]
    paragraphs = [
        " ".join(paragraph.split())
        for paragraph in body.split("\n\n")
        if not re.search(r"https:|@|^\s*[-\d] ", paragraph, re.MULTILINE)
    ]

    assert len(paragraphs) > 3
    assert [one for one in paragraphs if one not in html] == []


@pytest.mark.parametrize(("campaign", "step"), LETTERS)
def test_links_are_printed_in_the_text(campaign, step):
    """Who reads plain text can follow every link, each once."""
    message = a_message(campaign, step)
    links = a_bundled_campaign(campaign).links
    expected = [links[name] for name in LINKS.get((campaign, step), [])]

    assert expected == re.findall(r"https://\S+", message.text)
    assert expected == re.findall(r'href="(https://[^"]+)"', message.html)
    assert SENDER.reply_to in message.text
    assert f'href="mailto:{SENDER.reply_to}"' in message.html


@pytest.mark.parametrize(("campaign", "step"), LETTERS)
def test_a_letter_goes_on_in_lower_case(campaign, step):
    """After a salutation with a comma the sentence is not over."""
    after = a_message(campaign, step).text.partition("Spoštovani,\n\n")[2]

    assert after[:1].islower()


@pytest.mark.parametrize(("campaign", "step"), LETTERS)
def test_html_can_be_read_by_everybody(campaign, step):
    """Language, title, no images, tables that are only layout."""
    html = a_message(campaign, step).html

    assert html.startswith('<!doctype html>\n<html lang="sl">')
    assert f"<title>{a_message(campaign, step).subject}</title>" in html
    assert html.count("<table") == html.count('role="presentation"')
    assert html.count("<h1") == 1
    assert "<img" not in html
    assert not re.findall(r"<(?:p|td|a|li)(?! style=)[\s>]", html)
    assert min(map(int, re.findall(r"font-size: (\d+)px", html))) >= 16


def test_the_colours_have_contrast():
    """At least 4.5 to 1 on white (WCAG 2.1, success criterion 1.4.3)."""
    css = a_folder("conference").templates["_layout/letter.html.j2"]
    for colour in re.findall(r"[; {]color: #(\w{6})", css):
        channels = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
        red, green, blue = (
            c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4
            for c in channels
        )

        assert 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05) >= 4.5


def test_the_invitation_states_the_event_as_a_heading():
    """Title, date, time and place stand at the top, as in the printed one."""
    assert a_message("conference", "invitation").text.startswith(
        "S skupnimi močmi za boljšo občino in bolj zadovoljne občane\n"
        "Nacionalna konferenca o sodelovanju z občani\n\n"
        "8. maj 2019 ob 10. uri, Tehnološki park, konferenčna dvorana B23\n"
    )


def test_the_last_call_minds_the_holidays():
    """The day before 3 May 2019 nobody is at work."""
    sentence = (
        "Ker sta 1. in 2. maj dela prosta dneva, vam priporočamo, da prijavo oddate\n"
        "že do torka, 30. aprila."
    )

    assert sentence in a_message("conference", "last-call").text
    assert "Ker" not in a_message("conference", "last-call", work_free=()).text


def test_tomorrow_is_said_only_on_the_eve():
    """If the message goes on the Friday before a Monday, it says the day."""
    assert "Srečamo se\njutri, v sredo," in a_message("conference", "eve").text
    early = a_message("conference", "eve", due=date(2019, 5, 6))

    assert "jutri" not in f"{early.subject}{early.text}{early.html}".lower()


def test_after_the_deadline_nobody_is_asked_to_register():
    """The thanks for a late decline leave the link out."""
    late = a_message("conference", "decline-thanks", due=date(2019, 5, 6))

    assert "https://" not in f"{late.text}{late.html}"


def test_the_ministrys_letter_has_its_blocks_in_order():
    """Addressees, date, subject, greeting, role, attachments, dispatch."""
    text = a_message("ministry-letter", "letter", a_reader(municipalities()[89])).text
    blocks = [
        "ŽUPANOM SLOVENSKIH OBČIN\nObčina Piran\nPirano\n",
        "Datum: 28.\u00a09.\u00a02017\n",
        "Zadeva: Uvajanje sistema kakovosti v občinske uprave\n",
        "Spoštovani,\n",
        "Vodja sektorja za kakovost\n",
        "Priloge:\n- Opis projekta - model kakovosti v občinski upravi\n",
        "- Opis projekta - zadovoljstvo občank in občanov\n- Obrazec za občino\n\n",
        "Način odpreme:\n- elektronska pošta občinam po seznamu\n",
    ]
    places = [text.find(block) for block in blocks]

    assert -1 not in places
    assert sorted(places) == places


@pytest.mark.parametrize("step", ["reminder", "last-call"])
def test_the_ministrys_reminders_name_the_target(step):
    """The letter announced no deadline; a reminder asks for a day, with the form."""
    text = a_message("ministry-letter", step).text

    assert "do četrtka, 26. oktobra 2017." in text
    assert "Priloga:\n- Obrazec za občino\n" in text


def test_the_letter_names_no_deadline():
    """As the real one did not."""
    assert "oktobra 2017" not in a_message("ministry-letter", "letter").text


@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        (0, "upravah.\nOdgovora Občine Ajdovščina še nimamo.\n"),
        (1, "Doslej je odgovorila 1 od 212 občin, odgovora\n"),
        (2, "Doslej sta odgovorili 2 od 212 občin, odgovora\n"),
    ],
)
def test_the_last_call_says_how_many_answered(answered, expected):
    """Also when nobody did, and with a verb that agrees."""
    text = a_message("ministry-letter", "last-call", answered_count=answered).text

    assert expected in text


@pytest.mark.parametrize(("quality", "satisfaction"), list(product(ANSWERS, ANSWERS)))
def test_a_confirmation_fits_the_answer(quality, satisfaction):
    """Each of the nine answers gets its paragraphs, and no other."""
    text = a_message(
        "ministry-letter",
        "confirmation",
        response=a_response(
            details={"kakovost": quality, "zadovoljstvo": satisfaction}
        ),
    ).text

    assert ("Veseli nas" in text) == ("pridruzi" in (quality, satisfaction))
    assert ("že opravljate" in text) == ("ze_izvaja" in (quality, satisfaction))
    assert ("spoštujemo" in text) == (quality == satisfaction == "ne")
    assert "podatka še nimamo" not in text


@pytest.mark.parametrize(
    ("details", "asks"),
    [
        ({"kakovost": "pridruzi", "zadovoljstvo": "ne"}, True),
        ({"kakovost": "pridruzi", "zadovoljstvo": "ne", "delavnica": "da"}, False),
        ({"kakovost": "ne", "zadovoljstvo": "ze_izvaja"}, False),
    ],
)
def test_a_confirmation_asks_for_what_the_form_left_open(details, asks):
    """Who joins, and did not say whether they come to the workshop."""
    written = a_message(
        "ministry-letter", "confirmation", response=a_response(details=details)
    )

    assert asks == ("ali se je boste udeležili" in written.text)
    assert asks == ("ali se je boste udeležili" in written.html)


def test_after_the_workshop_nobody_is_promised_an_invitation():
    late = a_message("ministry-letter", "confirmation", due=date(2017, 11, 6))

    assert "Veseli nas" in late.text
    assert "delavnic" not in f"{late.text}{late.html}"


CONTACT = {"kontakt_ime": "Živa Črnič", "kontakt_eposta": "tajnistvo@bled.example"}


@pytest.mark.parametrize(
    ("details", "source", "heading", "missing"),
    [
        (
            CONTACT | {"kakovost": "ne"},
            ResponseSource.FORM,
            "manjka podatek",
            ["Ugotavljanje zadovoljstva uporabnikov"],
        ),
        (
            {"izvaja": "eno ali obe"},
            ResponseSource.NUMBER,
            "manjkata podatka",
            [
                "Uvajanje modela kakovosti (CAF)",
                "Ugotavljanje zadovoljstva uporabnikov",
            ],
        ),
        (
            {"kakovost": "ne"},
            ResponseSource.FORM,
            "manjkajo podatki",
            [
                "Kontaktna oseba (ime in priimek)",
                "Elektronski naslov",
                "Ugotavljanje zadovoljstva uporabnikov",
            ],
        ),
    ],
)
def test_the_request_lists_what_is_missing(details, source, heading, missing):
    """A form asks for all it requires; a typed number, for the choices alone."""
    response = a_response(kind="returned", details=details, source=source)
    letter = a_message("ministry-letter", "request", response=response)
    items = "\n".join(f"- {label}" for label in missing)

    assert f"V njem {heading}:\n\n{items}\n\n" in letter.text
    assert missing == re.findall(r"<li[^>]*>([^<]*)</li>", letter.html)
    assert "do četrtka, 26. oktobra 2017." in letter.text


@pytest.mark.parametrize(
    ("quality", "satisfaction", "words"),
    [
        ("pridruzi", "pridruzi", "v oba projekta,"),
        ("pridruzi", "ne", "v uvajanje modela kakovosti,"),
        ("ze_izvaja", "pridruzi", "v ugotavljanje zadovoljstva uporabnikov,"),
    ],
)
def test_the_invitation_to_the_workshop_says_what_they_join(
    quality, satisfaction, words
):
    details = {"kakovost": quality, "zadovoljstvo": satisfaction}
    letter = a_message(
        "ministry-letter", "workshop", response=a_response(details=details)
    )

    assert f"željo po vključitvi {words}" in letter.text
    assert f"željo po vključitvi {words}" in letter.html
    assert "v ponedeljek, 30. oktobra 2017, od 10. do 12. ure." in letter.text


@pytest.mark.parametrize("said", ["", "da", "ne"])
def test_who_will_not_come_to_the_workshop_is_not_invited_as_if_silent(said):
    details = {"kakovost": "pridruzi", "delavnica": said}
    letter = a_message(
        "ministry-letter", "workshop", response=a_response(details=details)
    )

    assert (said == "ne") == ("Če ste si premislili" in letter.text)
    assert (said == "ne") == ("Če ste si premislili" in letter.html)


@pytest.mark.parametrize(
    ("number", "category", "sentence"),
    [
        (1, "KAKOVOST", "uporabnikov: podatka še nimamo"),
        (2, "ZADOVOLJSTVO", "kakovosti: podatka še nimamo"),
        (3, "OBA", "kakovosti: občina se bo vključila"),
        (4, "NEPOPOLN", "že opravljate"),
        (5, "NE", "spoštujemo"),
    ],
)
def test_a_number_says_no_more_than_it_says(number, category, sentence):
    """An axis that a number does not name stays unknown."""
    campaign = a_bundled_campaign("ministry-letter")
    answer = campaign.numbers[number]

    assert answer.kind == "returned"
    assert category == the_category(campaign, answer.details)
    assert sentence in a_message(
        "ministry-letter", "confirmation", response=a_response(details=answer.details)
    ).text  # fmt: skip


def test_the_nine_answers_have_their_categories():
    """The table of the two axes, row by row."""
    campaign = a_bundled_campaign("ministry-letter")
    cells = [
        the_category(campaign, {"kakovost": quality, "zadovoljstvo": satisfaction})
        for quality, satisfaction in product(ANSWERS, ANSWERS)
    ]

    assert cells == [
        "OBA", "KAKOVOST", "KAKOVOST",
        "ZADOVOLJSTVO", "NE_ZE_OBA", "NE_ZE_ENO",
        "ZADOVOLJSTVO", "NE_ZE_ENO", "NE",
    ]  # fmt: skip


def the_category(campaign, details):
    return campaign.category(a_response(details=details))


def test_the_attachments_are_small_files_with_slovenian_names():
    """Letters outside ASCII are the hard part of a file name."""
    attachments = a_folder("ministry-letter").attachments

    assert len(attachments) == 2
    assert all(set(name) & set("čšž") for name in attachments)
    assert all(len(file.content) < 60_000 for file in attachments.values())


def test_the_guide_to_templates_names_every_value():
    """Whoever writes letters finds all that a template may use."""
    guide = (ROOT / "templates" / "README.md").read_text(encoding="utf-8")
    campaign = a_bundled_campaign("conference")
    context = template_context(
        campaign,
        campaign.step("last-call"),
        a_reader(municipalities()[0]),
        SENDER,
        facts("conference", "last-call"),
    )
    forms = {f".{form}" for form in date_forms(date(2019, 5, 3))}

    assert [
        name
        for name in {*context, *forms, "language", "subject"}
        if f"`{name}" not in guide
    ] == []


def test_the_guide_to_lists_names_every_column():
    """The list's header and its guide agree."""
    guide = (ROOT / "recipients" / "README.md").read_text(encoding="utf-8")
    list_ = (ROOT / "recipients" / "municipalities.csv").read_text(encoding="utf-8")
    columns = list_.partition("\n")[0].split(",")

    assert len(municipalities()) == 212
    assert [column for column in columns if f"`{column}`" not in guide] == []
