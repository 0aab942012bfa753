"""The contents of profile.json, which may come from anywhere, checked and read into types.

Checked: phases and their frames, every layer's name and kind, every counter a non-negative int64,
totals equal to the sums of the layers, model facts in range, texts as such. A value that is missing
or wrong is refused by name: a count that is missing is not a count of zero.
"""

from collections.abc import Mapping
from typing import get_args

from spiketrack.constants import DEFAULT_MAX_SPIKE
from spiketrack.counts.conventions import FLOAT_GRAPH, FLOAT_WEIGHTS_KEY
from spiketrack.counts.counters import COUNTERS, Counters
from spiketrack.counts.profile import (
    PHASES,
    CountedLayer,
    CountedPhase,
    ModelFacts,
    PhaseName,
    Profile,
)
from spiketrack.errors import ReportError
from spiketrack.json_fields import count_in, object_in, shortened, texts_in

MAX_LAYERS = 20_000
MAX_NAME = 400
_MODEL_RANGES = {
    "max_spike": (1, 255),
    "n_templates": (1, 64),
    "weight_bits": (1, 32),
    "stream_bits": (1, 64),
}


def profile_from(document: object) -> Profile:
    """Checks the contents of profile.json and reads them into types.

    Args:
        document: the JSON value; it is kept, as `Profile.document`, and not changed.

    Raises:
        ReportError: it is no profile; the message names the place, what was needed and what was
            found.
    """
    contents = object_in("profile", document, ReportError)
    phases = contents.get("phases")
    if not isinstance(phases, dict) or not phases:
        needed = "an object 'phases' with at least one phase"
        raise ReportError("profile", needed, shortened(phases))
    counted = {_phase_name(name): _phase(_phase_name(name), raw) for name, raw in phases.items()}
    for key in ("provenance", "model", "speed", "loihi2"):
        object_in(f"profile '{key}'", contents.get(key, {}), ReportError)
    texts = {
        key: texts_in(f"profile '{key}'", contents.get(key, []), ReportError)
        for key in ("listed_not_counted", "alarms")
    }
    return Profile(
        model=_model(object_in("profile 'model'", contents.get("model", {}), ReportError)),
        phases=counted,
        alarms=texts["alarms"],
        listed_not_counted=texts["listed_not_counted"],
        is_interrupted=bool(contents.get("interrupted")),
        document=contents,
    )


def layer_from(where: str, value: object) -> CountedLayer:
    """Reads one layer of a phase.

    Args:
        where: the layer as a message names it.
        value: its JSON value.

    Raises:
        ReportError: it is no layer, or lacks a counter.
    """
    layer = object_in(where, value, ReportError)
    name, kind = (_name(where, key, layer.get(key)) for key in ("name", "kind"))
    named = f"{where} '{name}'"
    return CountedLayer(
        name=name,
        kind=kind,
        neurons=_own_count(named, layer, "neurons"),
        n_steps=_own_count(named, layer, "n_steps"),
        counters=counters_from(named, layer),
    )


def counters_from(where: str, counts: Mapping[str, object]) -> Counters:
    """Reads every counter.

    Args:
        where: whose counters they are, as a message names it.
        counts: JSON object that holds them.

    Raises:
        ReportError: a counter is missing or no count.
    """
    return Counters(
        **{
            counter.rpartition(".")[2]: count_in(
                f"{where} '{counter}'", _value(where, counts, counter)[1], ReportError
            )
            for counter in COUNTERS
        }
    )


def _phase_name(name: object) -> PhaseName:
    for known in PHASES:
        if name == known:
            return known
    raise ReportError("profile", f"phases {', '.join(get_args(PhaseName))}", shortened(name))


def _phase(name: PhaseName, value: object) -> CountedPhase:
    phase = object_in(f"phase '{name}'", value, ReportError)
    frames = count_in(f"phase '{name}' frames", phase.get("frames"), ReportError)
    layers = phase.get("layers")
    if not isinstance(layers, list) or len(layers) > MAX_LAYERS:
        needed = f"a list of at most {MAX_LAYERS} layers"
        raise ReportError(f"phase '{name}'", needed, type(layers).__name__)
    counted = CountedPhase(
        name=name,
        frames=frames,
        layers=tuple(
            layer_from(f"phase '{name}' layer {index}", layer) for index, layer in enumerate(layers)
        ),
    )
    if "totals" in phase:
        _check_totals(counted, phase["totals"])
    return counted


def _check_totals(phase: CountedPhase, value: object) -> None:
    """Refuses a total that is not the sum of the layers; a missing total is accepted."""
    where = f"phase '{phase.name}' totals"
    totals = object_in(where, value, ReportError)
    neurons = sum(layer.neurons for layer in phase.layers)
    sums: dict[str, int] = {"neurons": neurons}
    sums.update((counter, phase.totals[counter]) for counter in COUNTERS)
    for counter, expected in sums.items():
        is_given, total = _value(where, totals, counter)
        if is_given and count_in(f"{where} '{counter}'", total, ReportError) != expected:
            needed = f"the sum of the layers, {expected}"
            raise ReportError(f"{where} '{counter}'", needed, str(total))


def _value(where: str, counts: Mapping[str, object], counter: str) -> tuple[bool, object]:
    """Returns whether a counter is there, and its value, which is not checked."""
    group, _, name = counter.rpartition(".")
    holder = counts
    if group:
        holder = object_in(f"{where} '{group}'", counts.get(group, {}), ReportError)
    return name in holder, holder.get(name)


def _own_count(where: str, layer: Mapping[str, object], key: str) -> int:
    return count_in(f"{where} '{key}'", layer.get(key), ReportError)


def _name(where: str, key: str, value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_NAME:
        needed = f"a '{key}' of 1 to {MAX_NAME} characters"
        raise ReportError(where, needed, shortened(value))
    return value


def _model(facts: Mapping[str, object]) -> ModelFacts:
    for key in _MODEL_RANGES:
        _ranged(facts, key)
    steps, backend = facts.get("steps"), _text(facts, "backend", "")
    return ModelFacts(
        variant=_text(facts, "variant", "unknown"),
        backend=backend,
        max_spike=_ranged(facts, "max_spike", DEFAULT_MAX_SPIKE),
        n_templates=_ranged(facts, "n_templates"),
        steps=steps if isinstance(steps, int) and not isinstance(steps, bool) else None,
        has_wide_spikes=facts.get("graded") is True,
        # Why a name too: files that were written before the key existed say it by their engine.
        has_float_weights=facts.get(FLOAT_WEIGHTS_KEY, backend == FLOAT_GRAPH) is True,
    )


def _ranged(facts: Mapping[str, object], key: str, absent: int = 1) -> int:
    low, high = _MODEL_RANGES[key]
    value = facts.get(key, absent)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        what = f"profile model '{key}'"
        raise ReportError(what, f"an integer {low} to {high}", shortened(value))
    return value


def _text(facts: Mapping[str, object], key: str, absent: str) -> str:
    value = facts.get(key, absent)
    if not isinstance(value, str):
        raise ReportError(f"profile model '{key}'", "text", shortened(value))
    return value
