"""Unpickling without running anything the file asks for: a small machine of our own.

A pickle is a program for a stack machine: it may name any importable function and call it. This
machine has the same instructions, but names stay names, and calls make stand-ins
(`spiketrack.network.inert_values`). It builds lists, tuples and dicts; it never hashes or compares
what the file built, save texts, bytes and single numbers as keys of dicts.
Why not Python's own unpickler with its names held back: it hashes whatever the file puts into a
dict or a set, and a tuple of shared tuples takes for ever, one a million deep ends the program.
"""

import pickletools
from collections.abc import Callable
from io import BytesIO
from typing import Any

from spiketrack.network.inert_values import Inert, Named, called, kind_of, storage

MAX_OPCODES = 1 << 21
"""Instructions of one pickle: each may make an object of some hundred bytes from a single one."""
MAX_LINE_BYTES = 1 << 16
"""Of a number or a text in a line: what old protocols write, and slow to read when long."""
MAX_LISTED_ENTRIES = 1 << 16
"""Entries that a file's ordered dicts may take from lists: one list can be copied many times."""
MAX_UNKNOWN_NAMES = 1 << 12
"""Names that one file may mention."""
PLAIN_KEYS = (str, int, bytes, float, bool, type(None))
"""Keys whose hash costs no more than their bytes; any other key is kept as an `Inert`."""

_MARK = object()
_CONSTANTS: dict[str, Any] = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
_PLAIN = frozenset({
    "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT", "STRING",
    "BINSTRING", "SHORT_BINSTRING", "UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8",
    "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8",
})  # fmt: skip
_SET = Inert("set")


def load_inert(data: bytes, path: str) -> object:
    """What a pickle describes: plain values, `StoredTensor`, and `Inert` for everything else.

    Args:
        data: the pickle.
        path: of the file, for messages.

    Raises:
        CheckpointError: a call of Python's own that has no business in a checkpoint.
        ValueError, TypeError, LookupError: malformed, or without end.
    """
    return _Machine(path).run(data)


class _Lines(BytesIO):
    """Bytes whose lines are short."""

    def readline(self, size: int | None = -1, /) -> bytes:
        line = super().readline(MAX_LINE_BYTES + 1)
        if len(line) > MAX_LINE_BYTES:
            raise ValueError(f"a line of more than {MAX_LINE_BYTES} bytes")
        return line


class _Machine:
    """The stack, the memo, and one method for every kind of instruction."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}
        self._names: dict[tuple[str, str], Named] = {}
        self._made: dict[str, Inert] = {}
        self._listed = 0
        self._instructions = _instructions()

    def run(self, data: bytes) -> object:
        for count, (opcode, argument, _) in enumerate(pickletools.genops(_Lines(data))):
            if count >= MAX_OPCODES:
                raise ValueError(f"more than {MAX_OPCODES} instructions")
            name = opcode.name
            if name in _PLAIN:
                self._stack.append(argument)
            elif name in _CONSTANTS:
                self._stack.append(_CONSTANTS[name])
            elif name == "STOP":
                break
            else:
                instruction = self._instructions.get(name)
                if instruction is None:
                    raise ValueError(f"the instruction {name}, which torch never writes")
                instruction(self, argument)
        return self._value()

    def nothing(self, _: Any) -> None:
        """PROTO, FRAME."""

    def mark(self, _: Any) -> None:
        self._stack.append(_MARK)

    def pop(self, _: Any) -> None:
        self._stack.pop()

    def pop_mark(self, _: Any) -> None:
        self._to_mark()

    def duplicate(self, _: Any) -> None:
        self._stack.append(self._stack[-1])

    def put(self, index: int | None) -> None:
        self._memo[len(self._memo) if index is None else index] = self._top()

    def get(self, index: int) -> None:
        self._stack.append(self._memo[index])

    def new_list(self, _: Any) -> None:
        self._stack.append([])

    def new_dict(self, _: Any) -> None:
        self._stack.append({})

    def new_set(self, _: Any) -> None:
        self._stack.append(_SET)

    def list_of(self, _: Any) -> None:
        self._stack.append(self._to_mark())

    def tuple_of(self, _: Any) -> None:
        self._stack.append(tuple(self._to_mark()))

    def set_of(self, _: Any) -> None:
        self._to_mark()
        self._stack.append(_SET)

    def dict_of(self, _: Any) -> None:
        self._stack.append(_set_items({}, self._to_mark()))

    def tuple_1(self, _: Any) -> None:
        self._stack.append((self._value(),))

    def tuple_2(self, _: Any) -> None:
        second, first = self._value(), self._value()
        self._stack.append((first, second))

    def tuple_3(self, _: Any) -> None:
        third, second, first = self._value(), self._value(), self._value()
        self._stack.append((first, second, third))

    def append(self, _: Any) -> None:
        value = self._value()
        _extend(self._top(), [value])

    def appends(self, _: Any) -> None:
        values = self._to_mark()
        _extend(self._top(), values)

    def set_item(self, _: Any) -> None:
        value, key = self._value(), self._value()
        _set_items(self._top(), [key, value])

    def set_items(self, _: Any) -> None:
        values = self._to_mark()
        _set_items(self._top(), values)

    def name(self, argument: str) -> None:
        module, _, path = argument.partition(" ")
        self._stack.append(self._named(module, path))

    def name_on_stack(self, _: Any) -> None:
        path, module = self._value(), self._value()
        if type(path) is not str or type(module) is not str:
            raise TypeError("a name must be a text")
        self._stack.append(self._named(module, path))

    def call(self, _: Any) -> None:
        """REDUCE, NEWOBJ: arguments on top of what is called."""
        arguments, function = self._value(), self._value()
        self._stack.append(self._call(function, arguments))

    def call_by_words(self, _: Any) -> None:
        """NEWOBJ_EX."""
        self._value()
        self.call(None)

    def call_marked(self, _: Any) -> None:
        """OBJ: what is called, then its arguments, behind a mark."""
        function, *arguments = self._to_mark()
        self._stack.append(self._call(function, tuple(arguments)))

    def call_named(self, argument: str) -> None:
        """INST: a name, and arguments behind a mark."""
        arguments = self._to_mark()
        self.name(argument)
        self._stack.append(self._call(self._stack.pop(), tuple(arguments)))

    def build(self, _: Any) -> None:
        """BUILD: attributes, which torch hangs on state dicts; nothing here keeps any."""
        self._value()
        target = self._top()
        if type(target) not in (dict, Inert):
            raise TypeError(f"a pickle may not alter a {kind_of(target):.80}")

    def persistent(self, _: Any) -> None:
        self._stack.append(storage(self._value()))

    def _named(self, module: str, path: str) -> Named:
        if (module, path) not in self._names:
            if len(self._names) >= MAX_UNKNOWN_NAMES:
                raise ValueError(f"more than {MAX_UNKNOWN_NAMES} names")
            name = path.rpartition(".")[2] or "unknown"
            self._names[module, path] = Named(name, module, path)
        return self._names[module, path]

    def _call(self, function: object, arguments: object) -> object:
        if isinstance(function, Named) and function.module == "collections":
            if function.path == "OrderedDict":
                return self._ordered_dict(arguments)
        made = called(function, arguments, self._path)
        return self._made.setdefault(made.name, made) if type(made) is Inert else made

    def _ordered_dict(self, arguments: object) -> dict[Any, Any]:
        """An empty dict, or one from the list of pairs that Python 2 writes."""
        if type(arguments) is tuple and not arguments:
            return {}
        pairs = arguments[0] if type(arguments) is tuple and len(arguments) == 1 else None
        if type(pairs) is not list:
            raise TypeError("an ordered dict is built from one list of pairs")
        self._listed += len(pairs)
        if self._listed > MAX_LISTED_ENTRIES:
            raise ValueError(f"more than {MAX_LISTED_ENTRIES} entries of ordered dicts in lists")
        made: dict[Any, Any] = {}
        for pair in pairs:
            if type(pair) not in (list, tuple) or len(pair) != 2:
                raise TypeError("an ordered dict is built from one list of pairs")
            _set_items(made, [*pair])
        return made

    def _top(self) -> Any:
        value = self._stack[-1]
        if value is _MARK:
            raise ValueError("a mark where a value must be")
        return value

    def _value(self) -> Any:
        value = self._top()
        self._stack.pop()
        return value

    def _to_mark(self) -> list[Any]:
        """Takes all values behind the last mark, and the mark."""
        values = []
        while (value := self._stack.pop()) is not _MARK:
            values.append(value)
        return values[::-1]


def _extend(target: object, values: list[Any]) -> None:
    if type(target) is list:
        target.extend(values)
    elif not isinstance(target, Inert):
        raise TypeError("only lists grow")


def _set_items(target: Any, values: list[Any]) -> Any:
    """Puts keys and values in turn into a dict; a stand-in takes anything and keeps nothing."""
    if len(values) % 2:
        raise ValueError("a key without a value")
    if type(target) is dict:
        for key, value in zip(values[::2], values[1::2], strict=True):
            target[key if type(key) in PLAIN_KEYS else Inert(type(key).__name__)] = value
    elif not isinstance(target, Inert):
        raise TypeError("only dicts take entries")
    return target


def _instructions() -> dict[str, Callable[[_Machine, Any], None]]:
    """What does each instruction; plain values and constants are looked at before."""
    m = _Machine
    return {
        "PROTO": m.nothing, "FRAME": m.nothing, "MARK": m.mark, "POP": m.pop,
        "POP_MARK": m.pop_mark, "DUP": m.duplicate, "PUT": m.put, "BINPUT": m.put,
        "LONG_BINPUT": m.put, "MEMOIZE": m.put, "GET": m.get, "BINGET": m.get,
        "LONG_BINGET": m.get, "EMPTY_LIST": m.new_list, "EMPTY_DICT": m.new_dict,
        "EMPTY_SET": m.new_set, "LIST": m.list_of, "TUPLE": m.tuple_of, "FROZENSET": m.set_of,
        "DICT": m.dict_of, "TUPLE1": m.tuple_1, "TUPLE2": m.tuple_2, "TUPLE3": m.tuple_3,
        "APPEND": m.append, "APPENDS": m.appends, "SETITEM": m.set_item,
        "SETITEMS": m.set_items, "ADDITEMS": m.appends, "GLOBAL": m.name,
        "STACK_GLOBAL": m.name_on_stack, "REDUCE": m.call, "NEWOBJ": m.call,
        "NEWOBJ_EX": m.call_by_words, "OBJ": m.call_marked, "INST": m.call_named,
        "BUILD": m.build, "BINPERSID": m.persistent,
    }  # fmt: skip
