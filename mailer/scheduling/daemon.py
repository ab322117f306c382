"""
The scheduler: it only ticks; who is due is recomputed from the store each time.

Three ticks (collect, plan, send), none of which remembers anything: a
scheduler that was off loses nothing, and one that is late catches up.
What a tick does is in `operations`.
"""

from __future__ import annotations

import asyncio
import signal
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mailer.errors import ApprovalError, ConfigurationError, MailerError
from mailer.model.campaign import CampaignStatus
from mailer.model.delivery import Fault
from mailer.operations.approval import require_approved
from mailer.operations.collect_mail import CollectSummary, collect_mail, not_read
from mailer.operations.examine import clock_set_back
from mailer.operations.heartbeat import beat
from mailer.operations.instance import keep_up
from mailer.operations.log_line import log, log_trouble
from mailer.operations.open_campaign import OpenCampaign, is_edited, open_approved
from mailer.operations.open_mailbox import open_mailbox
from mailer.operations.plan_due import plan_due
from mailer.operations.send_due import SendSummary, Standing, send_due
from mailer.scheduling.patience import Patience
from mailer.store import campaigns, ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailer.model.campaign import Campaign
    from mailer.model.delivery import Outcome
    from mailer.operations.office import Office
    from mailer.smtp.settings import RelaySettings

COLLECT_SECONDS = 60
PLAN_SECONDS = 60
SEND_SECONDS = 10


@dataclass
class Daemon:
    """One office's scheduler."""

    office: Office
    relay: RelaySettings
    say: Callable[[str], None]  #: what happened, or waits for a person
    mention: Callable[[str], None] = lambda _text: None  #: what is as it should be
    on_outcome: Callable[[Outcome], None] = lambda _outcome: None
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    #: running campaigns that were left out, and why
    left_out: dict[str, MailerError] = field(default_factory=dict)
    last_sent: str = ""  #: the campaign whose messages went last
    _said: dict[str, str] = field(default_factory=dict)
    _statuses: dict[str, CampaignStatus] = field(default_factory=dict)
    _standing: defaultdict[str, Standing] = field(
        default_factory=lambda: defaultdict(Standing)
    )
    _bug: Exception | None = None
    _is_unfinished: bool = False  #: a round of sending ended with an error

    def __post_init__(self) -> None:
        self._relay_patience = Patience(self.office.clock)
        self._mailbox_patience = Patience(self.office.clock)

    def recover(self) -> None:
        """Put in order what a dead sender or a failed round left; needs the lock."""
        with self.office.database.write() as connection:
            found = ledger.recover(connection, self.office.clock.now())
        if found.planned_again or found.in_doubt:
            again, in_doubt = found.planned_again, found.in_doubt
            log(self.office, "recovered", planned_again=again, in_doubt=in_doubt)
            self.say(f"recovered: {again} planned again, {in_doubt} in doubt")

    async def once(self) -> list[SendSummary]:
        """Collect, plan and send what is due now; letters go without a mailbox, too."""
        try:
            await self.collect()
        except MailerError as error:
            log_trouble(self.office, "collect", error)
            self.left_out["mailbox"] = error
            self._say_once("mailbox", str(error))
        self.plan()
        summaries = await self.send()
        beat(self.office, "once", str(self.left_out.get("mailbox", "")))
        return summaries

    async def forever(self) -> None:
        """Tick until told to stop; finish the message whose dot is out."""
        rounds = [
            asyncio.create_task(self._repeat(work, seconds))
            for work, seconds in (
                (self.collect, COLLECT_SECONDS),
                (self.plan, PLAN_SECONDS),
                (self.send, SEND_SECONDS),
            )
        ]
        try:
            await self.stop.wait()
        finally:
            self.stop.set()
            await asyncio.gather(*rounds)
        if self._bug is not None:
            raise self._bug

    async def _repeat(self, work: Callable[[], object], seconds: float) -> None:
        """Do some work, again and again; a pause by no clock that somebody sets."""
        while not self.stop.is_set():
            await self._tick(work)
            pause = asyncio.ensure_future(self.office.clock.sleep(seconds))
            stopped = asyncio.ensure_future(self.stop.wait())
            await asyncio.wait({pause, stopped}, return_when=asyncio.FIRST_COMPLETED)
            for one in (pause, stopped):
                one.cancel()

    def stop_on_signals(self) -> None:
        """Let SIGTERM and Ctrl-C stop the daemon at the next safe point."""

        def stop() -> None:
            if not self.stop.is_set():
                self.say("Stopping after the message that is on the wire.")
            self.stop.set()

        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop)

    async def collect(self) -> bool:
        """
        Take what came back; leave a mailbox that fails in peace for a while.

        `False` is that it was left in peace.

        Raises:
            MailboxError: Something that lies there could not be read.
        """
        if self._mailbox_patience.waits:
            return False
        every = {one.campaign.name: one.campaign for one in self._known()}
        try:
            # In a thread: a server may take its time, and the letters do not wait.
            found = await asyncio.to_thread(self._look, every)
        except MailerError as error:
            # A wrong password each minute locks an account.
            is_ours = isinstance(error, ConfigurationError)
            self._mailbox_patience.failed(Fault.OFFICE if is_ours else Fault.HOST)
            raise
        self._mailbox_patience.succeeded()
        if found.kinds:
            counts = {kind.value: number for kind, number in found.kinds.items()}
            log(self.office, "collected", to_review=found.to_review, **counts)
            kinds = ", ".join(f"{number} {kind}" for kind, number in counts.items())
            self.say(f"collected: {kinds}; {found.to_review} for review")
        if not found.is_complete:
            raise not_read(found.problems)
        for problem in found.problems:
            self._say_once(problem.place, str(problem))
        return True

    def _look(self, every: dict[str, Campaign]) -> CollectSummary:
        with open_mailbox(self.office) as source:
            return collect_mail(self.office, source, every, is_stopped=self.stop.is_set)

    def plan(self) -> None:
        """Write into the ledger what is due, by a clock that may be wrong."""
        if ahead := clock_set_back(self.office, self.office.clock.now()):
            text = f"it was set back: {ahead} — set it; what is not due any more waits"
            self._say_once("clock", text)
        for opened in self._running():
            if is_edited(self.office, opened):
                text = "edited since it was approved; what was approved goes on"
                place = f"{opened.campaign.name}, its folder"
                self._say_once(place, text, self.mention)
            found = plan_due(self.office, opened)
            if found.planned or found.missed or found.in_doubt:
                log(
                    self.office,
                    "planned",
                    campaign=opened.campaign.name,
                    planned=found.planned,
                    missed=found.missed,
                    in_doubt=found.in_doubt,
                )
                self.say(
                    f"{opened.campaign.name}: {found.planned} planned, "
                    f"{found.missed} missed"
                    + (f", {found.in_doubt} in doubt" if found.in_doubt else "")
                )
            if found.late:
                cause = f"{found.late} messages are over a day late: it is paused"
                self._hold(opened.campaign.name, cause)
            if found.deaf:
                text = f"held, because {found.deaf} — look at it with `mailer doctor`"
                self._say_once(f"{opened.campaign.name}, reminders", text)
            if found.next_at is not None:
                at = found.next_at.astimezone(self.office.settings.office.zone)
                text = f"the next step is due {at:%a %-d %b %Y, %H:%M}"
                self._say_once(opened.campaign.name, text, self.mention)

    async def send(self) -> list[SendSummary]:
        """Send what is planned; leave a relay that is away in peace for a while."""
        if self._relay_patience.waits:
            return []
        if self._is_unfinished:  # the last round could not put its rows in order
            self.recover()
        self._is_unfinished = True
        summaries = []
        for opened in self._running():
            summary = await send_due(
                self.office,
                opened,
                self.relay,
                stop=self.stop,
                standing=self._standing[opened.campaign.name],
                on_outcome=self.on_outcome,
            )
            if summary.paused:  # when it is resumed, it starts anew
                del self._standing[opened.campaign.name]
            self._tell(opened.campaign.name, summary)
            summaries.append(summary)
        self._is_unfinished = False
        if any(one.relay_trouble for one in summaries):
            self._relay_patience.failed(Fault.HOST)
        else:
            self._relay_patience.succeeded()
        return summaries

    def _tell(self, name: str, summary: SendSummary) -> None:
        counts = ", ".join(f"{n} {key.value}" for key, n in summary.outcomes.items())
        if counts:
            self.last_sent = name
            self.say(f"{name}: {counts}")
        if summary.paused:
            self.say(f"{name}: paused because {summary.paused}")
        if summary.is_canary_over:
            self.say(f"{name}: the first few went, and it is paused: look at them")
        if summary.is_day_over:
            text = "the day's limit is reached; the rest goes tomorrow"
            self._say_once(name, text, self.mention)
        if summary.relay_trouble:
            self._say_once(name, f"the relay: {summary.relay_trouble}; trying again")

    def _known(self) -> list[OpenCampaign]:
        """Open the campaigns that were approved, as they were approved."""
        with self.office.database.read() as connection:
            rows = campaigns.all_known(connection)
        opened = []
        for row in rows:
            try:
                opened.append(open_approved(self.office, row.name))
            except MailerError as error:
                if row.status is CampaignStatus.RUNNING:
                    self.left_out[row.name] = error
                self._say_once(row.name, str(error))
        return opened

    def _running(self) -> list[OpenCampaign]:
        """Open the running campaigns that would go out as they were approved."""
        running = []
        for opened in self._known():
            name = opened.campaign.name
            with self.office.database.read() as connection:
                status = campaigns.get(connection, name).status
            self._log_status(name, status)
            if status is not CampaignStatus.RUNNING:
                continue
            try:
                require_approved(self.office, opened)
            except MailerError as error:
                self.left_out[name] = error
                self._say_once(name, str(error))
                continue
            running.append(opened)
        return running

    def _log_status(self, name: str, status: CampaignStatus) -> None:
        """Log that a campaign was started, paused, resumed or ended, by whomever."""
        before, self._statuses[name] = self._statuses.get(name), status
        if before is not status:
            log(self.office, "campaign", campaign=name, status=status.value)

    def _hold(self, name: str, cause: str) -> None:
        """Note that a campaign waits for a person."""
        step = f"look at it with `mailer report {name}`, then `mailer resume {name}`"
        self.left_out[name] = ApprovalError.at(name, cause, step)
        self._say_once(name, str(self.left_out[name]))

    def _say_once(
        self, name: str, text: str, say: Callable[[str], None] | None = None
    ) -> None:
        """Say how it is with a campaign, but not at every tick."""
        if self._said.get(name) != text:
            self._said[name] = text
            (say or self.say)(text if text.startswith(name) else f"{name}: {text}")

    async def _tick(self, work: Callable[[], object]) -> None:
        """Run a tick; what may pass is said, and the next tick tries again."""
        name, trouble = getattr(work, "__name__", "tick"), ""
        result: object = None
        try:
            result = work()
            if asyncio.iscoroutine(result):
                result = await result
        except MailerError as error:
            trouble = str(error)
            log_trouble(self.office, name, error)
            self._say_once(name, trouble)
        except Exception as error:  # noqa: BLE001 - our own bug: raised by forever()
            log(self.office, "bug", work=name, error=type(error).__name__)
            self._bug = error
            self.stop.set()
        keep_up(self.office)
        if result is not False:  # what troubled it before still does
            beat(self.office, name, trouble)
