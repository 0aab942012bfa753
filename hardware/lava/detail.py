"""How many nodes of a graph one Lava process runs; light, since help texts ask for it."""

from typing import Literal

Detail = Literal["node", "block", "branch"]
DETAILS: tuple[Detail, ...] = ("node", "block", "branch")
"""A process for each node; for each backbone, memory retrieval and head; for the whole graph."""
DEFAULT_DETAIL: Detail = "block"
