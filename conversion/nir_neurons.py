"""Makes fields of NIR neurons in continuous time of float neurons in steps of dt.

The inverse of forward Euler: tau = dt / (1 - v_keep), r = v_gain / (1 - v_keep), v_leak =
v_drive / (1 - v_keep); tau_syn = dt / (1 - u_keep), w_in = u_gain / (1 - u_keep). These round; the
exact numbers stand in the metadata. A neuron that does not leak but is no IF gets a time constant
of 2**60 steps, for which 1 - dt / tau is exactly 1.
"""

import numpy as np

from conversion.nir_document import Content, Derived, Filled
from spiketrack.errors import UnsupportedOpError
from spiketrack.graph import float_nodes as f
from spiketrack.graph.checks import Array
from spiketrack.graph.kinds import FloatCuba

_SLOWEST = 2.0**-60
Fields = dict[str, Content]


def neuron_kind(node: FloatCuba) -> str:
    """The NIR type with the fewest parameters that says the same."""
    fires = "F" if isinstance(node, f.FloatCubaLIF) else ""
    if node.u_keep.any() or (node.u_gain != 1).any():
        return f"CubaLI{fires}"
    leaks = (node.v_keep != 1).any() or node.v_drive.any()
    return f"{'L' if leaks else ''}I{fires}"


def neuron_fields(node: FloatCuba, dt: float, shape: tuple[int, ...] | None) -> Fields:
    """The fields of that type.

    Args:
        node: a neuron.
        dt: length of one step.
        shape: of every field in the portable dialect; None: the least that holds all values.

    Raises:
        UnsupportedOpError: a state that grows by itself has no time constant; a number too large.
    """
    with np.errstate(over="ignore"):
        values = _parameters(node, dt)
    for name, array in values.items():
        if not np.isfinite(array).all():
            needed = f"steps of dt = {dt:g} that float64 can turn into times"
            raise UnsupportedOpError(f"node '{node.name}', {name}", needed, "infinity")
    least = np.broadcast_shapes(*(array.shape for array in values.values()))
    return {name: laid_out(array, least, shape) for name, array in values.items()}


def _parameters(node: FloatCuba, dt: float) -> dict[str, Array]:
    kind = neuron_kind(node)
    values = _membrane(node, dt) if kind not in ("I", "IF") else {"r": node.v_gain / dt}
    if kind.startswith("Cuba"):
        rate = _rate(node, "u_keep")
        values = {"tau_syn": dt / rate, "w_in": node.u_gain / rate, **values}
        values["tau_mem"] = values.pop("tau")
    if isinstance(node, f.FloatCubaLIF):
        values |= {"v_threshold": node.threshold, "v_reset": node.v_reset}
    return values


def laid_out(
    array: Array, least: tuple[int, ...], shape: tuple[int, ...] | None
) -> Filled | Derived:
    """A parameter of rank 3 as a field: over `least`, or in full as `shape`."""
    size = shape or least
    if array.size == 1:
        return Filled(size, array.reshape(())[()])
    whole = np.broadcast_to(array, least if shape is None else _rank_three(size))
    return Derived(np.ascontiguousarray(whole.reshape(size)))


def _rank_three(shape: tuple[int, ...]) -> tuple[int, ...]:
    return shape if len(shape) == 3 else (*shape, 1, 1)


def _membrane(node: FloatCuba, dt: float) -> dict[str, Array]:
    rate = _rate(node, "v_keep")
    return {"tau": dt / rate, "r": node.v_gain / rate, "v_leak": node.v_drive / rate}


def _rate(node: FloatCuba, field: str) -> Array:
    keep: Array = getattr(node, field)
    if keep.max() > 1:
        found = f"{keep.max():g}"
        raise UnsupportedOpError(f"node '{node.name}', {field}", "at most 1 for a NIR file", found)
    return np.maximum(1.0 - keep, _SLOWEST)
