"""Makes random integer graphs, valid by construction, on which differential tests run.

Why here and not among the tests: `simulation.selftest.run` is a feature that users run.
"""

from simulation.random_graphs.grow import grow, narrowed, random_graph
from simulation.random_graphs.maker import Case, Inputs

__all__ = ["Case", "Inputs", "grow", "narrowed", "random_graph"]
