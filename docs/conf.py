"""Settings of Sphinx, which `make docs` runs: the pages of this folder and the API reference."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from spiketrack import __version__

project = "spiketrack"
author = "spiketrack maintainers"
version = release = __version__
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "docs.sphinx_source",
]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"spiketrack {__version__}"
html_show_copyright = False

myst_heading_anchors = 3

# Why mocked: the reference is built where neither is installed.
autodoc_mock_imports = ["brian2", "lava"]
autodoc_default_options = {"members": True, "member-order": "bysource", "no-value": True}
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
# Why ivar: a field of a dataclass is described once, where its docstring lists the attributes.
napoleon_use_ivar = True
napoleon_numpy_docstring = False
# Docstrings write `name` for code.
default_role = "code"
# Why: one door hands on what another defines, so that a short name in an annotation fits both.
suppress_warnings = ["ref.python"]
