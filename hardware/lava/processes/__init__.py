"""Lava processes for what an integer graph needs and Lava lacks; one folder per process.

Why Lava is imported here first: everything here needs it, and whoever imports it first decides
about the start method of the whole program.
"""

from hardware.lava.runtime.start_method import start_method_kept

with start_method_kept():
    import lava.magma.core.process.process  # noqa: F401
