"""Makes neurons in steps of dt of NIR's neurons in continuous time, by forward Euler.

LIF, LI      tau dv/dt = (v_leak - v) + R I
             v_keep = 1 - dt/tau, v_gain = R dt/tau, v_drive = v_leak dt/tau
CubaLIF, LI  tau_syn dI/dt = -I + w_in S  and the same membrane
             u_keep = 1 - dt/tau_syn, u_gain = w_in dt/tau_syn; u of this step drives v, or u of the
             step before, as `conversion.nir_origin` says
IF, I        dv/dt = R I
             v_keep = 1, v_gain = R dt
Spikes are strict (v > v_threshold). Source: Pedersen et al., Neuromorphic Intermediate
Representation, table 1; the docstrings of nir 1.0.8.
"""

from collections.abc import Sequence

import numpy as np

from conversion.nir_import.loops import Chain
from conversion.nir_import.nodes import FileNode, refused
from conversion.nir_import.site import Site, grid_of
from conversion.nir_options import NirCurrent
from spiketrack.graph import float_nodes as f
from spiketrack.graph.checks import Array

_ONE = np.ones((1, 1, 1))
_NONE = np.zeros((1, 1, 1))
_UNSTABLE = 2.0
Terms = dict[str, Array]


def spiking(site: Site) -> list[f.FloatNode]:
    """LIF, CubaLIF or IF, with the weights of its ways back."""
    terms = {**_synapse(site), **_membrane(site)}
    threshold = site.per_neuron("v_threshold")
    v_reset = site.per_neuron("v_reset", 0.0)
    subtract = site.options.reset == "subtract"
    # The choice is the user's, since NIR does not say how a spike resets.
    if subtract and v_reset.any():
        site.note("v_reset is not used, the threshold is subtracted")
    recurrent, bias = _recurrent(site, site.chains)
    source, before = site.source, []
    if bias.any():
        source = site.added("bias")
        table = bias[None, :, None, None]
        before = [f.FloatBias(name=source, inputs=(site.source,), table=table)]
    neuron = f.FloatCubaLIF(
        name=site.name, inputs=(source,), threshold=threshold, recurrent=recurrent,
        v_reset=_NONE if subtract else v_reset, reset="subtract" if subtract else "value",
        current=_current(site), **terms,
    )  # fmt: skip
    return [*before, neuron]


def integrating(site: Site) -> list[f.FloatNode]:
    """LI, CubaLI or I."""
    terms = {**_synapse(site), **_membrane(site)}
    current = _current(site)
    return [f.FloatCubaLI(name=site.name, inputs=(site.source,), current=current, **terms)]


def _current(site: Site) -> NirCurrent:
    """Which current the membrane reads; of a type without one, its input is the current."""
    return site.current if site.node.kind.startswith("Cuba") else "new"


def _synapse(site: Site) -> Terms:
    if not site.node.kind.startswith("Cuba"):
        return {"u_keep": _NONE, "u_gain": _ONE}
    rate = _rate(site, "tau_syn")
    return {"u_keep": 1.0 - rate, "u_gain": site.per_neuron("w_in", 1.0) * rate}


def _membrane(site: Site) -> Terms:
    resistance = site.per_neuron("r")
    if site.node.kind in ("IF", "I"):
        return {"v_keep": _ONE, "v_gain": resistance * site.options.dt, "v_drive": _NONE}
    rate = _rate(site, "tau_mem" if site.node.kind.startswith("Cuba") else "tau")
    drive = site.per_neuron("v_leak") * rate
    return {"v_keep": 1.0 - rate, "v_gain": resistance * rate, "v_drive": drive}


def _rate(site: Site, field: str) -> Array:
    """How much of the way to rest one step goes: dt / tau."""
    tau = site.node.floats(field)
    if tau.min() <= 0:
        raise refused(site.name, f"{field} is not positive", "write a positive time constant")
    rate = site.options.dt / tau
    # From 2 on forward Euler grows in every step instead of falling to rest.
    if rate.max() >= _UNSTABLE:
        reason = f"{field} of {tau.min():g} makes steps of dt = {site.options.dt:g} unstable"
        raise refused(site.name, reason, f"choose dt below {tau.min() * _UNSTABLE:g}")
    if rate.max() > 1.0:
        site.note(f"{field} of {tau.min():g} is shorter than dt: the state changes sign each step")
    return site.options.dt / site.per_neuron(field)


def _recurrent(site: Site, chains: Sequence[Chain]) -> tuple[Array, Array]:
    """Weights (C, C) and bias (C,) of all ways back together; (0, 0) and (0,) if there is none."""
    if not chains:
        return np.zeros((0, 0)), np.zeros(0)
    links = [link for chain in chains for link in chain]
    for link in links:
        _check_link(link)
    channels, height, width = grid_of(site.axes)
    if height * width != 1:
        reason = f"recurrent neurons on a grid of {height} x {width}"
        raise refused(site.name, reason, "flatten before them and use Linear layers")
    # Weights of the loop, of one way, and of their sum.
    site.node.charge(3 * channels * channels)
    weight, bias = np.zeros((channels, channels)), np.zeros(channels)
    for chain in chains:
        # An edge straight back is the identity.
        way, offset = np.eye(channels), np.zeros(channels)
        for link in chain:
            way, offset = _through(link, way, offset)
        if way.shape != weight.shape:
            reason = f"{channels} neurons, {len(way)} values come back to them"
            raise refused(site.name, reason, "make the recurrent weights square")
        weight, bias = weight + way, bias + offset
    return weight, bias


def _check_link(link: FileNode) -> None:
    if link.kind != "Scale" and len(link.extent("weight")) != 2:
        raise refused(link.path, "weights in a loop that are no matrix", "write (out, in)")


def _through(link: FileNode, way: Array, offset: Array) -> tuple[Array, Array]:
    """A linear map (C, N) and its offset after one more link."""
    if link.kind == "Scale":
        scale = np.ravel(link.floats("scale"))
        if len(scale) not in (1, len(way)):
            raise refused(link.path, f"{len(scale)} factors for {len(way)} values", "match them")
        return way * scale[:, None], offset * scale
    weight = link.floats("weight")
    if weight.shape[1] != len(way):
        reason = f"weights {weight.shape} for {len(way)} values"
        raise refused(link.path, reason, "match them")
    bias = np.ravel(link.floats("bias", 0.0)) if link.kind == "Affine" else np.zeros(1)
    if len(bias) not in (1, len(weight)):
        raise refused(link.path, f"a bias of {len(bias)} for {len(weight)} values", "match them")
    # Why by copy: a product with the identity could round.
    way = weight.copy() if np.array_equal(way, np.eye(len(way))) else weight @ way
    return way, weight @ offset + bias
