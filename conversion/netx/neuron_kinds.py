"""Says which neuron a layer of a `.net` file has, and lists all in it that has no meaning."""

from conversion.netx.fields import Fields, noting, raise_all, refused
from conversion.netx.options import MAX_MESSAGE_BITS
from spiketrack.errors import Obstacle
from spiketrack.graph.neurons.registers import THRESHOLD_LIMIT

CUBA_TYPES = ("LOIHI", "CUBA")
SDNN_TYPE = "SDNN"
SDNN_MESSAGE_BITS = 16
# A dense layer without a neuron: it adds up what it receives and never fires.
SILENT_THRESHOLD = THRESHOLD_LIMIT
_REWRITES = {
    "RF": "resonate-and-fire has a complex state: train with CUBA or SDNN neurons",
    "ALIF": "its threshold adapts: train with CUBA neurons",
    "ADRF": "a complex state and an adaptive threshold: train with CUBA neurons",
}
_EXPONENT = "lava-dl's loader ignores it: put the factor into the weights"
# Fields of a CUBA neuron of which only one value has a meaning, and why.
_PLAIN = (
    ("wgtExp", 0, "a weight exponent that is not 0", _EXPONENT),
    ("weight_exp", 0, "a weight exponent that is not 0", _EXPONENT),
    ("refDelay", 1, "a refractory time that is not 1", "lava-dl's loader ignores it: train with 1"),
    ("gradedSpike", 0, "CUBA neurons with graded spikes",
     "train with binary spikes, or with sigma-delta neurons"),
)  # fmt: skip


def kind_of(layer: Fields) -> str:
    """'cuba', 'sdnn' or 'silent' (no neuron in the file, or one that can never fire).

    Raises:
        ObstacleError: another neuron, or all that is missing or has no meaning in this one.
        StoreError: no texts or numbers where they should be.
    """
    if not layer.has("neuron"):
        return "silent"
    neuron = layer.sub("neuron")
    name = neuron.word("type")
    if name in CUBA_TYPES:
        _check_cuba(layer, neuron)
        return "cuba" if neuron.integer("vThMant") < SILENT_THRESHOLD else "silent"
    if name == SDNN_TYPE:
        _check_sdnn(layer, neuron)
        return "sdnn"
    family = next((start for start in _REWRITES if name.startswith(start)), "")
    rewrite = _REWRITES.get(family, "use CUBA or SDNN")
    raise refused(neuron.path, f"a neuron of type {name}", rewrite)


def message_bits(layer: Fields) -> int:
    """Bits of the spikes that leave a layer with a neuron, 0 for binary ones.

    Raises:
        ObstacleError: bits that a spike of this neuron cannot have.
        StoreError: no numbers.
    """
    neuron = layer.sub("neuron")
    default = SDNN_MESSAGE_BITS if neuron.word("type") == SDNN_TYPE else 0
    bits = neuron.integer("messageBits", default)
    low = min(default, 1)
    if not low <= bits <= MAX_MESSAGE_BITS:
        reason = f"spikes of {bits} bits" + ("" if bits else ", which makes graded ones binary")
        rewrite = f"give them {low}..{MAX_MESSAGE_BITS}, or leave it out for {default}"
        raise refused(f"{neuron.path}/messageBits", reason, rewrite)
    return bits


def _check_cuba(layer: Fields, neuron: Fields) -> None:
    """Refuses what changes a CUBA neuron and what lava-dl's loader reads over."""
    obstacles: list[Obstacle] = []
    with noting(obstacles):
        neuron.require("vThMant", "iDecay", "vDecay")
    for field, plain, reason, rewrite in _PLAIN:
        with noting(obstacles):
            if neuron.integer(field, plain) != plain:
                raise refused(f"{neuron.path}/{field}", reason, rewrite)
    with noting(obstacles):
        message_bits(layer)
    raise_all(neuron.path, obstacles)


def _check_sdnn(layer: Fields, neuron: Fields) -> None:
    """Refuses a sigma-delta neuron without a threshold, or of which lava-dl has no process."""
    obstacles: list[Obstacle] = []
    if not neuron.has("sigma_output"):
        with noting(obstacles):
            neuron.require("vThMant")
    with noting(obstacles):
        if neuron.has("activation") and neuron.word("activation") != "relu":
            rewrite = "lava-dl runs sigma-delta neurons with relu only"
            raise refused(neuron.path, f"the activation {neuron.word('activation')}", rewrite)
    with noting(obstacles):
        message_bits(layer)
    raise_all(neuron.path, obstacles)
