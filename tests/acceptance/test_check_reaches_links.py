"""`mailer check --links`: each link is asked whether it answers."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from commands import edit

from mailer.errors import ExitCode, Severity
from mailer.operations.reach_links import reach_links


class Pages(BaseHTTPRequestHandler):
    """Answers by the number in the path; some pages know no HEAD."""

    def do_HEAD(self):
        self._answer(405 if "no-head" in self.path else self._status())

    def do_GET(self):
        self._answer(self._status())

    def log_message(self, *_words):
        """Say nothing: the test looks at what is found."""

    def _status(self):
        return int(self.path.rpartition("/")[2])

    def _answer(self, status):
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/404")
        self.end_headers()


@pytest.fixture
def site():
    """Start a server on a free port; return where it is."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "severity", "cause"),
    [
        ("/200", None, ""),
        ("/no-head/200", None, ""),
        ("/404", Severity.BLOCKS, "leads to no page (404)"),
        ("/410", Severity.BLOCKS, "leads to no page (410)"),
        ("/302", Severity.BLOCKS, "leads to no page (404)"),  # after a redirection
        ("/no-head/404", Severity.BLOCKS, "leads to no page (404)"),
        ("/403", Severity.WARNS, "is answered with 403"),
        ("/500", Severity.WARNS, "is answered with 500"),
    ],
)
def test_a_link_is_asked(site, path, severity, cause):
    """A page that is not there blocks; one that is closed is for a look."""
    found = reach_links("conference", {site + path: "invitation.txt"})

    assert [severity][: bool(severity)] == [one.severity for one in found]
    assert [] == [one for one in found if cause not in one.cause]
    assert ["conference/invitation.txt"] * len(found) == [one.place for one in found]


def test_a_server_that_does_not_answer_is_for_a_look():
    """It may be down for a moment."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    links = {f"http://127.0.0.1:{port}/": "invitation.txt", "mailto:a@b.example": "x"}

    (found,) = reach_links("conference", links)

    assert "does not answer" in found.cause
    assert Severity.WARNS is found.severity


def test_the_links_are_those_of_the_letters(listed, site):
    """Asked only if somebody wants it."""
    folder = listed.office / "templates" / "conference"
    for _link in range(3):
        edit(folder / "campaign.toml", r'= "https://[^"]+', '= "mailto:a@b.example')
    edit(folder / "eve.txt.j2", r"\Z", f"\n{site}/404\n")

    plain = listed("check", "conference")
    asked = listed("check", "conference", "--links")

    assert "leads to no page" not in plain.text
    assert "conference/eve.txt: " in asked.text
    assert "leads to no page (404)" in asked.text
    assert ExitCode.PREFLIGHT == asked.code
