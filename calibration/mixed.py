"""Chooses the bits of every layer's weights: as few as a budget of accuracy allows.

The layers go from the widest width downwards, a step at a time. The next step is the one that adds
the least noise for each bit of weight memory that it saves; the noise of a layer is the variance
that fitted rounding adds to its sums, as a share of theirs. How many of these steps are taken is
found by bisection: the whole network, with all of them, must keep within the budget.
"""

from collections.abc import Callable, Mapping

from calibration.fit_graph import Fitter

WIDTHS = (8, 6, 5, 4, 3)
"""Widths that a layer may have."""

Noises = Mapping[str, Mapping[int, float]]
Widths = dict[str, int]


def mixed_widths(
    fitter: Fitter, widest: int, is_allowed: Callable[[Mapping[str, int]], bool]
) -> Widths:
    """Bits of every convolution by name; both graphs share a layer's width.

    Args:
        fitter: both graphs and the moments of what they read.
        widest: bits that no layer exceeds.
        is_allowed: whether a network of these widths keeps within the budget.
    """
    widths = [widest, *(bits for bits in WIDTHS if bits < widest)]
    noises: dict[str, dict[int, float]] = {}
    sizes: dict[str, int] = {}
    for layer in fitter.moments:
        _, name = layer
        of = noises.setdefault(name, dict.fromkeys(widths, 0.0))
        for bits in widths:
            of[bits] += fitter.noise(layer, bits)
        sizes[name] = sizes.get(name, 0) + fitter.conv(layer).weight.size
    return most_allowed(steps_down(noises, sizes), dict.fromkeys(noises, widest), is_allowed)


def steps_down(noises: Noises, sizes: Mapping[str, int]) -> list[tuple[str, int]]:
    """The order in which layers lose bits: (layer, its new bits), the cheapest step first.

    Args:
        noises: of every layer at every width, the widest first.
        sizes: weights of every layer.
    """
    at = dict.fromkeys(noises, 0)
    order: list[tuple[str, int]] = []
    while True:
        found = [
            (_price(noises[name], place, sizes[name]), name)
            for name, place in at.items()
            if place + 1 < len(noises[name])
        ]
        if not found:
            return order
        _, name = min(found)
        at[name] += 1
        order.append((name, list(noises[name])[at[name]]))


def _price(noise: Mapping[int, float], place: int, size: int) -> float:
    """Noise that a layer's next step adds for each bit it saves."""
    now, then = list(noise)[place : place + 2]
    return max(0.0, noise[then] - noise[now]) / (size * (now - then))


def most_allowed(
    steps: list[tuple[str, int]],
    start: Mapping[str, int],
    is_allowed: Callable[[Mapping[str, int]], bool],
) -> Widths:
    """The widths after as many steps as bisection finds allowed, none at least."""
    low, high = 0, len(steps)
    while low < high:
        middle = (low + high + 1) // 2
        if is_allowed({**start, **dict(steps[:middle])}):
            low = middle
        else:
            high = middle - 1
    return {**start, **dict(steps[:low])}
