"""Damage that stays valid HDF5: another type, shape, value, link or storage somewhere in the tree.

Every mutation takes the open file and a generator and changes one thing; a change that HDF5 itself
refuses is no mutation and the next one is tried.
"""

from collections.abc import Callable
from typing import Any

import h5py
import numpy as np
from numpy.random import Generator

from tests.fuzz.json_mutations import mutate_json

Mutation = Callable[[h5py.File, Generator], None]
_TEXT = h5py.string_dtype()
_WALKS = 30
_DEEPEST = 8
_MOST_NUMBERS = 1 << 16
_HUGE: tuple[tuple[int, ...], ...] = (
    (2**40,), (2**31, 2**31), (2**20, 2**20), (1, 2**45), (2**29,), (2**13, 2**13),
    (2**15, 2**10, 3, 3), (2**62,), (2**26,), (2**24, 2),
)  # fmt: skip


def wander(file: h5py.File, rng: Generator, wanted: Callable[[Any], bool]) -> Any:
    """Something of a kind in the tree, found by walking down at random from the root.

    Why not a list of all: a file may hold loops, thousands of groups, or nests without end.
    """
    for _ in range(_WALKS):
        place: Any = file
        for _ in range(_DEEPEST):
            if wanted(place) and (isinstance(place, h5py.Dataset) or rng.random() < 0.3):
                return place
            if not isinstance(place, h5py.Group) or not len(place):
                break
            name = pick(rng, list(place))
            if not isinstance(place.get(name, getlink=True), h5py.HardLink):
                break
            place = place[name]
    raise LookupError("no such place")


def some_group(file: h5py.File, rng: Generator) -> h5py.Group:
    """A group."""
    return wander(file, rng, lambda one: isinstance(one, h5py.Group))


def pick(rng: Generator, choices: Any) -> Any:
    """One of a sequence, as it is."""
    if not len(choices):
        raise LookupError("nothing to choose from")
    return choices[int(rng.integers(len(choices)))]


def put(holder: h5py.Group, name: str, data: Any = None, **options: Any) -> None:
    """A dataset in place of whatever had its name."""
    if holder.get(name, getlink=True) is not None:
        del holder[name]
    holder.create_dataset(name, data=data, **options)


def value_of(found: h5py.Dataset) -> Any:
    """The numbers of a dataset, unless an earlier change declared too many."""
    if found.size is not None and found.size > _MOST_NUMBERS:
        raise LookupError("too many numbers")
    return found[()]


def some_dataset(file: h5py.File, rng: Generator) -> tuple[h5py.Group, str, h5py.Dataset]:
    """A dataset, the group it is in and its name there."""
    found = wander(file, rng, lambda one: isinstance(one, h5py.Dataset))
    return found.parent, found.name.rsplit("/", 1)[1], found


def some_text(file: h5py.File, rng: Generator) -> tuple[h5py.Group, str, str]:
    """A dataset of one string, its place and its value."""
    found = wander(file, rng, _is_text)
    return found.parent, found.name.rsplit("/", 1)[1], value_of(found).decode("utf-8", "replace")


def _is_text(one: Any) -> bool:
    if not isinstance(one, h5py.Dataset):
        return False
    return one.shape == () and h5py.check_string_dtype(one.dtype) is not None


def delete_member(file: h5py.File, rng: Generator) -> None:
    holder = some_group(file, rng)
    del holder[pick(rng, list(holder))]


def rename_member(file: h5py.File, rng: Generator) -> None:
    holder = some_group(file, rng)
    old = pick(rng, list(holder))
    names = ["x", "0", "-1", "10", "1e3", "01", "type", "shape", "bias", "é", " ", old + "#1", "²"]
    holder.move(old, pick(rng, [*names, "n" * 5000, old.upper()]))


def copy_member(file: h5py.File, rng: Generator) -> None:
    holder = some_group(file, rng)
    old = pick(rng, list(holder))
    holder.copy(old, holder, name=old + pick(rng, ["2", "#1", "x", ".0"]))


def copy_elsewhere(file: h5py.File, rng: Generator) -> None:
    source, target = some_group(file, rng), some_group(file, rng)
    old = pick(rng, list(source))
    name = pick(rng, [*target, old])
    if target.get(name, getlink=True) is not None:
        del target[name]
    file.copy(source[old], target, name=name)


def name_that_is_no_text(file: h5py.File, rng: Generator) -> None:
    holder = some_group(file, rng)
    name = pick(rng, [b"\xff\xfe", b"caf\xe9", b"a\x01\x1b[31m"])
    holder.move(pick(rng, list(holder)), name)


def swap_kind(file: h5py.File, rng: Generator) -> None:
    holder = some_group(file, rng)
    name = pick(rng, list(holder))
    was_group = isinstance(holder[name], h5py.Group)
    del holder[name]
    if was_group:
        holder[name] = pick(rng, [np.zeros(3), "text", 1.5])
    elif rng.random() < 0.5:
        holder.create_group(name)
    else:
        holder[name] = np.dtype(np.int32)


def change_shape(file: h5py.File, rng: Generator) -> None:
    holder, name, found = some_dataset(file, rng)
    value = np.asarray(value_of(found))
    shapes: list[Callable[[], Any]] = [
        lambda: value.ravel(), lambda: value[None], lambda: value.T, lambda: value[..., None],
        lambda: value.ravel()[:1], lambda: value.ravel()[:0], lambda: value.ravel()[0],
        lambda: np.repeat(value[None], 2, 0), lambda: value[1:], lambda: value[:0],
        lambda: np.concatenate([value, value], -1), lambda: value.reshape((1,) * 20 + value.shape),
    ]  # fmt: skip
    put(holder, name, pick(rng, shapes)(), dtype=found.dtype)


def change_dtype(file: h5py.File, rng: Generator) -> None:
    holder, name, found = some_dataset(file, rng)
    value = np.ones(found.shape) if found.dtype.kind not in "biuf" else value_of(found)
    kinds = [
        "f2", "f4", "f8", "f16", ">f4", ">f8", ">i4", "i1", "u1", "i2", "u8", "i8", "?", "c8",
        "c16", "S4", "V7", _TEXT, h5py.vlen_dtype(np.int32), h5py.ref_dtype, h5py.regionref_dtype,
        h5py.enum_dtype({"a": 0, "b": 1}), np.dtype([("a", "i4"), ("b", "f8")]),
        np.dtype(("f4", (2,))), h5py.string_dtype("ascii", 9), h5py.opaque_dtype("M8[us]"),
    ]  # fmt: skip
    dtype = pick(rng, kinds)
    if isinstance(dtype, str) and np.dtype(dtype).kind in "biufcS":
        with np.errstate(all="ignore"):
            put(holder, name, np.asarray(value).astype(dtype))
    else:
        put(holder, name, shape=found.shape, dtype=dtype)


def change_values(file: h5py.File, rng: Generator) -> None:
    holder, name, found = some_dataset(file, rng)
    value = np.array(value_of(found))
    if value.dtype.kind not in "biuf":
        raise LookupError("no numbers")
    if value.dtype.kind == "f":
        wanted = pick(rng, [np.nan, np.inf, -np.inf, 0.0, -1.0, 1e300, 1e-300, -0.0, 1e9, 0.3])
    else:
        bounds = np.iinfo(value.dtype) if value.dtype.kind in "iu" else np.iinfo(np.uint8)
        small = [0, 1, 2, 3, 7, 255, 4096, 4097, 65536, 10**6, -1, -2, -3]
        wanted = min(max(pick(rng, [bounds.min, bounds.max, *small]), bounds.min), bounds.max)
    with np.errstate(all="ignore"):
        if value.ndim and value.size and rng.random() < 0.5:
            value.reshape(-1)[int(rng.integers(value.size))] = wanted
        else:
            value = np.full(value.shape, wanted).astype(value.dtype)
    put(holder, name, value)


def number_to_text(file: h5py.File, rng: Generator) -> None:
    holder, name, _ = some_dataset(file, rng)
    text = pick(rng, ["same", "valid", "1", "", "nan", "x" * 70_000])
    put(holder, name, pick(rng, [text, np.array([text], object)]), dtype=_TEXT)


def declare_huge(file: h5py.File, rng: Generator) -> None:
    """Sizes without numbers: nothing is stored, a fill value stands for all of it."""
    holder, name, found = some_dataset(file, rng)
    shape = pick(rng, _HUGE)
    dtype = found.dtype if rng.random() < 0.7 else pick(rng, ["f8", "i1", "S1000"])
    if rng.random() < 0.4 and found.ndim:
        sizes = list(found.shape)
        sizes[int(rng.integers(len(sizes)))] = int(pick(rng, [2**16, 2**20, 2**33]))
        shape = tuple(sizes)
    options: dict[str, Any] = {"chunks": tuple(min(n, 64) for n in shape)}
    if rng.random() < 0.3:
        options = {"chunks": tuple(min(n, 2**14) for n in shape), "compression": "gzip"}
    if rng.random() < 0.3:
        options["maxshape"] = (None,) * len(shape)
    put(holder, name, shape=shape, dtype=dtype, **options)


def null_space(file: h5py.File, rng: Generator) -> None:
    holder, name, found = some_dataset(file, rng)
    put(holder, name, h5py.Empty(pick(rng, ["f4", "i8", _TEXT, found.dtype])))


def odd_storage(file: h5py.File, rng: Generator) -> None:
    holder, name, found = some_dataset(file, rng)
    value = np.atleast_1d(np.asarray(value_of(found)))
    action = rng.integers(6)
    if action == 0:
        layout = h5py.VirtualLayout(shape=value.shape, dtype=value.dtype)
        layout[:] = h5py.VirtualSource(pick(rng, [".", "absent.h5"]), found.name, value.shape)
        del holder[name]
        holder.create_virtual_dataset(name, layout)
    elif action == 1:
        outside = [(pick(rng, ["absent.raw", file.filename]), 0, h5py.h5f.UNLIMITED)]
        put(holder, name, shape=value.shape, dtype=value.dtype, external=outside)
    elif action == 2:
        put(holder, name, value, chunks=value.shape, compression="lzf")
    elif action == 3:
        put(holder, name, value, chunks=value.shape, scaleoffset=0)
    elif action == 4:
        put(holder, name, value, chunks=value.shape, fletcher32=True, shuffle=True)
    else:
        put(holder, name, value, chunks=(1,) * value.ndim, compression="gzip")


def odd_link(file: h5py.File, rng: Generator) -> None:
    holder = some_group(file, rng)
    name = pick(rng, [*holder, "extra"])
    target = some_group(file, rng)
    links = [
        h5py.SoftLink(f"{holder.name}/{name}"), h5py.SoftLink("/"), h5py.SoftLink("/absent"),
        h5py.SoftLink(target.name), h5py.ExternalLink(file.filename, "/"),
        h5py.ExternalLink("absent.h5", "/"), h5py.ExternalLink(".", "/"), target, file["/"],
    ]  # fmt: skip
    link = pick(rng, links)
    if holder.get(name, getlink=True) is not None:
        del holder[name]
    holder[name] = link


def attributes(file: h5py.File, rng: Generator) -> None:
    place = wander(file, rng, lambda _: rng.random() < 0.5)
    for i in range(pick(rng, [1, 1, 40])):
        value = pick(rng, [np.arange(500.0), "text", h5py.Empty("f4"), 1 + 2j, np.zeros((0, 3))])
        place.attrs[f"a{i}"] = value


def deep_nesting(file: h5py.File, rng: Generator) -> None:
    place = some_group(file, rng)
    for _ in range(pick(rng, [10, 100, 600])):
        place = place.create_group("nodes")


def change_text(file: h5py.File, rng: Generator) -> None:
    holder, name, text = some_text(file, rng)
    others = [
        "", "x", text + " ", text.upper(), text[:-1], "0", "z" * 300_000, "NIRGraph", "Input",
        "Output", "Conv2d", "Conv1d", "Scale", "Threshold", "IF", "LIF", "LI", "I", "CubaLIF",
        "CubaLI", "Affine", "Linear", "SumPool2d", "AvgPool2d", "Flatten", "Delay", "dense", "conv",
        "input", "flatten", "dense_rec", "pool", "average", "CUBA", "LOIHI", "SDNN", "é", "a\x1b[J",
    ]  # fmt: skip
    put(holder, name, pick(rng, others), dtype=_TEXT)


def text_that_is_none(file: h5py.File, rng: Generator) -> None:
    holder, name, text = some_text(file, rng)
    raw = pick(rng, [b"\xff\xfe\xfd", b"caf\xe9", text.encode() + b"\x80"])
    if rng.random() < 0.5:
        put(holder, name, raw, dtype=_TEXT)
    else:
        put(holder, name, np.bytes_(raw))


def change_json(file: h5py.File, rng: Generator) -> None:
    found = wander(file, rng, lambda one: _json_of(one) is not None)
    holder, name, text = found.parent, found.name.rsplit("/", 1)[1], _json_of(found) or ""
    changed = mutate_json(rng, text).encode("utf-8", "surrogatepass")
    if found.shape == ():
        put(holder, name, changed.replace(b"\0", b""), dtype=_TEXT)
    else:
        put(holder, name, np.frombuffer(changed, np.uint8))


def _json_of(found: Any) -> str | None:
    if not isinstance(found, h5py.Dataset):
        return None
    if found.shape == () and h5py.check_string_dtype(found.dtype):
        text = bytes(value_of(found)).decode("utf-8", "replace")
    elif found.dtype == np.uint8 and found.ndim == 1:
        text = value_of(found).tobytes().decode("utf-8", "replace")
    else:
        return None
    return text if text.startswith(("{", "[")) else None


def change_edges(file: h5py.File, rng: Generator) -> None:
    found = file["node/edges"]
    edges = [[bytes(cell).decode() for cell in row] for row in value_of(found)]
    names = sorted({cell for row in edges for cell in row})
    source, target = pick(rng, names), pick(rng, names)
    extra: list[Any] = [
        [[source, target]], [[source, source]], [[target, source], [source, target]],
        [["unknown", target]], [[source, ""]], [row[::-1] for row in edges], edges,
        [[source, target]] * 20_000, [["n" * 50_000, target]],
        [[f"u{i}", target] for i in range(999)],
    ]  # fmt: skip
    kept = edges[: int(rng.integers(len(edges) + 1))] if rng.random() < 0.3 else edges
    rows = [*kept, *pick(rng, extra)]
    if rng.random() < 0.3:
        rng.shuffle(rows)
    put(found.parent, "edges", np.array(rows, object), dtype=_TEXT)


def many_members(file: h5py.File, rng: Generator) -> None:
    holder = some_group(file, rng)
    like = pick(rng, list(holder))
    for i in range(pick(rng, [5, 400])):
        holder[f"{like}.{i}"] = holder[like]


MUTATIONS: tuple[Mutation, ...] = (
    delete_member, rename_member, copy_member, copy_elsewhere, name_that_is_no_text, swap_kind,
    change_shape, change_dtype, change_values, change_values, number_to_text, declare_huge,
    null_space, odd_storage, odd_link, attributes, deep_nesting, change_text, text_that_is_none,
    change_json, change_json, change_edges, many_members,
)  # fmt: skip


def mutate_hdf5(file: h5py.File, rng: Generator) -> str:
    """One to three changes; their names."""
    done: list[str] = []
    wanted = int(rng.integers(1, 4))
    for _ in range(50):
        mutation = pick(rng, MUTATIONS)
        try:
            mutation(file, rng)
        except (LookupError, ValueError, TypeError, OSError, RuntimeError, ArithmeticError):
            continue
        done.append(mutation.__name__)
        if len(done) == wanted:
            break
    return "+".join(done)
