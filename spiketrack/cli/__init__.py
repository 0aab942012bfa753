"""The command line: `spiketrack` with demo, convert, inspect, track, profile, audit.

Exit codes: 0, 1 for an error (one line on stderr; the traceback only with --debug), 2 for wrong
usage.
"""

import sys

from spiketrack.cli.app import app, state
from spiketrack.errors import SpiketrackError

INTERRUPTED = 130


def main() -> None:
    """Entry point of the console script."""
    try:
        app()
    except SpiketrackError as error:
        if state.debug:
            raise
        sys.stderr.write(f"spiketrack: {' '.join(str(error).split())}\n")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.stderr.write("spiketrack: interrupted\n")
        sys.exit(INTERRUPTED)


__all__ = ["app", "main"]
