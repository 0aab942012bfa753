"""Template queue and update policy."""

import numpy as np
import numpy.typing as npt
import pytest

from spiketrack.tracking.templates import LASOT_POLICY, TemplateQueue, UpdatePolicy


def _patch(value: int) -> npt.NDArray[np.uint8]:
    return np.full((2, 2, 3), value, dtype=np.uint8)


def _values(queue: TemplateQueue) -> list[int]:
    return [int(patch[0, 0, 0]) for patch in queue.stack()]


def test_slot_0_stays_and_the_others_are_first_in_first_out() -> None:
    queue = TemplateQueue(_patch(0), 3)
    seen = [_values(queue)]
    for value in (1, 2, 3):
        queue.push(_patch(value))
        seen.append(_values(queue))
    assert seen == [[0, 0, 0], [0, 0, 1], [0, 1, 2], [0, 2, 3]]


def test_a_stack_has_the_axes_of_the_engine() -> None:
    stack = TemplateQueue(_patch(9), 3).stack()
    assert stack.shape == (3, 2, 2, 3) and stack.dtype == np.uint8


def test_a_single_template_never_updates() -> None:
    queue = TemplateQueue(_patch(0), 1)
    assert not queue.can_update
    with pytest.raises(ValueError, match="one template never updates"):
        queue.push(_patch(1))


def test_a_queue_without_slots_is_refused() -> None:
    with pytest.raises(ValueError, match="n_templates: needed at least 1, found 0"):
        TemplateQueue(_patch(0), 0)


def test_updates_come_every_interval_and_only_above_the_threshold() -> None:
    policy = UpdatePolicy(interval=25, threshold=0.7)
    assert [k for k in range(1, 101) if policy.is_due(k, 0.71)] == [25, 50, 75, 100]
    assert not policy.is_due(25, 0.69)


@pytest.mark.parametrize("policy", [UpdatePolicy(), LASOT_POLICY])
def test_a_confidence_of_float32_threshold_is_not_above_it(policy: UpdatePolicy) -> None:
    assert not policy.is_due(policy.interval, float(np.float32(policy.threshold)))


def test_the_policies_are_the_published_ones() -> None:
    assert (UpdatePolicy().interval, UpdatePolicy().threshold) == (25, 0.7)
    assert (LASOT_POLICY.interval, LASOT_POLICY.threshold) == (40, 0.8)


def test_an_interval_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="interval: needed at least 1 frame, found 0"):
        UpdatePolicy(interval=0)
