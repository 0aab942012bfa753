"""Counters: each is named in one list and one type, adds up, and is written under its own name."""

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiketrack.counts import Counters, LayerCounts, profile_from
from spiketrack.counts.conventions import CONVENTIONS
from spiketrack.counts.counters import COUNTERS, FIELDS
from spiketrack.counts.event_counts import SUMMED
from spiketrack.counts.profile_json import counters_from
from spiketrack.errors import ReportError
from tests.hardware.energy.sample_profile import connection, small_profile

GROUPS = ("synops", "memory")
counters = st.builds(Counters, **{name: st.integers(0, 10**12) for name in FIELDS})


def test_the_list_and_the_type_name_the_same_counters_in_one_order() -> None:
    assert tuple(counter.rpartition(".")[2] for counter in COUNTERS) == FIELDS
    assert len(set(FIELDS)) == len(FIELDS)
    assert {counter.rpartition(".")[0] for counter in COUNTERS} == {"", *GROUPS}


def test_a_layer_stores_or_derives_every_counter() -> None:
    stored = {field.name for field in fields(LayerCounts)}
    assert set(SUMMED) == stored & set(FIELDS)
    layer = LayerCounts(
        name="a", kind="conv", dense_macs=1000, inputs=100, unary_spikes=50, state_reads=3,
        state_writes=4, messages=5, bytes_per_message=4,
    )  # fmt: skip
    # 50 / 100 x 1000; (3 + 4) x 4 bytes; 5 x 4 bytes.
    derived = (
        layer.counters.rate_x_dense, layer.counters.state_bytes, layer.counters.message_bytes
    )  # fmt: skip
    assert derived == (500, 28, 20)
    assert all(layer.counters[counter] >= 0 for counter in COUNTERS)


def test_every_counter_has_its_convention() -> None:
    told = " ".join(f"{term} {text}" for term, text in CONVENTIONS.items())
    for counter in COUNTERS:
        group, _, name = counter.rpartition(".")
        assert (counter if group == "synops" else name.split("_")[0]) in told, counter


def test_a_counter_is_read_by_its_name_in_files() -> None:
    counts = Counters(graded=7, messages=9)
    assert (counts["synops.graded"], counts["memory.messages"], counts["events"]) == (7, 9, 0)
    with pytest.raises(KeyError, match="synops.grded"):
        counts["synops.grded"]  # type: ignore[index]


@given(st.lists(counters, max_size=3))
def test_totals_are_sums_of_every_counter(parts: list[Counters]) -> None:
    total = Counters.total(parts)
    for counter in COUNTERS:
        assert total[counter] == sum(part[counter] for part in parts)
    assert sum(parts, start=Counters()) == total


@given(counters)
def test_what_is_written_is_read_again(counts: Counters) -> None:
    document = counts.to_dict()
    assert list(document)[-2:] == list(GROUPS)
    assert counters_from("layer", document) == counts


@pytest.mark.parametrize("counter", COUNTERS)
def test_each_counter_that_is_missing_is_refused_by_name(counter: str) -> None:
    document = small_profile(connection("a"))
    layer = document["phases"]["track"]["layers"][0]
    group, _, name = counter.rpartition(".")
    del (layer[group] if group else layer)[name]
    needed = f"'a' '{counter}': needed an integer from 0 to 2.63-1, found None"
    with pytest.raises(ReportError, match=needed):
        profile_from(document)


@pytest.mark.parametrize("counter", ["neurons", *COUNTERS])
def test_each_total_that_is_no_sum_is_refused_by_name(counter: str) -> None:
    document = small_profile(connection("a"))
    phase = document["phases"]["track"]
    group, _, name = counter.rpartition(".")
    phase["totals"] = {group: {name: 10**9}} if group else {name: 10**9}
    with pytest.raises(ReportError, match=f"totals '{counter}': needed the sum of the layers, "):
        profile_from(document)


@pytest.mark.parametrize(
    ("backend", "is_float"),
    [
        ("float graph (torch float32)", True),
        ("integer graph (fast)", False),
        ("integer graph (no float in it)", False),
        ("", False),
    ],
)
def test_only_the_engine_of_float_graphs_counts_float_weights(backend: str, is_float: bool) -> None:
    profile = profile_from(small_profile(connection(), backend=backend))
    assert profile.model.has_float_weights == is_float
