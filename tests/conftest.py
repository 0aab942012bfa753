"""Settings for every test: two threads, and properties that draw the same examples each time."""

import os

import hypothesis

# Why variables and not torch.set_num_threads: they cost no import, and the command line started by
# a test inherits them. They must be set before the first import of torch.
for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(_name, "2")

hypothesis.settings.register_profile("ci", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("ci")
