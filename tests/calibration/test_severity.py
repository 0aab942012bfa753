"""What a conversion's report calls severe, and what it does not."""

from typing import Any

import numpy as np

from calibration.options import QuantiseOptions
from calibration.quantise import quantise_network
from calibration.severity import severe_findings
from tests.calibration.small_neurons import dense, entry, graph, lif, out


def found(*nodes: Any, **options: Any) -> list[str]:
    return severe_findings(quantise_network(graph(*nodes), QuantiseOptions(**options)).report())


def test_a_leak_that_rounds_away_is_severe_and_one_of_a_few_4096ths_is_not() -> None:
    synapses = entry(), dense("c", "x", [[1.0, 2.0]])
    (told,) = found(*synapses, lif("n", "c", threshold=3.0, v_keep=1 - 0.4 / 4096), out("n"))
    assert told.startswith("neuron 'n': the share of its membrane v that leaks away in a step is")
    assert "off by 100%" in told and "--dt" in told
    # 5.4 of 4096 become 5: off by 7 %.
    assert found(*synapses, lif("n", "c", threshold=3.0, v_keep=1 - 5.4 / 4096), out("n")) == []


def test_a_threshold_of_few_steps_is_severe_where_weights_were_rounded() -> None:
    # 8 / 127 is 8 steps of the largest weight's 127.
    rounded = entry(), dense("c", "x", [[1.0, np.pi / 4]]), lif("n", "c", threshold=8 / 127)
    (told,) = found(*rounded, out("n"))
    assert "its smallest threshold is 8 steps of its rounded weights, fewer than 32" in told
    assert "by up to 6% of it" in told  # half of one of 8
    many = entry(), dense("c", "x", [[1.0, np.pi / 4]]), lif("n", "c", threshold=0.5)
    assert found(*many, out("n")) == []
    exact = entry(), dense("c", "x", [[1.0, 2.0]]), lif("n", "c", threshold=3.0)
    assert found(*exact, out("n")) == []


def test_widths_that_are_not_proved_are_told_with_what_would_prove_them() -> None:
    nodes = entry(), dense("c", "x", [[-100.0, 99.0]]), lif("n", "c", threshold=50.0), out("n")
    # It falls by 6400 in each of 100 steps: 640,000 is 21 bits with its sign.
    (told,) = found(*nodes, n_steps=100, stream_bits=18)
    assert (
        "1 width is not proved, and a run may stop there: the membrane of 'n' has 18 bits" in told
    )
    assert "needs 21 in the worst case; all are proved with convert --stream-bits 21" in told


def test_a_bias_that_rounding_takes_from_a_current_is_severe() -> None:
    rows = {
        "node": "n", "u_decay_error": 0.2, "v_decay_error": 0.0, "threshold_error": 0.5,
        "current_bias_share": 0.25, "threshold_steps": None, "weight_exp": 0,
    }  # fmt: skip
    leak, threshold, bias = severe_findings({"neurons": [rows]})
    assert "its current u that leaks away in a step is off by 20%" in leak
    assert "its threshold is off by 50% after rounding" in threshold
    assert "comes to 25% of a threshold in a step" in bias
    assert severe_findings({}) == []
