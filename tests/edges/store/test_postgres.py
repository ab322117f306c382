"""Every way in which a server is unusable says what it is, and what to do."""

from __future__ import annotations

import sys
from contextlib import closing, contextmanager

import pytest
from ledgers import CAMPAIGN, LEASE, LIST, NOW, a_database, lease, plan
from postgres import a_cluster
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from mailer.errors import ConfigurationError, ExitCode, LeaseError, StoreError
from mailer.store import campaigns, ledger, postgres
from mailer.store.database import Database
from mailer.store.tables import SCHEMA_VERSION

pytestmark = pytest.mark.server("postgresql")


@pytest.fixture
def url(cluster):
    """Make an empty database; return its URL."""
    with cluster.fresh() as fresh:
        yield fresh


@pytest.fixture
def name(url):
    """Return the database's name."""
    return url.rpartition("/")[2]


@contextmanager
def said(cause, place=""):
    """Assert that an error names the place, the cause and the next step."""
    with pytest.raises(StoreError) as caught:
        yield
    [problem] = caught.value.problems

    assert problem.place.startswith("postgresql+psycopg://")
    assert problem.place.endswith(place)
    assert cause in problem.cause
    assert problem.next_step
    assert ExitCode.TEMPORARY is caught.value.exit_code


def session(database, setting):
    with database.read() as connection:
        return connection.execute(text(f"SHOW {setting}")).scalar_one()


def test_what_is_committed_is_flushed_whatever_the_server_would_do(database):
    """The server of these tests says "off" where nobody asks."""
    with database.write() as connection:
        writing = connection.execute(text("SHOW synchronous_commit")).scalar_one()

    assert ("on", "mailer") == (writing, session(database, "application_name"))


def test_reading_is_one_snapshot_and_changes_nothing(database):
    """REPEATABLE READ, READ ONLY."""
    assert "repeatable read" == session(database, "transaction_isolation")
    with said("it cannot be written"), database.read() as connection:
        campaigns.note(connection, NOW, "mailer", "test", "work", "oops")


def test_a_server_that_is_down_is_said(tmp_path):
    """Nobody listens there."""
    with said("it cannot be reached", "/mailer"):
        Database("postgresql+psycopg://mailer@127.0.0.1:1/mailer", tmp_path)


def test_a_database_that_does_not_exist_is_said(cluster, tmp_path):
    """Nothing is made that nobody asked for."""
    with said("the server has no such database", "/nowhere"):
        Database(cluster.url("nowhere"), tmp_path)


def test_a_user_who_does_not_exist_is_said(cluster, tmp_path):
    """Nor a user."""
    with said("does not know this user"):
        Database(cluster.url("postgres", "stranger"), tmp_path)


def test_a_wrong_password_is_said_and_not_shown(cluster, url, tmp_path, monkeypatch):
    """Nor one that is missing; the right one is libpq's business."""
    cluster.run("CREATE ROLE guarded SUPERUSER LOGIN PASSWORD 'geslo'")
    guarded = url.replace("mailer@", "guarded@")

    with said("it does not let us in"):
        Database(guarded, tmp_path)
    monkeypatch.setenv("PGPASSWORD", "narobe")
    with said("it does not let us in"):
        Database(guarded, tmp_path)

    monkeypatch.setenv("PGPASSWORD", "geslo")
    Database(guarded, tmp_path).close()


def test_a_password_in_the_settings_is_refused_and_not_shown(tmp_path):
    """Secrets are never in mailer.toml."""
    with pytest.raises(ConfigurationError) as caught:
        Database("postgresql+psycopg://mailer:geslo@127.0.0.1/mailer", tmp_path)

    assert "PGPASSWORD" in str(caught.value)
    assert "geslo" not in str(caught.value)


def test_a_missing_driver_says_what_to_install(tmp_path, monkeypatch):
    """Offices with a file need none."""
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(ConfigurationError, match=r"pip install 'mailer\[postgres\]'"):
        Database("postgresql+psycopg://mailer@127.0.0.1/mailer", tmp_path)


def test_a_user_without_rights_is_said(cluster, url, tmp_path):
    """Since PostgreSQL 15 only a database's owner may make tables in it."""
    cluster.run("CREATE ROLE clerk LOGIN")

    with said("this user has no right to it"):
        Database(url.replace("mailer@", "clerk@"), tmp_path)


def test_an_encoding_without_our_letters_is_said(cluster, tmp_path):
    """Before the first name is lost in it."""
    latin = "TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C' LOCALE_PROVIDER libc"
    with cluster.fresh(latin) as url, said("its encoding is LATIN1"):
        Database(url, tmp_path)


@pytest.mark.parametrize("version", [0, SCHEMA_VERSION + 1])
def test_another_schema_is_said_and_left_alone(cluster, url, name, tmp_path, version):
    """Somebody else's tables, or those of a newer program."""
    table = "schema_version" if version else "letters"
    cluster.run(f"CREATE TABLE {table} AS SELECT {version} AS version", database=name)

    with said(f"schema version {version}"):
        Database(url, tmp_path)


def test_another_writer_is_waited_for_and_then_said(url, name, cluster, tmp_path):
    """Locked for longer than we wait: nothing is written, and it says why."""
    a_database(tmp_path, url=url).close()
    with pytest.MonkeyPatch.context() as patience:
        patience.setattr(postgres, "LOCK_TIMEOUT_MS", 50)
        ours = Database(url, tmp_path)
        with closing(cluster.connect(name)) as theirs:
            theirs.execute("BEGIN")
            theirs.execute("LOCK TABLE delivery")
            with said("another program is writing"):
                plan(ours, 1)

        assert 1 == plan(ours, 1)
        ours.close()


@pytest.mark.parametrize(
    ("state", "cause"),
    [
        ("40001", "another program changed the same rows"),
        ("40P01", "another program changed the same rows"),
        ("53100", "the disk is full"),
        ("53200", "the server has no memory left"),
        ("57P01", "the server is shutting down"),
        ("58030", "the server cannot use its disk"),
        ("XX001", "it is damaged"),
    ],
)
def test_what_the_server_says_is_translated(url, tmp_path, state, cause):
    """By its SQLSTATE, never by words that it may say in another language."""
    ours = Database(url, tmp_path)

    with said(cause), ours.write() as connection:
        connection.execute(
            text(f"DO $$ BEGIN RAISE 'žal' USING ERRCODE = '{state}'; END $$")
        )
    ours.close()


def test_our_own_mistakes_are_not_the_databases(url, tmp_path):
    """A statement that is wrong is a bug, and stays one."""
    ours = Database(url, tmp_path)

    with pytest.raises(DBAPIError), ours.write() as connection:
        connection.execute(text("SELEKT 1"))
    ours.close()


def test_words_with_a_nul_are_kept_without_it(database):
    """A hostile message must not stop the collecting."""
    with database.write() as connection:
        campaigns.note(connection, NOW, "staff", "import", LIST, "a\0b")
        [row] = campaigns.notes(connection, LIST)

    assert "a\N{REPLACEMENT CHARACTER}b" == row.detail


class TestLostConnection:
    """A restart costs whoever is at work an error, and nobody else anything."""

    def test_in_the_middle_nothing_of_it_happened(self, cluster, url, database):
        """The next transaction has a new connection."""
        with (
            said("the server is shutting down"),
            database.write() as connection,
        ):
            campaigns.note(connection, NOW, "mailer", "test", "work", "half")
            cluster.cut(url)
            campaigns.note(connection, NOW, "mailer", "test", "work", "other half")

        with database.read() as connection:
            assert [] == campaigns.notes(connection, "work")
        assert 1 == plan(database, 1)

    def test_between_two_transactions_nobody_notices(self, cluster, url, database):
        """A connection that died in the pool is not handed out."""
        plan(database, 1)
        cluster.cut(url)

        assert 1 == plan(database, 2)

    def test_a_restarted_server_is_used_again(self, tmp_path):
        """As soon as it is there."""
        with a_cluster() as server, server.fresh() as url:
            ours = a_database(tmp_path, url=url)
            server.stop("immediate")
            with said("cannot be reached"):
                plan(ours, 1)
            server.start()

            assert 1 == plan(ours, 1)
            ours.close()


class TestSoleSender:
    """One sender per database, on whichever machine it runs."""

    @pytest.fixture
    def other(self, url, tmp_path):
        """Open the same database from another machine."""
        opened = Database(url, tmp_path)
        yield opened
        opened.close()

    def test_the_second_learns_it(self, database, other):
        """Until the first has ended."""
        with (
            database.sole_sender(),
            pytest.raises(LeaseError, match="another `mailer run`"),
            other.sole_sender(),
        ):
            pass

        with other.sole_sender():
            pass

    def test_a_sender_who_lost_his_place_writes_no_more(
        self, cluster, url, database, other
    ):
        """Without a mark no dot is sent."""
        with database.sole_sender():
            cluster.cut(url)
            with other.sole_sender():
                with pytest.raises(LeaseError):
                    plan(database, 1)
                assert 1 == plan(other, 1)

    def test_a_lost_connection_takes_its_place_again(self, cluster, url, database):
        """If nobody else has it: a restart of the server ends no program."""
        with database.sole_sender():
            cluster.cut(url)

            assert 1 == plan(database, 1)

    def test_the_lock_is_the_databases_own(self, cluster, database, tmp_path):
        """Two offices on one server do not wait for each other."""
        with (
            cluster.fresh() as url,
            closing(Database(url, tmp_path)) as neighbour,
            database.sole_sender(),
            neighbour.sole_sender(),
        ):
            assert 1 == plan(database, 1)

    def test_a_lease_skips_what_another_is_about_to_take(self, database, other):
        """It neither waits for it nor takes it after all."""
        plan(database, 1, 2, 3)

        with database.write() as connection:
            first = ledger.lease(connection, CAMPAIGN, "one", NOW, NOW + LEASE, 2)
            second = lease(other, "two")

        assert ([1, 2], [3]) == (first, [one.id for one in second])

    def test_staff_write_while_it_sends(self, database, other):
        """A pause must get through."""
        with database.sole_sender():
            assert (1, 1) == (plan(database, 1), plan(other, 2))
        with other.read() as connection:
            assert campaigns.get(connection, CAMPAIGN).fingerprint
