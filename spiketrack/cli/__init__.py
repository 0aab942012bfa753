"""The command line: `spiketrack` with demo, convert, inspect, track, profile, audit.

Exit codes: 0, 1 for an error (one line on stderr; the traceback only with --debug), 2 for wrong
usage, 130 after Ctrl-C.
"""

import sys

from spiketrack.errors import ShadowedPackageError
from spiketrack.plain_text import use_plain_equivalents

DEBUG = "--debug"


def main() -> None:
    """Entry point of the console script."""
    use_plain_equivalents(sys.stdout, sys.stderr)
    given = sys.argv[1:]
    # Why moved: it belongs to the program, but people add it to the end of a command that failed.
    debug = [DEBUG] if DEBUG in given else []
    try:
        # Why late: with a package of the user's in the place of ours this is where it fails.
        from spiketrack import own_packages  # noqa: F401
        from spiketrack.cli.app import app
    except ShadowedPackageError as error:
        if debug:
            raise
        sys.stderr.write(f"spiketrack: {error}\n")
        sys.exit(1)
    app(args=[*debug, *(word for word in given if word != DEBUG)], prog_name="spiketrack")


__all__ = ["main"]
