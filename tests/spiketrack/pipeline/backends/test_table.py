"""The table of backends: every row is whole, and a row is all that a new backend needs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simulation.selftest.backends import available_backends
from spiketrack.cli import options
from spiketrack.errors import BackendUnavailable
from spiketrack.graph.retime import retime
from spiketrack.pipeline.backends import table
from spiketrack.pipeline.backends.row import (
    OWN,
    STOCK,
    Backend,
    Makers,
    NetworkJob,
    NetworkRunner,
    Use,
    listed,
    maker_of,
)
from spiketrack.pipeline.network.simulate import simulate
from spiketrack.pipeline.requests import RunRequest
from spiketrack.pipeline.selftest import further_backends
from tests.small_networks import integrator

NAMES = ("fast", "reference", "brian2", "lava", "loihi2")


def test_the_backends_are_known_by_name() -> None:
    assert tuple(table.BACKENDS) == (*NAMES, "float") and table.DEFAULT == "fast"
    assert table.names_for(Use.TRACKER) == ("fast", "reference", "lava", "loihi2")
    assert table.names_for(Use.SELFTEST) == ("fast", "brian2", "lava")
    assert table.with_stock_processes() == ("lava", "loihi2")
    assert table.lenient().name == "reference"
    assert table.names_for(Use.FLOAT) == ("float",)


@pytest.mark.parametrize("name", table.BACKENDS)
def test_a_row_says_what_its_makers_can_run(name: str) -> None:
    row = table.BACKENDS[name]
    makers = row.makers()
    made = {
        Use.NETWORK: makers.network,
        Use.TRACKER: makers.tracker,
        Use.COUNTED_TRACKER: makers.counted,
        Use.FLOAT: makers.float_tracker,
    }
    for use, maker in made.items():
        assert (maker is not None) == (use in row.runs), (name, use)
    assert (makers.float_counted is not None) == (Use.FLOAT in row.runs)
    assert makers.selftest is not None or Use.SELFTEST not in row.runs
    assert row.about and row.lowerings in ((), (OWN, STOCK))


def test_the_self_test_runs_unasked_what_the_table_says() -> None:
    assert set(available_backends()) <= set(table.selftest_backends(by_default=True))
    assert set(further_backends(None)) == set(table.selftest_backends(by_default=False))


def test_a_backend_that_cannot_do_it_is_refused_with_those_that_can() -> None:
    with pytest.raises(BackendUnavailable, match="backend 'gpu': needed for any network .* brian2"):
        simulate(integrator(), {}, RunRequest(backend="gpu"))
    with pytest.raises(BackendUnavailable, match="tracker on video one of fast, reference, lava"):
        table.find_backend("brian2", Use.TRACKER)
    row = table.BACKENDS["brian2"]
    with pytest.raises(BackendUnavailable, match="needed one that runs a tracker on video, found"):
        maker_of(row, row.makers().tracker, Use.TRACKER)


def test_a_list_in_a_sentence() -> None:
    assert [listed(names) for names in (["a"], ["a", "b"], ["a", "b", "c"])] == [
        "a", "a or b", "a, b or c",
    ]  # fmt: skip


@contextmanager
def nothing_but_zeros(job: NetworkJob) -> Iterator[NetworkRunner]:
    """A backend of somebody else's."""
    fast = table.BACKENDS["fast"].makers().network
    assert fast is not None
    with fast(job) as runner:
        yield replace(
            runner,
            run=lambda part: runner.run({name: 0 * array for name, array in part.items()}),
        )


def test_a_new_row_is_seen_by_commands_and_pipeline(monkeypatch: pytest.MonkeyPatch) -> None:
    zeros = Backend(
        name="zeros",
        about="says nothing",
        needs="no package",
        runs=frozenset((Use.NETWORK,)),
        makers=lambda: Makers(network=nothing_but_zeros),
    )
    monkeypatch.setattr(table, "BACKENDS", {**table.BACKENDS, "zeros": zeros})
    option = options._backend(Use.NETWORK)
    assert "zeros (says nothing)" in option.help and "zeros needs no package." in option.help
    assert option.callback("zeros") == "zeros"
    inputs = {"in": np.ones((4, 1, 3, 1, 1), np.int64)}
    run = simulate(retime(integrator(), 4), inputs, RunRequest(backend="zeros"))
    assert run.backend == "zeros" and not run.outputs["out"].any()


def test_only_the_table_and_the_engines_themselves_compare_names_of_backends() -> None:
    root = Path(__file__).resolve().parents[4]
    told = []
    for path in sorted((root / "spiketrack").rglob("*.py")):
        if path.relative_to(root).as_posix().startswith("spiketrack/pipeline/backends/"):
            continue
        told += [
            f"{path.name}: {line.strip()}"
            for line in path.read_text("utf-8").splitlines()
            if any(f'"{name}"' in line for name in NAMES)
            and (" == " in line or " != " in line)
        ]
    assert told == []
