"""Counts the networks of the silicon records again, and holds every time table against them.

    python -m tests.evidence.records

The networks lie in lava-dl's own test package, so this needs lava-dl (Python 3.10). Exits with 1 if
a count differs from what its record holds. `spiketrack records --recount` does the first half.
"""

import sys

from hardware.energy.records import load_records, step_scores
from hardware.target import KNOWN_TARGETS, load_target
from spiketrack.pipeline.recount import recount


def main() -> int:
    """Prints the counts, and predicted over measured step times; 1 if a count differs."""
    differing = 0
    for record in load_records():
        found = recount(record)
        if found is None:
            continue
        print(f"\n{record.title}: {record.counts_source}")
        for held, layer in zip(record.layers, found.layers, strict=True):
            print(
                f"  {held.name:9} {held.cores:3} cores {layer.neurons:7,} neurons "
                f"{layer.synops:12,} SynOps {layer.spikes:9,} spikes  "
                + ("as in the record" if held == layer else f"DIFFERS from {held}")
            )
        differing += not found.is_same
        activity = found.activity
        print(
            f"  {activity.synops:,} SynOps, {activity.neuron_updates:,} updates and "
            f"{activity.spikes:,} spikes in {record.steps:,} steps, "
            + ("as in the record" if found.is_same else f"DIFFERS from {record.activity}")
        )
    print("\ntime table                     record        predicted   measured  predicted/measured")
    for name in KNOWN_TARGETS:
        for table in load_target(name).times:
            for score in step_scores(table):
                print(
                    f"{name + ', ' + table.name:30} {score.record:12} {score.predicted_us:9.2f} us "
                    f"{score.measured_us:7.2f} us {score.ratio:8.3f}"
                )
    return int(differing > 0)


if __name__ == "__main__":
    sys.exit(main())
