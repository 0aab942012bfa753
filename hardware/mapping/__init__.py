"""Graph -> cores: what fits where, and what it costs on the way.

Door: `map_graph` puts a graph on a board, `record_of` makes plain data of it, `read_mapping` and
`to_text` are its file, `cores_needed` asks for the size alone.
"""

from hardware.mapping.mapper import Layout, MapOptions, cores_needed, map_graph
from hardware.mapping.node_places import NodePlace, node_places
from hardware.mapping.record import LayerRecord, MappingRecord, record_of
from hardware.mapping.store import from_text, read_mapping, to_text

__all__ = [
    "LayerRecord",
    "Layout",
    "MapOptions",
    "MappingRecord",
    "NodePlace",
    "cores_needed",
    "from_text",
    "map_graph",
    "node_places",
    "read_mapping",
    "record_of",
    "to_text",
]
