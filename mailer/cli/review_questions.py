"""
What a person at the review is asked: whose a message is, and what it answers.

Each function returns `None` when the person would rather not say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailer.cli.dialogs import ask, choose, pick
from mailer.cli.review_page import details_in_words, enclosure_in_words
from mailer.forms.check import check
from mailer.model.form import FieldType, FormSource, ReturnedForm
from mailer.operations.review_mail import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mailer.cli.terminal import Terminal
    from mailer.model.campaign import Campaign
    from mailer.model.form import Form, FormField
    from mailer.model.incoming import Enclosure
    from mailer.model.recipient import Organisation
    from mailer.operations.show_mail import Item
    from mailer.recipients.typeahead import Typeahead

NO_ANSWER = "no answer, but it is theirs"


@dataclass(frozen=True, slots=True)
class Questions:
    """All that may be answered with, at one terminal."""

    terminal: Terminal
    campaigns: Mapping[str, Campaign]
    known: Typeahead

    def whose(self, shown: Item) -> Answer | None:
        """Ask for the municipalities, then for their answer."""
        found = self._pick(shown, f"Whose is message {shown.id}?")
        return self._answer(shown, found) if found else None

    def kind(self, shown: Item) -> Answer | None:
        """Ask which answer it is; whose it is only if that is not known."""
        theirs = shown.proposal.organisations
        return self._answer(shown, theirs) if theirs else self.whose(shown)

    def question(self, shown: Item) -> Answer | None:
        """Return that a message asks something; ask only what is not known."""
        title = f"Who asks in message {shown.id}?"
        theirs = shown.proposal.organisations or self._pick(shown, title)
        if not theirs:
            return None
        campaign = self._campaign(shown)
        kind = campaign.pausing if campaign else ""
        if campaign is None or not kind:
            return None
        return Answer(campaign, theirs, kind, {})

    def objection(self, shown: Item) -> Answer | None:
        """Return that they want no more reminders; ask only what is not known."""
        title = f"Who wants no more reminders? message {shown.id}"
        theirs = shown.proposal.organisations or self._pick(shown, title)
        campaign = self._campaign(shown) if theirs else None
        if not theirs or campaign is None:
            return None
        return Answer(campaign, theirs, None, {}, objects=True)

    def enclosure(self, shown: Item) -> Enclosure | None:
        """Ask which enclosure is meant, if there are several."""
        enclosed = shown.opened.enclosures
        if len(enclosed) == 1:
            return enclosed[0]
        names = [enclosure_in_words(one) for one in enclosed]
        place = choose(self.terminal, "Save which?", names) if names else None
        return None if place is None else enclosed[place]

    def _pick(self, shown: Item, title: str) -> tuple[Organisation, ...] | None:
        first = (*shown.proposal.organisations, *shown.proposal.candidates)
        return pick(self.terminal, title, self.known, first)

    def _answer(self, shown: Item, whose: tuple[Organisation, ...]) -> Answer | None:
        campaign = self._campaign(shown)
        if campaign is None:
            return None
        names = ", ".join(one.official_name for one in whose)
        kinds = list(campaign.responses)
        title = f"What do they answer? {names}"
        place = choose(self.terminal, title, [*kinds, NO_ANSWER])
        if place is None:
            return None
        if place == len(kinds):
            return Answer(campaign, whose, None, {})
        details = self._details(shown, campaign, kinds[place])
        return (
            None if details is None else Answer(campaign, whose, kinds[place], details)
        )

    def _campaign(self, shown: Item) -> Campaign | None:
        """Return the campaign that is answered; ask if that is not clear."""
        if shown.proposal.campaign:
            return shown.proposal.campaign
        names = list(self.campaigns)
        if len(names) == 1:
            return self.campaigns[names[0]]
        titles = [f"{name}: {self.campaigns[name].title}" for name in names]
        title = "Which campaign does it answer?"
        place = choose(self.terminal, title, titles) if titles else None
        return None if place is None else self.campaigns[names[place]]

    def _details(
        self, shown: Item, campaign: Campaign, kind: str
    ) -> Mapping[str, str] | None:
        """Return the fields of an answer: as proposed, or as a person reads them."""
        proposed, form = shown.proposal.details, campaign.form
        if form is None or kind != form.answer:
            return proposed if kind == shown.proposal.kind else {}
        options = ["I type them", "not now"]
        if proposed:
            words = details_in_words(proposed, campaign)
            options.insert(0, f"as proposed: {words}")
        place = choose(self.terminal, f"What does the form say? {form.title}", options)
        if place is None:
            return None
        match options[place]:
            case "I type them":
                return self._typed(form, proposed)
            case "not now":
                return {}
            case _:
                return proposed

    def _typed(self, form: Form, before: Mapping[str, str]) -> Mapping[str, str] | None:
        """
        Ask for one field after the other; what is left empty stays absent.

        Esc goes back one field, and before the first it gives up.  At the end all
        of it is shown, and any field may be asked for again.
        """
        typed: dict[str, str] = {}
        drafts = dict(before)  # what stands in a field when it is asked for
        asked: list[str] = []
        while True:
            fields = [one for one in form.fields if _applies(one, typed)]
            field = next((one for one in fields if one.id not in typed), None)
            if field is None:
                place = self._summary(fields, typed)
                if place == 0:
                    return {one.id: typed[one.id] for one in fields if typed[one.id]}
                field = fields[place - 1] if place else None
            value = self._asked(form, field, drafts) if field else None
            if field is not None and value is not None:
                if field.id not in typed:
                    asked.append(field.id)
                typed[field.id] = drafts[field.id] = value
            elif field is None or field.id not in typed:  # otherwise to the summary
                if not asked:
                    return None
                last = asked.pop()
                drafts[last] = typed.pop(last)

    def _summary(
        self, fields: Sequence[FormField], typed: Mapping[str, str]
    ) -> int | None:
        """Show what was typed; return 0 if it is right, or which is to be asked."""
        said = [f"{one.label}: {_in_words(one, typed[one.id])}" for one in fields]
        title = "Is that what the form says?"
        return choose(self.terminal, title, ["record this", *said])

    def _asked(
        self, form: Form, field: FormField, drafts: Mapping[str, str]
    ) -> str | None:
        """Ask for one field; "" if it is empty."""
        draft = drafts.get(field.id, "")
        if field.type is FieldType.RADIO:
            return self._option(field, draft)
        return self._value(form, field, draft)

    def _option(self, field: FormField, draft: str) -> str | None:
        """Ask which option is ticked; "" if none is."""
        values = [*field.options, ""]
        labels = [*field.options.values(), "(nothing)"]
        here = values.index(draft) if draft in field.options else 0
        place = choose(self.terminal, field.label, labels, here)
        return None if place is None else values[place]

    def _value(self, form: Form, field: FormField, typed: str) -> str | None:
        """Ask what stands in a field until it may stand there, or is left empty."""
        title = field.label
        while answer := ask(self.terminal, title, typed):
            returned = ReturnedForm("", {field.id: answer}, FormSource.TYPED)
            values = check(form, returned).values
            if field.id in values:
                return values[field.id]
            title = f"{field.label}: this is no {field.type.value}"
            typed = answer
        return answer


def _applies(field: FormField, typed: Mapping[str, str]) -> bool:
    """Tell whether a field is for people to fill in, after what they ticked."""
    fits = all(typed.get(name) == value for name, value in field.show_if.items())
    return fits and not field.prefilled


def _in_words(field: FormField, value: str) -> str:
    return field.options.get(value, value) or "(nothing)"
