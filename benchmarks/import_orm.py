"""The import as one writes it first: email-validator and an ORM object a row."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import import_list
from email_validator import validate_email
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from task import Task


class Base(DeclarativeBase):
    """What SQLAlchemy asks for."""


class Recipient(Base):
    """A row of the list."""

    __tablename__ = "recipient"

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(unique=True)


def prepare(task: Task, folder: Path) -> Callable[[], None]:
    """Return the import into an empty database."""
    path = import_list.write(folder / "everyone.csv", task.count)
    engine = create_engine(f"sqlite:///{folder / 'naive.db'}")
    Base.metadata.create_all(engine)

    def take() -> None:
        seen = set()
        with (
            path.open(encoding="utf-8", newline="") as file,
            Session(engine) as session,
        ):
            for row in csv.DictReader(file):
                checked = validate_email(row["e-mail"], check_deliverability=False)
                if checked.normalized not in seen:
                    seen.add(checked.normalized)
                    session.add(Recipient(address=checked.normalized))
                    session.flush()
            session.commit()

    return take
