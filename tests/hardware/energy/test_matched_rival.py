"""The rival of the same widths: figures by hand, and the crossover where both cost the same."""

from dataclasses import replace

import pytest

from hardware.energy.matched_rival import MatchedRival, matched_rivals
from spiketrack.counts.counters import Counters
from spiketrack.counts.profile import CountedLayer, CountedPhase


def layer(name: str, kind: str, **counts: int) -> CountedLayer:
    return CountedLayer(name=name, kind=kind, neurons=0, n_steps=1, counters=Counters(**counts))


CONV = {"dense_macs": 1200, "macs_inside_borders": 1000, "graded": 100, "unary": 250}
READ = {"dense_macs": 400, "macs_inside_borders": 400, "graded": 50, "unary": 60}
NEURON = {"neuron_updates": 80, "messages": 20, "unary_messages": 45}
RGB = {"dense_macs": 9999, "true_macs": 9999}


def phase(scale: int = 1, frames: int = 1) -> CountedPhase:
    def driven(counts: dict[str, int]) -> dict[str, int]:
        rates = ("graded", "unary", "messages", "unary_messages")
        return {key: n * (scale if key in rates else 1) for key, n in counts.items()}

    layers = (
        layer("rgb", "rgb_conv", **RGB), layer("conv", "conv", **driven(CONV)),
        layer("neuron", "neuron", **driven(NEURON)), layer("read", "memory_read", **driven(READ)),
    )  # fmt: skip
    return CountedPhase(name="track", frames=frames, layers=layers)


def by_form(found: tuple[MatchedRival, ...]) -> dict[str, MatchedRival]:
    return {one.form: one for one in found}


def test_both_sides_are_derived_by_hand() -> None:
    found = by_form(matched_rivals(phase()))
    # A convolution moves a weight of 1 byte and an accumulator of 4 twice; a memory is read too.
    conv, read = 1 + 2 * 4, 3 * 4
    rival = 1400 * 0.3 + 2.5 * (1000 * conv + 400 * read + 2 * 80)
    unrolled = 310 * 0.1 + 2.5 * (250 * conv + 60 * read + 2 * 45)
    graded = 150 * 0.3 + 2.5 * (100 * conv + 50 * read + 2 * 20)
    assert found["unrolled, arithmetic"].spiking_pj == pytest.approx(31.0)
    assert found["unrolled, arithmetic"].rival_pj == pytest.approx(420.0)
    assert found["unrolled, with memory"].spiking_pj == pytest.approx(unrolled)
    assert found["graded, with memory"].spiking_pj == pytest.approx(graded)
    assert found["unrolled, with memory"].rival_pj == pytest.approx(rival)
    assert found["graded, with memory"].rival_pj == pytest.approx(rival)


def test_rates_and_crossovers_are_derived_by_hand() -> None:
    found = by_form(matched_rivals(phase()))
    assert found["unrolled, arithmetic"].rate == pytest.approx(310 / 1400)
    assert found["graded, with memory"].rate == pytest.approx(150 / 1400)
    # Additions of 0.1 pJ against MACs of 0.3 pJ: three additions for one MAC.
    assert found["unrolled, arithmetic"].crossover == pytest.approx(0.3 / 0.1)


@pytest.mark.parametrize("form", ["unrolled, with memory", "graded, with memory"])
def test_at_the_crossover_both_cost_the_same(form: str) -> None:
    once, thrice = (by_form(matched_rivals(phase(scale)))[form] for scale in (1, 3))
    assert thrice.spiking_pj == pytest.approx(3 * once.spiking_pj)
    assert once.crossover == pytest.approx(thrice.crossover)
    assert once.crossover is not None
    assert once.spiking_pj * once.crossover / once.rate == pytest.approx(once.rival_pj)


def test_figures_are_per_frame() -> None:
    one, two = matched_rivals(phase()), matched_rivals(phase(frames=2))
    assert [each.spiking_pj / 2 for each in one] == [each.spiking_pj for each in two]
    assert [each.rate for each in one] == [each.rate for each in two]


def test_a_silent_network_has_no_crossover() -> None:
    assert [each.crossover for each in matched_rivals(phase(scale=0))] == [None] * 3
    empty = replace(phase(), layers=())
    assert [each.rate for each in matched_rivals(empty)] == [0.0] * 3
