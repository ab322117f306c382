"""What one writes first: an ORM object a message, `EmailMessage`, aiosmtplib."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiosmtplib
from letter import addresses, attachments
from mail_merge import compose
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from task import Task


class Base(DeclarativeBase):
    """What SQLAlchemy asks for."""


class Letter(Base):
    """A message, and whether it was sent."""

    __tablename__ = "letter"

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str]
    is_sent: Mapped[bool] = mapped_column(default=False)


def prepare(task: Task, folder: Path) -> Callable[[], None]:
    """Return the loop over all letters, each committed once it was sent."""
    engine = create_engine(f"sqlite:///{folder / 'naive.db'}")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(Letter(address=one) for one in addresses(task.count))
        session.commit()
    files = attachments() if task.has_attachments else {}

    async def send() -> None:
        with Session(engine) as session:
            letters = session.query(Letter).filter_by(is_sent=False).all()
            async with aiosmtplib.SMTP(
                hostname="127.0.0.1", port=task.port, start_tls=False
            ) as relay:
                for letter in letters:
                    await relay.send_message(compose(letter.address, files))
                    letter.is_sent = True
                    session.commit()

    return lambda: asyncio.run(send())
