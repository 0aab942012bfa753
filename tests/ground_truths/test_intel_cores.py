"""Networks that are built in the shapes of Intel's printouts have the layers that were placed."""

from math import prod

from hardware.target import load_target
from tests.evidence import intel_cores as cores

YOLO_TILES = (
    (8, 28, 16), (8, 14, 32), (4, 14, 64), (4, 7, 128), (4, 7, 128), (8, 7, 64), (8, 7, 64),
    (2, 7, 256), (8, 7, 64), (4, 14, 48),
)  # fmt: skip


def test_the_tiles_of_yolo_kp_that_were_printed_cover_our_layers() -> None:
    graph = cores.in_shape("yolo-kp", (3, 448, 448), cores.YOLO_LAYERS, is_sdnn=True)
    for layer, tile, count in zip(cores.YOLO_LAYERS, YOLO_TILES, cores.YOLO_KP.cores, strict=True):
        channels, rows, columns = graph.shapes[layer.name][1:]
        tiles = zip((rows, columns, channels), tile, strict=True)
        assert prod(-(-size // part) for size, part in tiles) == count, layer.name
    assert sum(cores.YOLO_KP.cores) == 574
    assert prod(graph.shapes["conv-9"][1:]) == 14 * 14 * 48


def test_pilotnet_in_its_shape_has_the_layers_that_were_printed() -> None:
    graph = cores.in_shape("sdnn", (3, 66, 200), cores.PILOTNET_LAYERS, is_sdnn=True)
    printed = {
        "conv-0": (24, 32, 99), "conv-1": (36, 15, 49), "conv-2": (48, 7, 24),
        "conv-3": (64, 4, 22), "conv-4": (64, 2, 20), "fc-0": (100, 1, 1), "fc-1": (50, 1, 1),
        "fc-2": (10, 1, 1), "fc-3": (1, 1, 1),
    }  # fmt: skip
    assert {name: graph.shapes[name][1:] for name in printed} == printed
    assert (sum(cores.SNN.cores), sum(cores.SDNN.cores)) == (74, 61)


def test_cores_are_counted_for_each_layer_and_with_another_limit_of_neurons() -> None:
    layers = (cores.Layer("a", 5000, (1, 1)), cores.Layer("b", 2, (1, 1)))
    graph = cores.in_shape("dense", (3, 1, 1), layers, is_sdnn=False)
    target = load_target("loihi2")
    assert cores.cores_of(graph, target, ["a", "b"]) == [1, 1]
    limited = cores.with_neurons(target, cores.NEURONS_OF_INTEL)
    assert limited["neurons_per_core"] == 4096
    assert cores.cores_of(graph, limited, ["a", "b"]) == [2, 1]
