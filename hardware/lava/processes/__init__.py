"""Lava processes for what an integer graph needs and Lava lacks.

- `nodes`: a class for every kind of node (`IntConv`, `NILIF`, `Rescale`, ...), made from one table;
- `blocks`: a class for every kind of block (`Backbone`, `MemoryRetrieval`, `Head`, ...);
- `network`: `Network` and `SpikeTracker`, which hold everything that runs;
- `ends`: `FrameIn` and `FrameOut`, between the host and the processes;
- `beside_stock`: what runs beside Lava's own stock processes.

Why all of them share one folder: the compiler is given a model for every process instance, so that
Lava does not search for models, which would execute every file of the folder for every instance.

Why Lava is imported here first: everything here needs it, and whoever imports it first decides
about the start method of the whole program.
"""

from hardware.lava.runtime.start_method import start_method_kept

with start_method_kept():
    import lava.magma.core.process.process  # noqa: F401
