"""Messages between cores, neuron by neuron, from the nodes' own definition of what they read."""

from collections import Counter
from itertools import product

from hardware.mapping.packing import Cores
from hardware.mapping.partition import Tilings
from hardware.mapping.populations import Link, Network


def tile_of_neuron(
    network: Network, tilings: Tilings, index: int
) -> dict[tuple[int, int, int], int]:
    """The tile of every neuron (c, y, x) of a population."""
    tiling = tilings[index]
    parts = tiling.parts
    found = {}
    for c, y, x in product(*(range(size) for size in network.populations[index].shape)):
        place = [
            int((tiling.borders[axis] <= cell).sum()) - 1 for axis, cell in enumerate((c, y, x))
        ]
        number = (place[1] * parts[2] + place[2]) * parts[0] + place[0]
        found[c, y, x] = number
    return found


def same_conv_messages(
    network: Network, tilings: Tilings, cores: Cores, link: Link, kernel: int
) -> Counter[tuple[int, int]]:
    """Messages per pair of cores of a k x k convolution that keeps the map's size."""
    source = tile_of_neuron(network, tilings, link.source)
    target = tile_of_neuron(network, tilings, link.target)
    senders = cores.cores_of(link.source, tilings[link.source])
    receivers = cores.cores_of(link.target, tilings[link.target])
    half = kernel // 2
    sent: Counter[tuple[int, int]] = Counter()
    for (_, y, x), tile in source.items():
        readers = {
            reader
            for (_, ty, tx), reader in target.items()
            if abs(ty - y) <= half and abs(tx - x) <= half
        }
        for reader in readers:
            sent[int(senders[tile]), int(receivers[reader])] += 1
    return sent
