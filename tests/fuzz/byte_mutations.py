"""Damage that knows nothing of the format: flips, cuts, insertions, numbers that mean sizes."""

from collections.abc import Callable

from numpy.random import Generator

_HEAD_BYTES = 1024
# Little-endian sizes and addresses that a reader of binary files may believe.
_TELLING = (
    b"\xff" * 8, b"\xff" * 4, b"\xff\xff", b"\x00" * 8, b"\x00" * 4, b"\xff\xff\xff\x7f",
    b"\x00\x00\x00\x80", b"\xff" * 7 + b"\x7f", b"\x00" * 4 + b"\x01", b"\x01" + b"\x00" * 7,
)  # fmt: skip


def mutate_bytes(rng: Generator, data: bytes) -> tuple[bytes, str]:
    """Other bytes, and the name of what was done to them."""
    mutation = _MUTATIONS[rng.integers(len(_MUTATIONS))]
    changed = mutation(rng, bytearray(data))
    return bytes(changed), mutation.__name__.lstrip("_")


def _place(rng: Generator, data: bytearray, length: int = 1) -> int:
    """A position; one in three lies near the start, where most formats keep their description."""
    end = max(1, len(data) - length + 1)
    return int(rng.integers(min(end, _HEAD_BYTES) if rng.random() < 1 / 3 else end))


def _block(rng: Generator, data: bytearray) -> tuple[int, int]:
    length = min(len(data), 2 ** int(rng.integers(0, 12)))
    return _place(rng, data, length), length


def _flip_bits(rng: Generator, data: bytearray) -> bytearray:
    for _ in range(rng.integers(1, 9)):
        data[_place(rng, data)] ^= 1 << int(rng.integers(8))
    return data


def _set_bytes(rng: Generator, data: bytearray) -> bytearray:
    for _ in range(rng.integers(1, 5)):
        data[_place(rng, data)] = int(rng.integers(256))
    return data


def _set_numbers(rng: Generator, data: bytearray) -> bytearray:
    for _ in range(rng.integers(1, 4)):
        number = _TELLING[rng.integers(len(_TELLING))]
        at = _place(rng, data, len(number)) & ~3
        data[at : at + len(number)] = number
    return data


def _truncate(rng: Generator, data: bytearray) -> bytearray:
    return data[: int(rng.integers(len(data)))]


def _cut_block(rng: Generator, data: bytearray) -> bytearray:
    at, length = _block(rng, data)
    del data[at : at + length]
    return data


def _insert_block(rng: Generator, data: bytearray) -> bytearray:
    at, length = _block(rng, data)
    data[at:at] = rng.bytes(length)
    return data


def _repeat_block(rng: Generator, data: bytearray) -> bytearray:
    at, length = _block(rng, data)
    data[at:at] = data[at : at + length]
    return data


def _overwrite_block(rng: Generator, data: bytearray) -> bytearray:
    source, length = _block(rng, data)
    target = _place(rng, data, length)
    data[target : target + length] = data[source : source + length]
    return data


def _zero_block(rng: Generator, data: bytearray) -> bytearray:
    at, length = _block(rng, data)
    data[at : at + length] = bytes(length)
    return data


def _append(rng: Generator, data: bytearray) -> bytearray:
    return data + rng.bytes(int(rng.integers(1, 4096)))


_MUTATIONS: tuple[Callable[[Generator, bytearray], bytearray], ...] = (
    _flip_bits, _flip_bits, _set_bytes, _set_bytes, _set_numbers, _set_numbers, _truncate,
    _cut_block, _insert_block, _repeat_block, _overwrite_block, _zero_block, _append,
)  # fmt: skip
