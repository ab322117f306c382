"""The daemon's door: `python scheduler.py [--office DIR]` is `mailer run`."""

import sys

from mailer.cli.app import main

if __name__ == "__main__":
    arguments = sys.argv[1:]
    sys.argv[1:] = [*arguments, "run"] if "run" not in arguments else arguments
    main()
