"""The processes serve any Lava user; starting Lava changes nothing for the rest of a program."""

import pytest

from tests.hardware.lava.programs import needs_lava, run_program

pytestmark = [pytest.mark.slow, needs_lava]


def test_lava_itself_finds_and_runs_a_process_and_the_start_method_stays_unset() -> None:
    # 3 fires, -9 does not: one message, two updates.
    # Lava's own runtime leaves a tracker of shared memory, which ends a moment later.
    told = run_program("program_alone.py")
    assert (told["start_method"], told["counts"]) == (None, [1, 2])
    # With a first threshold of -9 both fire in the second step.
    assert told["counts_once_set"] == [1 + 2, 2 + 2]


def test_the_compiler_searches_for_no_model_of_ours() -> None:
    """Every process comes with its model, by instance: a search would run all files beside it."""
    told = run_program("program_models.py")
    assert told["searched"] == []
    assert told["found_without_models"] == ["SubNetworkModel"]
    # One process per node and nothing else, one for all nodes; ends and their network besides.
    assert told["processes"]["node"] > 30 > 10 > told["processes"]["branch"] > 3


def test_branches_that_do_not_fit_are_refused() -> None:
    missing, wide, fitting = run_program("program_refusals.py")
    assert missing == "memory 'm': needed an output of graph 'narrow', found none"
    assert wide == "memory 'm': needed messages of int32, found int64"
    assert fitting == ""
