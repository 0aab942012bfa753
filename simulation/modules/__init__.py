"""Counts what any PyTorch module does with spikes, without a graph of it.

Door: `count_module` runs a module and returns the counts of one phase "run", with what was not
counted. Hooks say where an operation belongs, a dispatch mode sees every operation below them, and
spikes are recognised by their values.
"""

from simulation.modules.count import CountedModule, ModuleRun, count_module
from simulation.modules.levels import Levels

__all__ = ["CountedModule", "Levels", "ModuleRun", "count_module"]
