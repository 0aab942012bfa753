"""A chip as data: its limits, formats, mesh, times and boards, each with its source.

The known ones lie in `hardware/targets`; any other is a TOML file of the same keys.
"""

import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hardware.time_table import OPTIONAL, REQUIRED, TimeTable
from spiketrack.constants import MARKS, Constant
from spiketrack.errors import TargetError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FOLDER = Path(__file__).parent / "targets"
KNOWN_TARGETS = tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))
"""Names of the chips in the folder: a file that is laid there is known by its name."""
MAX_BYTES = 1 << 20
MAX_VALUE = 1 << 40
MAX_CHIPS = 1 << 14
MAX_PLACES = 1 << 22
"""Places for cores on one board, which the mapper keeps in memory several times over."""

KEYS: dict[str, tuple[str, ...]] = {
    "limits": (
        "cores_per_chip",
        "neurons_per_core",
        "synapse_memory_per_core",
        "state_memory_per_core",
        "memory_per_core",
        "in_axons_per_core",
        "out_axons_per_core",
        "atoms_per_axon",
    ),
    "format": ("weight_bits", "state_bits", "in_axon_bits", "out_axon_bits"),
    "mesh": ("router_rows", "router_columns", "cores_per_router", "chip_crossing_hops"),
    "time": REQUIRED,
    "features": ("graded_spikes", "microcode", "shared_weights"),
}
"""Every quantity a target must give, by section. Times may be fractions, features are true or
false, all others are whole numbers from 1. What they mean:

    limits      how many cores a chip has, and what one core holds at most: neurons; bits of weights
                (synapse memory), of registers and parameters (state memory) and of all together
                with the axons; entries in its table of axons that come in, and in that of axons
                that go out; neurons of one layer that one entry can stand for (atoms)
    format      bits of a stored weight, of a register of a neuron, of an entry in each table
    mesh        routers of a chip from north to south and from west to east, cores at one router,
                and how many hops a border between two chips adds
    time        nanoseconds for a synaptic operation, for the update of a neuron that has work, for
                the visit of one that has none, and for what every step takes beside (a barrier); if
                it is longer on several chips, `many_chips_overhead_ns` says so
    features    whether a spike carries an integer, whether neurons can be programmed, and whether
                the neurons of a convolution share its weights on a core

`title` in [time] says whose times these are. More time tables may follow as [times.NAME]. A board
has its chips, rows, columns and source, perhaps `usable_cores` of each chip.
"""


@dataclass(frozen=True, slots=True)
class Board:
    """Chips in an array, row by row.

    Attributes:
        name: how the command line calls it.
        chips: rows * columns.
        rows: chips from north to south.
        columns: chips from west to east.
        source: where that was read.
        usable_cores: of each chip, where a board has fewer than the chip; None for all.
    """

    name: str
    chips: int
    rows: int
    columns: int
    source: str
    usable_cores: int | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """A kind of chip.

    Attributes:
        name: short name.
        title: full name.
        quantities: every key of `KEYS`, with unit and source.
        boards: from small to large.
        times: at least one answer to how long an operation takes; estimates start from the first.
    """

    name: str
    title: str
    quantities: dict[str, Constant]
    boards: tuple[Board, ...]
    times: tuple[TimeTable, ...]

    def __getitem__(self, key: str) -> int:
        return int(self.quantities[key].value)

    def number(self, key: str) -> float:
        """A quantity that may be a fraction.

        Args:
            key: name of the quantity, as in the target's file.
        """
        return float(self.quantities[key].value)

    def has(self, feature: str) -> bool:
        """Whether the chip has a feature.

        Args:
            feature: "graded_spikes", "microcode" or another switch of the target's file.
        """
        return bool(self.quantities[feature].value)

    def per_chip(self, board: Board) -> int:
        """Cores of each chip of a board.

        Args:
            board: one of `boards`.
        """
        return self["cores_per_chip"] if board.usable_cores is None else board.usable_cores

    def cores_on(self, board: Board) -> int:
        """Cores of a board.

        Args:
            board: one of `boards`.
        """
        return board.chips * self.per_chip(board)

    def board(self, name: str) -> Board:
        """The board of that name.

        Args:
            name: one of the names in the target's file.

        Raises:
            TargetError: there is none.
        """
        for board in self.boards:
            if board.name == name:
                return board
        known = ", ".join(f"{board.name} ({board.chips})" for board in self.boards)
        raise TargetError(f"board '{name}' of {self.name}", f"one of {known}")

    def smallest_board(self, cores: int) -> Board | None:
        """The board with the fewest chips that has as many cores, or None.

        Args:
            cores: how many cores it must have.
        """
        return next((board for board in self.boards if self.cores_on(board) >= cores), None)

    def assumed(self) -> list[str]:
        """Every quantity that no public source gives, as text."""
        found = {key: one for key, one in self.quantities.items() if "assumed" in one.source}
        return [f"{key} = {one.value:g} {one.unit} ({one.source})" for key, one in found.items()]


def array_of_chips(chips: int) -> Board:
    """A board of any number of chips, as nearly square as it goes.

    Raises:
        TargetError: no chips, or more than a mapper can place.
    """
    if not 1 <= chips <= MAX_CHIPS:
        raise TargetError("number of chips", f"1..{MAX_CHIPS}", str(chips))
    rows = next(rows for rows in range(math.isqrt(chips), 0, -1) if chips % rows == 0)
    return Board(f"{chips} chips", chips, rows, chips // rows, "assumed: chips in a rectangle")


def load_target(name: str) -> Target:
    """A known target by name, or one of yours by the path of its TOML file.

    Args:
        name: "loihi1", "loihi2" or another known target, or the path of a .toml file.

    Returns:
        The chip's limits, the times of its table and the boards that carry it, each with a source.

    Raises:
        TargetError: no such target; or a file with a key too few, too many, or out of range.
    """
    path = FOLDER / f"{name}.toml" if name in KNOWN_TARGETS else Path(name)
    if path.suffix != ".toml":
        needed = f"{', '.join(KNOWN_TARGETS)} or the path of a .toml file"
        raise TargetError(f"target '{name}'", needed)
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        found = error.strerror or type(error).__name__
        raise TargetError(f"target '{name}'", "a readable file", found) from error
    if len(content) > MAX_BYTES:
        raise TargetError(f"target '{name}'", f"at most {MAX_BYTES} bytes", "more")
    try:
        document = tomllib.loads(content.decode())
    except (ValueError, RecursionError) as error:
        raise TargetError(f"target '{name}'", "TOML", str(error)) from error
    return target_from(document)


def target_from(document: dict[str, Any]) -> Target:
    """A target from the content of its file, every entry checked.

    Raises:
        TargetError: names the key.
    """
    _require_keys("target", document, ("name", "title", *KEYS, "boards"), ("times",))
    name, title = (_text(f"target, {key}", document[key]) for key in ("name", "title"))
    quantities: dict[str, Constant] = {}
    for section, keys in KEYS.items():
        more = ("title", *OPTIONAL) if section == "time" else ()
        _require_keys(f"target '{name}', [{section}]", document[section], keys, more)
        for key in keys:
            what = f"target '{name}', {key}"
            quantities[key] = _quantity(what, section, document[section][key])
    boards = tuple(
        _board(f"target '{name}', board '{key}'", key, entry)
        for key, entry in _table(f"target '{name}', [boards]", document["boards"]).items()
    )
    if not boards:
        raise TargetError(f"target '{name}'", "at least one board")
    target = Target(
        name, title, quantities, tuple(sorted(boards, key=lambda one: one.chips)),
        _time_tables(name, title, document),
    )  # fmt: skip
    _require_mesh(target)
    for board in boards:
        if not 1 <= target.per_chip(board) <= target["cores_per_chip"]:
            needed = f"1..{target['cores_per_chip']} usable cores"
            raise TargetError(
                f"target '{name}', board '{board.name}'", needed, str(board.usable_cores)
            )
    return target


def _time_tables(name: str, title: str, document: dict[str, Any]) -> tuple[TimeTable, ...]:
    """The table of [time], then those of [times.*] in the order of the file."""
    tables = {
        name: document["time"],
        **_table(f"target '{name}', [times]", document.get("times", {})),
    }
    found = []
    for key, entries in tables.items():
        what = f"target '{name}', times '{key}'"
        _require_keys(what, entries, REQUIRED, ("title", *OPTIONAL))
        times = {
            quantity: _quantity(f"{what}, {quantity}", "time", entries[quantity])
            for quantity in (*REQUIRED, *OPTIONAL)
            if quantity in entries
        }
        words = _text(f"{what}, title", entries.get("title", f"{title}, as its file says"))
        found.append(TimeTable(key, words, times))
    return tuple(found)


def _require_mesh(target: Target) -> None:
    places = target["router_rows"] * target["router_columns"] * target["cores_per_router"]
    if places < target["cores_per_chip"]:
        needed = f"a place for each of {target['cores_per_chip']} cores"
        raise TargetError(f"target '{target.name}', mesh", needed, f"{places} places")
    most = max(board.chips for board in target.boards)
    if places * most > MAX_PLACES:
        needed = f"at most {MAX_PLACES:,} places on {most:,} chips"
        raise TargetError(f"target '{target.name}', mesh", needed, f"{places * most:,}")


def _table(what: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TargetError(what, "a table", type(value).__name__)
    return value


def _require_keys(
    what: str, value: Any, keys: tuple[str, ...], optional: tuple[str, ...] = ()
) -> None:
    table = _table(what, value)
    for key in keys:
        if key not in table:
            raise TargetError(what, f"a key '{key}'", "none")
    for key in table:
        if key not in (*keys, *optional):
            raise TargetError(what, f"only {', '.join(keys)}", f"'{key}'")


def _quantity(what: str, section: str, value: Any) -> Constant:
    _require_keys(what, value, ("value", "unit", "source"), ("mark",))
    unit, source = (_text(f"{what}, {key}", value[key]) for key in ("unit", "source"))
    number = value["value"]
    if section == "features":
        if not isinstance(number, bool):
            raise TargetError(what, "true or false", repr(number))
    elif isinstance(number, bool) or not isinstance(number, int | float):
        raise TargetError(what, "a number", repr(number))
    elif not 0 < number <= MAX_VALUE:
        raise TargetError(what, f"a positive number up to {MAX_VALUE}", repr(number))
    elif section != "time" and not isinstance(number, int):
        raise TargetError(what, "a whole number", repr(number))
    given = value.get("mark", "A" if source.startswith("assumed:") else "U")
    try:
        return Constant(number, unit, source, given)
    except ValueError as error:
        raise TargetError(f"{what}, mark", ", ".join(MARKS), f"{given!r} ({error})") from error


def _board(what: str, name: str, value: Any) -> Board:
    keys = ("chips", "rows", "columns")
    _require_keys(what, value, (*keys, "source"), ("usable_cores",))
    for key in (*keys, *(("usable_cores",) if "usable_cores" in value else ())):
        size = value[key]
        if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= MAX_CHIPS:
            raise TargetError(f"{what}, {key}", f"a whole number 1..{MAX_CHIPS}", repr(size))
    chips, rows, columns = (value[key] for key in keys)
    if rows * columns != chips:
        raise TargetError(what, f"{rows} x {columns} chips", str(chips))
    source = _text(f"{what}, source", value["source"])
    return Board(name, chips, rows, columns, source, value.get("usable_cores"))


def _text(what: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise TargetError(what, "text", repr(value))
    return value
