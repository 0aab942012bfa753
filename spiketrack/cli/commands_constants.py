"""The command that lists every published number with its source: constants."""

from spiketrack.cli import options as o
from spiketrack.cli import show
from spiketrack.cli.show_table import show_tables


def constants(as_json: o.Json = False) -> None:
    """Lists every price, threshold, chip figure, measurement and claim, with its mark and source.

    A mark says how well a number is known: H read in a primary source or measured, M read in one
    secondary source, D derived, A assumed.
    """
    from spiketrack.report.constant_list import constant_tables, listed_constants

    if as_json:
        show.print_json([constant.to_dict() for constant in listed_constants()])
        return
    show_tables(constant_tables())
