"""NIR files by other tools -> float graph.

`nodes` reads the file into nodes one by one, `nesting` makes one flat net of them, `loops` finds
recurrent layers, `axes` the shapes that nobody stated; `neurons`, `layers` and `shaping` convert
single nodes, `table` says which does which, `importer` joins them.
"""

from conversion.nir_import.importer import read_foreign as read_foreign
