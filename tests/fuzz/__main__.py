"""The command line of the harness; exit code 1 if any case is not in order."""

import argparse
from pathlib import Path

from tests.fuzz.campaign import run_campaign
from tests.fuzz.seeds import KINDS, reader


def main() -> int:
    """Runs the campaigns that were asked for and prints what they found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--n", type=int, default=20_000, help="cases in all, shared by the kinds")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--kind", action="append", choices=KINDS)
    parser.add_argument("--keep", type=Path, help="folder for files that are not in order")
    arguments = parser.parse_args()
    kinds = [kind for kind in arguments.kind or KINDS if reader(kind) is not None]
    n_bad = 0
    for kind in kinds:
        n = -(-arguments.n // len(kinds))
        findings = run_campaign(kind, n, arguments.seed, first=arguments.first, keep=arguments.keep)
        print(findings.text(), flush=True)
        n_bad += len(findings.bad)
    print(f"not in order: {n_bad}")
    return 1 if n_bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
