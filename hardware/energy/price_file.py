"""A price list in a file that anybody can write: read with every entry checked, and written.

    name = "my-chip"                     a short key, of your own
    title = "My chip, graded spikes"
    technology = "28 nm, 0.8 V"
    precision = "8-bit weights, graded spikes"
    scope = "chip dynamic"               or "compute only", "with memory"
    events = "graded SynOps"             which definition of a synaptic operation is priced
    omits = ["hops between tiles"]
    uncertainty = "How far to trust it, as a sentence."

    [[terms]]
    label = "synaptic operation"
    counter = "synops.graded"            a counter of `spiketrack.counts`
    group = "synapse"                    synapse, rgb, neuron, arithmetic, memory, messages or host
    times = 1                            events for one count; may be left out
    cost = { value = 2.0, unit = "pJ", source = "where it was read", mark = "H" }
    low = { ... }                        other prices of the same event; both may be left out
    high = { ... }

    [per_step]                           what a step costs beside; may be left out
    value = 30000.0
    unit = "pJ"
    source = "where it was read"

    [static_power]                       of a chip, shown and never added; may be left out
    value = 0.23
    unit = "W"
    source = "where it was read, and whose power it is"

A price has the unit pJ, or pJ/B where its counter counts bytes; other units are refused. A `mark`
that is left out is U, unmarked, or A if the source begins with "assumed:".
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from hardware.energy.model import EnergyModel, Group, Scope, Term
from spiketrack.constants import Constant
from spiketrack.counts.counters import Counter
from spiketrack.errors import ReportError
from spiketrack.files.atomic import write_text
from spiketrack.json_fields import Fields, texts_in
from spiketrack.plain_text import shown

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MAX_BYTES = 1 << 20
_TEXTS = ("name", "title", "technology", "precision", "scope", "events", "uncertainty")
_KEYS = (*_TEXTS, "omits", "terms", "per_step", "static_power")
_TERM_KEYS = ("label", "counter", "group", "times", "cost", "low", "high")
_FIGURE_KEYS = ("value", "unit", "source", "mark")


def read_model(path: Path | str) -> EnergyModel:
    """Reads a price list.

    Args:
        path: a .toml file as the docstring of `hardware.energy.price_file` describes it.

    Raises:
        ReportError: it cannot be read, or a key is missing, unknown or wrong; the message names it.
    """
    what = f"price list '{path}'"
    try:
        with open(path, "rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ReportError(
            what, "a readable file", error.strerror or type(error).__name__
        ) from error
    if len(content) > MAX_BYTES:
        raise ReportError(what, f"at most {MAX_BYTES:,} bytes", "more")
    try:
        document = tomllib.loads(content.decode())
    except (ValueError, RecursionError) as error:
        raise ReportError(what, "TOML", str(error)) from error
    fields = Fields(what, document, ReportError)
    try:
        return _model(fields)
    except ValueError as error:
        raise ReportError(what, "prices that can be applied", str(error)) from error


def write_model(model: EnergyModel, path: Path) -> None:
    """Writes a price list, complete or not at all; `read_model` gives it back.

    Args:
        model: the price list.
        path: where; an existing file is replaced.

    Raises:
        ReportError: the file cannot be written.
    """
    write_text(path, "\n".join(_lines(model)) + "\n", error=ReportError)


def _model(fields: Fields) -> EnergyModel:
    _only(fields, _KEYS)
    texts = {key: fields.text(key) for key in _TEXTS}
    for key in ("name", "title"):
        if not texts[key].strip():
            raise ReportError(f"{fields.what} '{key}'", "a text that is not empty", "none")
    omits = fields.members.get("omits", [])
    return EnergyModel(
        name=texts["name"],
        title=texts["title"],
        technology=texts["technology"],
        precision=texts["precision"],
        scope=cast(Scope, texts["scope"]),
        events=texts["events"],
        uncertainty=texts["uncertainty"],
        terms=tuple(_term(one) for one in fields.inners("terms")),
        omits=texts_in(f"{fields.what} 'omits'", omits, ReportError),
        per_step=_figure(fields, "per_step"),
        static_power=_figure(fields, "static_power"),
    )


def _term(term: Fields) -> Term:
    _only(term, _TERM_KEYS)
    cost = _figure(term, "cost")
    if cost is None:
        raise ReportError(f"{term.what} 'cost'", "value, unit and source", "none")
    times = term.whole("times") if "times" in term.members else 1
    return Term(
        label=term.text("label"),
        counter=cast(Counter, term.text("counter")),
        group=cast(Group, term.text("group")),
        cost=cost,
        times=times,
        low=_figure(term, "low"),
        high=_figure(term, "high"),
    )


def _figure(fields: Fields, key: str) -> Constant | None:
    if key not in fields.members:
        return None
    entry = fields.inner(key)
    _only(entry, _FIGURE_KEYS)
    source = entry.text("source")
    assumed = "A" if source.startswith("assumed:") else "U"
    mark = entry.text("mark") if "mark" in entry.members else assumed
    return Constant(entry.number("value"), entry.text("unit"), source, mark)


def _only(fields: Fields, keys: tuple[str, ...]) -> None:
    for key in fields.members:
        if key not in keys:
            raise ReportError(fields.what, f"only the keys {', '.join(keys)}", f"'{key}'")


def _lines(model: EnergyModel) -> Iterator[str]:
    for key in _TEXTS:
        yield f"{key} = {_quoted(getattr(model, key))}"
    yield f"omits = [{', '.join(map(_quoted, model.omits))}]"
    for term in model.terms:
        yield from ("", "[[terms]]")
        for key in ("label", "counter", "group"):
            yield f"{key} = {_quoted(getattr(term, key))}"
        yield f"times = {term.times}"
        for key, price in (("cost", term.cost), ("low", term.low), ("high", term.high)):
            if price is not None:
                entries = ", ".join(f"{name} = {value}" for name, value in _entries(price))
                yield f"{key} = {{ {entries} }}"
    for key, figure in (("per_step", model.per_step), ("static_power", model.static_power)):
        if figure is not None:
            yield from ("", f"[{key}]")
            yield from (f"{name} = {value}" for name, value in _entries(figure))


def _entries(figure: Constant) -> tuple[tuple[str, str], ...]:
    return (
        ("value", repr(float(figure.value))),
        ("unit", _quoted(figure.unit)),
        ("source", _quoted(figure.source)),
        ("mark", _quoted(figure.mark)),
    )


def _quoted(text: str) -> str:
    """A TOML string: JSON's escapes are TOML's, once nothing unprintable is left."""
    return json.dumps(shown(text), ensure_ascii=False)
