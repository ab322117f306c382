"""What a person wrote anew in HTML mail, as the programs mark what they quote."""

from __future__ import annotations

import pytest
from incoming import a_reply

from mailer.inbox.classify import classify

LETTER = "<p>Spoštovani,<br>odgovor: 2</p><ol><li>model</li></ol><p>Pisarna</p>"
ADDRESS = "&lt;<a href='mailto:p@posiljatelj.example'>p@posiljatelj.example</a>&gt;"

STYLES = {
    "gmail": """<div dir='ltr'>{above}</div><br><div class='gmail_quote'>
<div dir='ltr' class='gmail_attr'>V V sre., 8. maj 2019 ob 10:00 je oseba Pisarna
{who} napisala:<br></div><blockquote class='gmail_quote'>{letter}</blockquote></div>
<div>{below}</div>""",
    "apple": """<html><body>{above}<br><div><blockquote type='cite'>
<div>Dne 8. maj 2019, ob 10:00, je Pisarna {who} napisal(a):</div><br>
<div>{letter}</div></blockquote></div>{below}</body></html>""",
    "thunderbird": """<p>{above}</p><div class='moz-cite-prefix'>Pisarna je
8. 05. 2019 ob 10:00 napisal(a):<br></div><blockquote type='cite' cite='mid:x'>
{letter}</blockquote><p>{below}</p>""",
    "k-9": """{above}<br><br><div class='gmail_quote'>Dne 8. maj 2019 10:00:00
GMT+02:00, Pisarna {who} je napisal/a:<blockquote class='gmail_quote'>{letter}
</blockquote></div>{below}""",
}
UNMARKED = {
    "outlook": """<div><p class=MsoNormal>{above}</p><div style='border-top:solid'>
<p class=MsoNormal><b>Od:</b> Pisarna {who}<br><b>Poslano:</b> sreda, 08. maj 2019
<br><b>Za:</b> Občina<br><b>Zadeva:</b> Kakovost</p></div>{letter}</div>""",
    "outlook on the web": """<div>{above}</div><hr style='width:98%'>
<div id='divRplyFwdMsg'><b>Od:</b> Pisarna {who}<br><b>Poslano:</b> sreda, 08. maj 2019
<br><b>Za:</b> Občina<br><b>Zadeva:</b> Kakovost<div>&nbsp;</div></div>{letter}""",
    "samsung": """<div>{above}</div><div><div>-------- Izvirno sporočilo --------</div>
<div>Od: Pisarna {who}</div><div>Datum: 8. 05. 2019</div><div>Za: Občina</div>
<div>Zadeva: Kakovost</div></div>{letter}""",
    "groupwise": """{above}<br>&gt;&gt;&gt; Pisarna {who} 8.5.2019 10:00 &gt;&gt;&gt;
<br>{letter}""",
}


def written(html):
    """Return what is taken for new in an HTML reply."""
    return classify(a_reply(html, Content_Type="text/html; charset=utf-8")).text


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES.keys())
def test_an_answer_around_a_marked_quotation(style):
    """Above and below it; every line of the quotation is marked."""
    html = style.format(above="3<br>Hvala", letter=LETTER, who=ADDRESS, below="Ana")

    assert ["3", "Hvala", "Ana"] == written(html).split()


@pytest.mark.parametrize("style", UNMARKED.values(), ids=UNMARKED.keys())
def test_an_answer_above_a_quotation_without_marks(style):
    """All below its beginning is ours, or nobody's."""
    html = style.format(above="3<br>Hvala", letter=LETTER, who=ADDRESS)

    assert ["3", "Hvala"] == written(html).split()
