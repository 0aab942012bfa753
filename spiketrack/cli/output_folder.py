"""The folder that a command writes into: looked at before long work, and kept from other runs."""

from pathlib import Path

from spiketrack.cli.group import complain, state
from spiketrack.files.folder_lock import locked_folder
from spiketrack.files.places import check_output_folder


def take_output_folder(folder: Path) -> None:
    """Refuses a folder that cannot be written, and keeps others out until the command has ended.

    Raises:
        StoreError: it cannot be written, or another run is writing there.
    """
    check_output_folder(folder)
    state.kept.enter_context(locked_folder(folder, complain))
