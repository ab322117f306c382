"""B09: a database that lacks an answer reminds nobody until it is adopted."""

from __future__ import annotations

import shutil

import pytest
from clocks import FastClock
from daemons import at_work, until
from offices import BEFORE, Desk, an_office, import_list
from postgres import cluster  # noqa: F401 - a fixture
from relays import run
from restored import (
    PEOPLE,
    adopted,
    assert_sends_nothing,
    begin,
    office_of,
    send,
)
from servers import pytest_runtest_setup  # noqa: F401 - a hook, found by its name
from sqlalchemy import delete

from mailer.errors import StoreError
from mailer.files.instance import COUNT, raise_progress, read_anchor
from mailer.model.response import SuppressionReason
from mailer.operations.campaign_status import approve
from mailer.operations.find_organisation import find_organisation
from mailer.operations.import_responses import import_responses
from mailer.operations.instance import Difference, look_at_instance
from mailer.operations.object_to_reminders import (
    object_to_reminders,
    withdraw_objection,
)
from mailer.operations.record_response import record_response
from mailer.operations.review_mail import Answer, assign
from mailer.operations.suppressions import (
    import_suppressions,
    suppress,
    unsuppress,
)
from mailer.store import instance
from mailer.store.tables import response


@pytest.fixture
def folder(tmp_path):
    """Return where the office is."""
    return tmp_path / "office"


def _mail_came(desk):
    desk.write("invitation", "obcina", "Pridemo.")
    desk.collect()


def _staff_read_mail(desk):
    whose = (find_organisation(desk.office, "001"),)
    answer = Answer(desk.opened.campaign, whose, None, {}, objects=True)
    assign(desk.office, 1, answer, by="ana")


def _registered(desk):
    file = desk.office.folder / "prijave.csv"
    file.write_text("šifra,oseba\n001,Ana Novak\n", "utf-8")
    import_responses(desk.office, desk.opened.campaign, file, "registered", by="ana")


def _telephoned(desk):
    whose = find_organisation(desk.office, "001")
    campaign = desk.opened.campaign
    record_response(desk.office, campaign, whose, "declined", by="ana", details={})


def _objected(desk):
    whose = find_organisation(desk.office, "001")
    object_to_reminders(desk.office, desk.opened.campaign, whose, by="ana")


def _objection_withdrawn(desk):
    whose = find_organisation(desk.office, "002")
    withdraw_objection(desk.office, desk.opened.campaign, whose, by="ana")


def _suppressed(desk):
    reason = SuppressionReason.BY_HAND
    suppress(desk.office, ["obcina@nikjer.example"], reason, by="ana")


def _allowed_again(desk):
    unsuppress(desk.office, ["prej@nikjer.example"], by="ana")


def _suppressions_imported(desk):
    file = desk.office.folder / "blokade.csv"
    file.write_text("e-mail,reason\nnekdo@nikjer.example,by_hand\n", "utf-8")
    assert 1 == import_suppressions(desk.office, file, by="ana").added


@pytest.mark.parametrize(
    "learnt",
    [
        _mail_came,
        _staff_read_mail,
        _registered,
        _telephoned,
        _objected,
        _objection_withdrawn,
        _suppressed,
        _allowed_again,
        _suppressions_imported,
    ],
)
def test_b09_a_database_that_knows_less_of_answers_sends_nothing(
    folder, clock, tmp_path, learnt
):
    """Batches agree; but those who answered since would be reminded."""
    begin(folder, clock)
    send(folder, clock)
    with office_of(folder, clock) as desk:
        _mail_came(desk)
        whose = find_organisation(desk.office, "002")
        object_to_reminders(desk.office, desk.opened.campaign, whose, by="ana")
        suppress(
            desk.office, ["prej@nikjer.example"], SuppressionReason.BY_HAND, by="ana"
        )
    backup = shutil.copy(folder / "mailer.db", tmp_path / "backup.db")
    with office_of(folder, clock) as desk:
        if learnt is _mail_came:
            desk.write("invitation", "urad", "Tudi mi pridemo.")
        learnt(desk)
        desk.until("reminder")

    shutil.copy(backup, folder / "mailer.db")

    assert_sends_nothing(folder, clock, "older than its folder")
    done = adopted(folder, clock)
    assert Difference.BEHIND is done.difference
    with office_of(folder, clock) as desk:
        assert look_at_instance(desk.office) is None


def test_b09_a_restored_database_does_not_outgrow_what_it_lacks(
    folder, clock, tmp_path
):
    """Work goes on in it unnoticed, and its numbers rise above the folder's."""
    begin(folder, clock)
    send(folder, clock)
    backup = shutil.copy(folder / "mailer.db", tmp_path / "backup.db")
    with office_of(folder, clock) as desk:
        _telephoned(desk)
    shutil.copy(backup, folder / "mailer.db")

    with office_of(folder, clock) as desk:
        for _ in range(5):
            _telephoned(desk)

    assert_sends_nothing(folder, clock, "older than its folder")


def test_two_commands_at_once_write_down_the_farther(folder, clock):
    """Whichever ends last; and neither takes the other's work for a loss."""
    begin(folder, clock)
    with office_of(folder, clock) as desk:
        with office_of(folder, clock) as other:
            _telephoned(other)
        _telephoned(desk)
        with office_of(folder, clock):
            _telephoned(desk)
            far = progress(desk)
    assert far == read_anchor(folder).progress
    raise_progress(folder, far - 1)  # one that was slow
    assert far == read_anchor(folder).progress
    with office_of(folder, clock) as desk:
        assert look_at_instance(desk.office) is None


def progress(desk):
    with desk.office.database.read() as connection:
        return instance.progress(connection)


def test_the_scheduler_writes_down_how_far_the_database_came(tmp_path):
    """It is open for weeks: the folder must not wait for its end."""
    folder, clock = tmp_path / "office", FastClock(BEFORE, speed=600)

    async def scenario(desk, relay):
        async with relay, at_work(desk, relay):
            _telephoned(desk)
            far = progress(desk)
            await until(lambda: far <= read_anchor(folder).progress, "it is written")

    with an_office(folder, clock) as office:
        import_list(office, PEOPLE)
        desk = Desk(office, clock)
        approve(office, desk.opened, "načelnica")
        run(scenario(desk, desk.a_relay()))


def test_a_folder_that_cannot_be_written_stops_no_other_work(folder, clock):
    """The sender says so; an answer is recorded all the same."""
    begin(folder, clock)
    (folder / COUNT).unlink()
    (folder / COUNT).mkdir()

    with office_of(folder, clock) as desk:
        _telephoned(desk)
        assert 1 == len(desk.answers())
        with pytest.raises(StoreError, match="Is a directory"):
            desk.send()


@pytest.mark.server("postgresql")
def test_a_database_on_a_server_is_kept_up_with(folder, clock, cluster, monkeypatch):  # noqa: F811 - the fixture
    """There, too, an old one is behind its folder."""
    with cluster.fresh() as url:
        monkeypatch.setenv("MAILER_OFFICE__DATABASE", url)
        begin(folder, clock)
        with office_of(folder, clock) as desk:
            _telephoned(desk)
            far = progress(desk)
        assert far == read_anchor(folder).progress
        with office_of(folder, clock) as desk, desk.office.database.write() as old:
            old.execute(delete(response))

        assert_sends_nothing(folder, clock, "older than its folder")
