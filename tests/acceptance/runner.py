"""
Run `mailer` on a clock that was set beforehand: `runner.py MOMENT ARGUMENTS`.

Nothing leaves on a Sunday, nor at night, whenever the tests run.  Time passes
from MOMENT on as it always does; the program does not know.
"""

from __future__ import annotations

import sys

import time_machine

from mailer.cli.app import main

if __name__ == "__main__":
    _, moment, *arguments = sys.argv
    sys.argv = ["mailer", *arguments]
    with time_machine.travel(moment, tick=True):
        main()
