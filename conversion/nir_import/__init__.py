"""Reads NIR files by other tools as float graphs.

`contents` looks at the groups of the file, `nodes` reads them as nodes one by one, `nesting` makes
one flat net of them, `loops` finds recurrent layers, `axes` the shapes that nobody stated;
`neurons`, `layers` and `shaping` convert single nodes, `table` says which does which, `names` what
added nodes are called, `importer` joins them.
"""

from conversion.nir_import.importer import read_foreign as read_foreign
