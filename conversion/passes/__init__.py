"""Passes over float graphs, one a file; each says what it requires, ensures, and loses."""

from conversion.passes.fold_batchnorm import fold_batchnorm
from conversion.passes.fold_bias import fold_bias
from conversion.passes.fold_input import InputSpec, fold_input, rgb_input, scaled_input
from conversion.passes.fold_scales import fold_scales
from conversion.passes.pool_as_synapses import pool_as_synapses
from conversion.passes.threshold_as_neuron import threshold_as_neuron

__all__ = [
    "InputSpec",
    "fold_batchnorm",
    "fold_bias",
    "fold_input",
    "fold_scales",
    "pool_as_synapses",
    "rgb_input",
    "scaled_input",
    "threshold_as_neuron",
]
