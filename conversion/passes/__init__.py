"""Passes over float graphs, one a file; each says what it requires, ensures, and loses."""

from conversion.passes.fold_batchnorm import fold_batchnorm
from conversion.passes.fold_input import InputSpec, fold_input, rgb_input, scaled_input
from conversion.passes.fold_scales import fold_scales

__all__ = ["InputSpec", "fold_batchnorm", "fold_input", "fold_scales", "rgb_input", "scaled_input"]
