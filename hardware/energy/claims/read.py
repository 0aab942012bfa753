"""Reads a file of claims, which anybody may have written: bounded, checked key by key.

Numbers are read as they stand, digit by digit, since how a number was rounded decides what follows
from it.
"""

import sys
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path, PurePosixPath, PureWindowsPath

from hardware.energy.claims.claim import KINDS, Claim, ClaimedLayer, ClaimFile, Kind, Printed
from spiketrack.constants import MARKS
from spiketrack.errors import ReportError
from spiketrack.json_fields import Fields, shortened, texts_in

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MAX_BYTES = 1 << 20
MAX_CLAIMS = 500
MAX_LAYERS = 2000
MAX_TEXT = 4000
SMALLEST, LARGEST = 1e-12, 1e15
ADVICE = "See `spiketrack claims template` for every key."
_PAPER_KEYS = {"title", "source", "bibtex"}
_NUMBERS = (
    "params_m", "synops_g", "dense_g", "rate", "first_layer_mmacs", "other_gmacs", "energy_mj",
    "times_less",
)  # fmt: skip
_TEXTS = ("id", "subject", "source", "mark", "note", "table", "kind", "family", "precision",
          "rival", "profile")  # fmt: skip
_OTHERS = ("marks", "variants", "steps", "max_spike", "input_size", "layers", "scores")
KEYS = (*_TEXTS, *_NUMBERS, *_OTHERS)
"""Every key of a claim."""


def read_claim_file(path: Path) -> ClaimFile:
    """Reads the claims of one paper.

    Args:
        path: a TOML file as `spiketrack claims template` prints one.

    Raises:
        ReportError: the file cannot be read, is too large, or a key is missing, unknown or wrong;
            the message names the key, what was needed and what was found.
    """
    what = f"claims file '{path.name}'"
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise ReportError(what, "a readable file", error.strerror or str(error)) from error
    if len(content) > MAX_BYTES:
        raise ReportError(what, f"at most {MAX_BYTES} bytes", "more")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ReportError(what, "text in UTF-8", str(error)) from error
    return parse_claims(path.name, text)


def parse_claims(name: str, text: str) -> ClaimFile:
    """Reads the claims of one paper from the text of its file.

    Args:
        name: key of the file, for messages and tables.
        text: its content.

    Raises:
        ReportError: as `read_claim_file`.
    """
    what = f"claims file '{name}'"
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise ReportError(what, f"at most {MAX_BYTES} bytes", "more")
    try:
        document = tomllib.loads(text, parse_float=_decimal)
    except (ValueError, RecursionError) as error:
        raise ReportError(what, "TOML", str(error), ADVICE) from error
    top = Fields(what, document, ReportError, ADVICE)
    _only(top, {"paper", "claims"})
    paper = top.inner("paper")
    _only(paper, _PAPER_KEYS)
    rows = top.inners("claims")
    if not 1 <= len(rows) <= MAX_CLAIMS:
        raise ReportError(f"{what} 'claims'", f"1 to {MAX_CLAIMS} claims", str(len(rows)), ADVICE)
    claims = tuple(_claim(name, index, row.members) for index, row in enumerate(rows))
    _check_ids(what, claims)
    return ClaimFile(
        name=name,
        title=_text(paper, "title", needed=True),
        source=_text(paper, "source", needed=True),
        bibtex=_text(paper, "bibtex"),
        claims=claims,
        text=text,
    )


def _decimal(digits: str) -> Decimal:
    try:
        number = Decimal(digits)
    except InvalidOperation as error:
        raise ValueError(f"'{digits}' is no number") from error
    if not number.is_finite():
        raise ValueError(f"{digits} is no finite number")
    return number


def _check_ids(what: str, claims: tuple[Claim, ...]) -> None:
    names = [claim.id for claim in claims]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ReportError(what, "unique ids", ", ".join(twice))
    for claim in claims:
        if claim.rival and claim.rival not in names:
            raise ReportError(
                f"claim '{claim.id}' 'rival'", "the id of a claim of this file", repr(claim.rival)
            )
        if claim.rival == claim.id:
            raise ReportError(f"claim '{claim.id}' 'rival'", "another claim", "itself")


def _claim(name: str, index: int, members: Mapping[str, object]) -> Claim:
    key = members.get("id")
    what = f"claim '{key}'" if isinstance(key, str) else f"claim {index} of '{name}'"
    row = Fields(what, members, ReportError, ADVICE)
    _only(row, set(KEYS))
    numbers = {number: _number(row, number) for number in _NUMBERS}
    if numbers["times_less"] is not None and "rival" not in members:
        raise ReportError(f"{what} 'rival'", "the id of the claim that it is compared with", "none")
    return Claim(
        id=_text(row, "id", needed=True),
        subject=_text(row, "subject", needed=True),
        source=_text(row, "source", needed=True),
        mark=_mark(f"{what} 'mark'", members.get("mark")),
        marks=_marks(row),
        note=_text(row, "note"),
        table=_text(row, "table"),
        kind=_kind(row),
        variants=_variants(row),
        family=_text(row, "family"),
        steps=_whole(row, "steps"),
        max_spike=_whole(row, "max_spike"),
        input_size=_size(row),
        precision=_text(row, "precision"),
        params_m=numbers["params_m"],
        synops_g=numbers["synops_g"],
        dense_g=numbers["dense_g"],
        rate=numbers["rate"],
        first_layer_mmacs=numbers["first_layer_mmacs"],
        other_gmacs=numbers["other_gmacs"],
        energy=numbers["energy_mj"],
        rival=_text(row, "rival"),
        times_less=numbers["times_less"],
        layers=_layers(row),
        profile=_place(row),
        scores=_scores(row),
    )


def _only(fields: Fields, known: set[str]) -> None:
    for key in fields.members:
        if key not in known:
            raise ReportError(f"{fields.what} '{key}'", f"one of {', '.join(sorted(known))}",
                              "another key", fields.advice)  # fmt: skip


def _text(row: Fields, key: str, *, needed: bool = False) -> str:
    if key not in row.members and not needed:
        return ""
    text = row.text(key)
    if len(text) > MAX_TEXT or (needed and not text.strip()):
        raise ReportError(
            f"{row.what} '{key}'", f"text of 1 to {MAX_TEXT} characters", f"{len(text)}", row.advice
        )
    return text


def _place(row: Fields) -> str:
    """A path below the folder of the file: one that leads out of it is nobody's to read."""
    text = _text(row, "profile")
    parts = PurePosixPath(text.replace("\\", "/")).parts
    if ".." in parts or PurePosixPath(text).is_absolute() or PureWindowsPath(text).drive:
        needed = "a path below the folder of the file, without '..'"
        raise ReportError(f"{row.what} 'profile'", needed, shortened(text), row.advice)
    return text


def _mark(what: str, mark: object) -> str:
    if not isinstance(mark, str) or mark not in MARKS:
        raise ReportError(what, f"one of {', '.join(MARKS)}", shortened(mark), ADVICE)
    return mark


def _marks(row: Fields) -> dict[str, str]:
    if "marks" not in row.members:
        return {}
    inner = row.inner("marks")
    _only(inner, set(KEYS))
    return {key: _mark(f"{inner.what} '{key}'", mark) for key, mark in inner.members.items()}


def _kind(row: Fields) -> Kind:
    value = row.members.get("kind", "spiking")
    for kind in KINDS:
        if value == kind:
            return kind
    raise ReportError(f"{row.what} 'kind'", " or ".join(KINDS), shortened(value), row.advice)


def _variants(row: Fields) -> tuple[str, ...]:
    return texts_in(f"{row.what} 'variants'", row.members.get("variants", []), ReportError)


def _number(row: Fields, key: str) -> Printed | None:
    value = row.members.get(key)
    if value is None:
        return None
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        if SMALLEST < value < LARGEST:
            return Printed.of(value)
    found = str(value)[:80] if isinstance(value, Decimal) else shortened(value)
    raise ReportError(f"{row.what} '{key}'", "a number above 0", found, row.advice)


def _whole(row: Fields, key: str) -> int | None:
    if key not in row.members:
        return None
    value = row.whole(key)
    if not 1 <= value <= 10_000:
        raise ReportError(f"{row.what} '{key}'", "from 1 to 10,000", str(value), row.advice)
    return value


def _size(row: Fields) -> tuple[int, int] | None:
    value = row.members.get("input_size")
    if value is None:
        return None
    sides = value if isinstance(value, list) else []
    whole = [n for n in sides if isinstance(n, int) and not isinstance(n, bool) and 0 < n < 100_000]
    if len(sides) != 2 or len(whole) != 2:
        needed = "[height, width] in pixels"
        raise ReportError(f"{row.what} 'input_size'", needed, shortened(value), row.advice)
    return whole[0], whole[1]


def _layers(row: Fields) -> tuple[ClaimedLayer, ...]:
    if "layers" not in row.members:
        return ()
    layers = row.inners("layers")
    if len(layers) > MAX_LAYERS:
        raise ReportError(f"{row.what} 'layers'", f"at most {MAX_LAYERS}", str(len(layers)))
    return tuple(_layer(layer) for layer in layers)


def _layer(layer: Fields) -> ClaimedLayer:
    _only(layer, {"name", "mmacs", "rate"})
    mmacs = _number(layer, "mmacs")
    if mmacs is None:
        raise ReportError(f"{layer.what} 'mmacs'", "a number above 0", "none", layer.advice)
    return ClaimedLayer(_text(layer, "name", needed=True), mmacs, _number(layer, "rate"))


def _scores(row: Fields) -> dict[str, float]:
    if "scores" not in row.members:
        return {}
    scores = row.inner("scores").members
    found: dict[str, float] = {}
    for name, score in scores.items():
        if isinstance(score, bool) or not isinstance(score, (int, Decimal)):
            raise ReportError(f"{row.what} 'scores'", "scores as numbers", shortened(score))
        found[name] = float(score)
    return found
