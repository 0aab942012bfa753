"""The two chips once more, typed anew: every limit, format, mesh, time, feature and board.

Typed from the project's sheet of facts on chips (Davies et al. 2018; Intel's technology brief on
Loihi 2), in its units: 128 KB are 131,072 bytes. Not on that sheet and typed from the sources that
the target files name: 512 atoms an axon (nengo-loihi), the meshes (SANA-FE), Loihi 1's neuron times
and 2 Mb a core (Davies et al.'s tables), SANA-FE's times, `usable_cores` of Hala Point (140,544
cores over 1,152 chips). Assumed, and marked so, are the axon formats, Loihi 2's mesh and axons, the
cost of a border between chips and how chips lie on a board.
"""

import pytest

from hardware.target import load_target

KB = 1024 * 8
"""Bits."""

LIMITS: dict[str, dict[str, tuple[float, str, str]]] = {
    "loihi1": {
        "cores_per_chip": (128, "cores", "H"),
        "neurons_per_core": (1024, "compartments", "H"),
        "synapse_memory_per_core": (128 * KB, "bit", "H"),
        "state_memory_per_core": (1024 * 128, "bit", "A"),
        "memory_per_core": (2 * 1024 * 1024, "bit", "H"),
        "in_axons_per_core": (4096, "axons", "H"),
        "out_axons_per_core": (4096, "axons", "H"),
        "atoms_per_axon": (2**9, "neurons", "H"),
        "weight_bits": (9, "bit", "H"),
        "state_bits": (24, "bit", "H"),
        "in_axon_bits": (32, "bit", "A"),
        "out_axon_bits": (32, "bit", "A"),
        "router_rows": (4, "routers", "H"),
        "router_columns": (8, "routers", "H"),
        "cores_per_router": (4, "cores", "H"),
        "chip_crossing_hops": (4, "hops", "A"),
        "graded_spikes": (0, "yes or no", "H"),
        "microcode": (0, "yes or no", "H"),
        "shared_weights": (1, "yes or no", "H"),
    },
    "loihi2": {
        "cores_per_chip": (128, "cores", "M"),
        "neurons_per_core": (8192, "neurons", "M"),
        "synapse_memory_per_core": (192 * KB, "bit", "M"),
        "state_memory_per_core": (192 * KB, "bit", "M"),
        "memory_per_core": (192 * KB, "bit", "M"),
        "in_axons_per_core": (192 * KB // 32, "axons", "A"),
        "out_axons_per_core": (192 * KB // 32, "axons", "A"),
        "atoms_per_axon": (2**9, "neurons", "A"),
        "weight_bits": (8, "bit", "M"),
        "state_bits": (24, "bit", "H"),
        "in_axon_bits": (32, "bit", "A"),
        "out_axon_bits": (32, "bit", "A"),
        "router_rows": (4, "routers", "A"),
        "router_columns": (8, "routers", "A"),
        "cores_per_router": (4, "cores", "A"),
        "chip_crossing_hops": (4, "hops", "A"),
        "graded_spikes": (1, "yes or no", "M"),
        "microcode": (1, "yes or no", "M"),
        "shared_weights": (1, "yes or no", "M"),
    },
}
TIMES: dict[tuple[str, str], dict[str, tuple[float, str]]] = {
    ("loihi1", "loihi1"): {
        "synop_ns": (3.5, "H"),
        "neuron_update_ns": (8.4, "H"),
        "idle_visit_ns": (5.3, "H"),
        "step_overhead_ns": (113, "H"),
        "many_chips_overhead_ns": (465, "H"),
    },
    ("loihi1", "sanafe"): {
        "synop_ns": (4.0, "H"),
        "neuron_update_ns": (9.7, "H"),
        "idle_visit_ns": (6.0, "H"),
        "step_overhead_ns": (299, "H"),
    },
    ("loihi2", "loihi2"): {
        "synop_ns": (0.66, "M"),
        "neuron_update_ns": (4, "M"),
        "idle_visit_ns": (4, "A"),
        "step_overhead_ns": (1.164 * 1000, "H"),
        "many_chips_overhead_ns": (10 * 1000, "M"),
    },
    ("loihi2", "davies2018"): {
        "synop_ns": (3.5, "A"),
        "neuron_update_ns": (8.4, "A"),
        "idle_visit_ns": (5.3, "A"),
        "step_overhead_ns": (113, "A"),
        "many_chips_overhead_ns": (465, "A"),
    },
}
BOARDS: dict[str, list[tuple[str, int, int, int, int | None]]] = {
    "loihi1": [
        ("single", 1, 1, 1, None),
        ("kapoho-bay", 2, 1, 2, None),
        ("nahuku8", 8, 2, 4, None),
        ("nahuku32", 32, 4, 8, None),
        ("pohoiki-springs", 768, 24, 32, None),
    ],
    "loihi2": [
        ("oheo-gulch", 1, 1, 1, None),
        ("kapoho-point", 8, 2, 4, None),
        ("vpx", 16, 4, 4, None),
        ("alia-point", 32, 4, 8, None),
        ("hala-point", 1152, 32, 36, 140_544 // 1152),
    ],
}


@pytest.mark.parametrize("name", LIMITS)
def test_every_limit_of_a_chip_stands_as_its_source_has_it(name: str) -> None:
    target = load_target(name)
    own_times = set(TIMES[name, name])
    found = {
        key: (one.value, one.unit, one.mark)
        for key, one in target.quantities.items()
        if key not in own_times
    }
    assert found == LIMITS[name]


@pytest.mark.parametrize("name", LIMITS)
def test_every_time_of_a_chip_stands_as_its_source_has_it(name: str) -> None:
    tables = {(name, table.name): table.times for table in load_target(name).times}
    assert list(tables) == [key for key in TIMES if key[0] == name]
    for key, times in tables.items():
        found = {quantity: (one.value, one.mark) for quantity, one in times.items()}
        assert found == TIMES[key]
        assert {one.unit for one in times.values()} == {"ns"}


@pytest.mark.parametrize("name", BOARDS)
def test_every_board_has_its_chips_and_cores(name: str) -> None:
    boards = load_target(name).boards
    found = [(one.name, one.chips, one.rows, one.columns, one.usable_cores) for one in boards]
    assert found == BOARDS[name]


def test_a_chip_has_as_many_places_as_cores() -> None:
    for name in LIMITS:
        target = load_target(name)
        assert 4 * 8 * 4 == target["cores_per_chip"]
        assert target["router_rows"] * target["router_columns"] * target["cores_per_router"] == 128
