"""Runs the self-test on Lava; prints its report. Arguments: seed, graphs."""

import json
import sys
from dataclasses import asdict

from hardware.lava.detail import DEFAULT_DETAIL, Detail
from simulation.selftest.run import selftest
from spiketrack.pipeline.selftest import further_backends


def main(seed: str, n: str, detail: Detail = DEFAULT_DETAIL) -> object:
    """The report, and whether it passed."""
    names = ["lava"]
    report = selftest(int(seed), int(n), names, further=further_backends(names, detail))
    return {**asdict(report), "passed": report.passed}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))  # type: ignore[arg-type]
