"""The pipe through which processes report; no Lava is needed for that."""

import os

import pytest

from hardware.lava.runtime.faults import LINE_BYTES, Faults
from spiketrack.errors import LavaError, OverflowBoundError


def test_a_report_names_process_error_and_place() -> None:
    faults = Faults()
    faults.check()
    faults.report_ready()
    faults.report("conv1", ValueError("no\nsuch value"), "lava_nodes.py:7 in run")
    with pytest.raises(LavaError, match="Lava process 'conv1': needed a step without error, found "
                       "ValueError at lava_nodes.py:7 in run: no\\\\nsuch value"):  # fmt: skip
        faults.check()
    assert faults.n_ready == 1
    faults.close()
    with pytest.raises(LavaError, match="conv1"):
        faults.check()


@pytest.mark.parametrize("character", ["x", "é", "\U0001f600", '"'])
def test_a_long_report_is_cut_to_a_line_that_arrives_whole(character: str) -> None:
    faults = Faults()
    faults.report(character * 5000, ValueError(character * 5000), character * 5000)
    assert len(os.read(faults._read, 1 << 16)) <= LINE_BYTES
    faults.report("p", ValueError(character * 5000), "here")
    with pytest.raises(LavaError, match="Lava process 'p'"):
        faults.check()
    faults.close()


def test_an_overflow_is_told_as_every_engine_tells_it_with_the_process_besides() -> None:
    faults = Faults()
    faults.report("head", OverflowBoundError("stream 'x'", "6 bits", "40"), "fixed_point.py:9")
    with pytest.raises(OverflowBoundError, match="in Lava process 'head'") as raised:
        faults.check()
    assert (raised.value.what, raised.value.needed) == ("stream 'x'", "6 bits")
    faults.close()


@pytest.mark.parametrize("character", ["x", "é", "\U0001f600", '"'])
def test_a_long_overflow_is_cut_as_well(character: str) -> None:
    faults = Faults()
    word = character * 5000
    faults.report(word, OverflowBoundError(word, word, word), word)
    with pytest.raises(OverflowBoundError):
        faults.check()
    faults.close()


def test_a_garbled_report_is_an_error_all_the_same() -> None:
    faults = Faults()
    os.write(faults._write, b"{broken\n")
    with pytest.raises(LavaError, match="{broken"):
        faults.check()
    faults.close()
