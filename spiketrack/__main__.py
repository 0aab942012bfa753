"""`python -m spiketrack`: the same program as the command `spiketrack`."""

from spiketrack.cli import main

if __name__ == "__main__":
    main()
