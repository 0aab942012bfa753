"""Graph -> cores: what fits where, and what it costs on the way.

Door: `map_graph` puts a graph on a board (`cut_graph`, then `lay_out` for each board that is
tried), `record_of` makes plain data of it, `read_mapping` and `to_text` are its file,
`cores_needed` asks for the size alone.
"""

from hardware.mapping.mapper import (
    Cut,
    Layout,
    MapOptions,
    cores_needed,
    cut_graph,
    lay_out,
    map_graph,
)
from hardware.mapping.record import LayerRecord, MappingRecord, record_of
from hardware.mapping.store import from_text, read_mapping, to_text

__all__ = [
    "Cut",
    "LayerRecord",
    "Layout",
    "MapOptions",
    "MappingRecord",
    "cores_needed",
    "cut_graph",
    "from_text",
    "lay_out",
    "map_graph",
    "read_mapping",
    "record_of",
    "to_text",
]
