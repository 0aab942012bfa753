"""The self-test finds nothing where nothing is wrong, and finds and keeps what is."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from simulation.random_graphs import Case, random_graph
from simulation.reference import neurons as reference_neurons
from simulation.run import Run, current_name
from simulation.selftest import backends as selftest_backends
from simulation.selftest import run as selftest
from simulation.selftest.backends import Result, run_on_reference
from simulation.selftest.cases import SavedCase, save_case
from simulation.selftest.compare import compare
from simulation.selftest.report import Disagreement
from simulation.selftest.run import SelftestReport, available_backends, replay
from spiketrack.errors import (
    BackendUnavailable,
    GraphError,
    OverflowBoundError,
    StoreError,
    UnsupportedOpError,
)
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.model import Model
from spiketrack.graph.store import save_model

N_NODE_TYPES = 23


def pretend(monkeypatch: pytest.MonkeyPatch, backend: selftest_backends.Backend) -> None:
    """Puts another backend in the place of the fast engine."""
    monkeypatch.setitem(selftest_backends.BACKENDS, "fast", backend)


def changed(run: Result, node: str, what: str, index: tuple[int, ...]) -> Run:
    assert isinstance(run, Run)
    kept = dict(getattr(run, what))
    kept[node] = kept[node].copy()
    kept[node][index] += 1
    return replace(run, backend="fast", **{what: kept})


def wrong(node: str, what: str, index: tuple[int, ...]) -> selftest_backends.Backend:
    """The reference, but for one number of one node, where a graph has it."""
    name = node.partition("#")[0]

    def run(cases: Sequence[Case]) -> list[Result]:
        return [
            changed(result, node, what, index) if name in graph.by_name else result
            for (graph, _), result in zip(cases, run_on_reference(cases), strict=True)
        ]

    return run


def first_neuron(seed: int) -> tuple[int, str]:
    """Number of a graph with a CUBA-LIF layer, and the layer's name."""
    for index in range(100):
        for node in random_graph(seed, index)[0]:
            if isinstance(node, s.SpikeCubaLIF):
                return index, node.name
    raise AssertionError("no graph with a neuron")


@pytest.mark.slow
def test_all_backends_agree_on_random_graphs_of_every_node() -> None:
    pytest.importorskip("brian2")
    told: list[tuple[int, int]] = []
    report = selftest.selftest(5, 60, on_progress=lambda done, n: told.append((done, n)))
    assert report.passed, report.divergences[:1]
    assert [one.name for one in report.backends] == ["reference", *available_backends()]
    reference = report.backends[0]
    assert reference.n_numbers > 100_000
    for one in report.backends:
        assert (one.n_graphs, one.n_numbers, one.skipped) == (60, reference.n_numbers, ())
        assert one.seconds >= one.first_seconds > 0
    assert told == [(60, 60)]
    assert len(report.n_nodes) == N_NODE_TYPES
    # Every kind of node has something to show in a good share of its uses.
    assert all(report.n_lively[kind] >= n / 3 for kind, n in report.n_nodes.items())


def test_a_graph_comes_from_its_seed_and_number_alone() -> None:
    (graph, inputs), (again, same) = random_graph(2, 7), random_graph(2, 7)
    assert [node.name for node in graph] == [node.name for node in again]
    assert all(np.array_equal(inputs[name], same[name]) for name in inputs)
    other, _ = random_graph(3, 7)
    assert [node.name for node in graph] != [node.name for node in other]


def found_by(report: SelftestReport) -> Disagreement:
    assert not report.passed
    (one,) = report.divergences
    return one


@pytest.mark.parametrize(
    ("suffix", "what", "told"),
    [("", "values", "value"), ("", "states", "membrane"), ("#u", "states", "current")],
)
def test_one_wrong_number_is_found_named_saved_and_found_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, suffix: str, what: str, told: str
) -> None:
    index, name = first_neuron(11)
    place = (0, 0, 0, 0, 0)
    only = wrong(name + suffix, what, place)

    def backend(cases: Sequence[Case]) -> list[Result]:
        results = run_on_reference(cases)
        n = index if len(cases) > 1 else 0
        results[n] = only([cases[n]])[0]
        return results

    pretend(monkeypatch, backend)
    found = found_by(selftest.selftest(11, index + 2, ["fast"], folder=tmp_path / "failed"))
    assert (found.index, found.seed, found.backend) == (index, 11, "fast")
    assert (found.node, found.what, found.place) == (name, told, place)
    assert (found.n_differing, found.found) == (1, found.expected + 1)
    assert f"'{name}'" in found.message
    assert found.saved == str(tmp_path / "failed" / f"seed11-graph{index}.stk")
    again = found_by(replay(found.saved, ["fast"]))
    assert again == found
    monkeypatch.undo()
    assert replay(found.saved, ["fast"]).passed


def test_the_first_node_is_named_if_many_are_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    index, name = first_neuron(11)

    def backend(cases: Sequence[Case]) -> list[Result]:
        (result,) = run_on_reference(cases)
        assert isinstance(result, Run)
        names = list(result.values)
        for later in names[names.index(name) :]:
            result = changed(result, later, "values", (0, 0, 0, 0, 0))
        return [result]

    saved = SavedCase(random_graph(11, index), 11, index)
    (expected,), (found,) = run_on_reference([saved.case]), backend([saved.case])
    difference = compare(expected, found, saved.case[0], blank())
    assert difference is not None and difference.node == name


def floored(x: NDArray[np.int64], decay_q: NDArray[np.int64]) -> NDArray[np.int64]:
    """A decay that rounds down instead of toward zero."""
    return x * (4096 - decay_q) >> 12


def transposed(recurrent_q: NDArray[np.int8], spikes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Recurrent weights taken the wrong way round."""
    if not recurrent_q.size:
        return np.zeros_like(spikes)
    fed: NDArray[np.int64] = np.einsum("co,bchw->bohw", recurrent_q.astype(np.int64), spikes)
    return fed


@pytest.mark.slow
@pytest.mark.parametrize(("name", "other"), [("trunc0_decay", floored), ("recur", transposed)])
def test_a_reference_that_means_something_else_is_found_out(
    monkeypatch: pytest.MonkeyPatch, name: str, other: object
) -> None:
    monkeypatch.setattr(reference_neurons, name, other)
    report = selftest.selftest(9, 120, ["fast"])
    assert report.divergences
    assert {(one.what, one.node[:4]) for one in report.divergences} <= {
        ("current", "cuba"), ("membrane", "cuba"), ("current", "read"), ("membrane", "read"),
    }  # fmt: skip


def blank() -> Disagreement:
    return Disagreement(
        index=0, seed=0, backend="fast", node="", what="", place=(), expected=None, found=None,
        n_differing=0, message="",
    )  # fmt: skip


def test_a_backend_that_crashes_or_stops_is_an_error_on_that_graph(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def backend(cases: Sequence[Case]) -> list[Result]:
        return [ZeroDivisionError("by nothing"), *run_on_reference(cases[1:])]

    pretend(monkeypatch, backend)
    found = found_by(selftest.selftest(0, 3, ["fast"], folder=tmp_path))
    assert (found.index, found.what, found.node) == (0, "error", "")
    assert found.message == "fast: ZeroDivisionError: by nothing; the reference: a run"
    assert {path.name for path in tmp_path.iterdir()} == {"seed0-graph0.stk", "seed0-graph0.npz"}


def test_a_register_that_is_not_kept_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    index, name = first_neuron(11)
    case = random_graph(11, index)
    (run,) = run_on_reference([case])
    assert isinstance(run, Run)
    states = {key: value for key, value in run.states.items() if key != current_name(name)}
    found = compare(run, replace(run, states=states), case[0], blank())
    assert found is not None and (found.node, found.what) == (current_name(name), "missing")
    values = {key: value for key, value in run.values.items() if key != name}
    found = compare(run, replace(run, values=values), case[0], blank())
    assert found is not None and (found.node, found.what) == (name, "missing")


def test_the_same_overflow_on_both_sides_is_agreement_if_it_is_told_alike() -> None:
    graph, _ = random_graph(0, 0)
    first, second = OverflowBoundError("stream 'a'"), OverflowBoundError("stream 'b'")
    assert compare(first, OverflowBoundError("stream 'a'"), graph, blank()) is None
    assert compare(first, OverflowBoundError("stream 'a'", found="9"), graph, blank()) is None
    for other in (second, GraphError("stream 'a'")):
        found = compare(first, other, graph, blank())
        assert found is not None and found.what == "error"


def refuse(cases: Sequence[Case]) -> list[Result]:
    return [OverflowBoundError("stream 'a'") for _ in cases]


def test_a_reference_that_refuses_valid_graphs_fails_and_so_does_who_agrees(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pretend(monkeypatch, refuse)
    monkeypatch.setattr(selftest, "run_on_reference", refuse)
    report = selftest.selftest(0, 4, ["fast"])
    assert not report.passed
    assert [(one.backend, one.index, one.what) for one in report.divergences] == [
        ("reference", index, "error") for index in range(4)
    ]
    message = "the reference cannot run a valid graph: OverflowBoundError: stream 'a'"
    assert report.divergences[0].message == message
    assert [(one.n_numbers, one.n_refused) for one in report.backends] == [(0, 4), (0, 4)]


def test_some_graphs_may_overflow_and_are_then_refused_by_all_alike() -> None:
    cases = [selftest.random_case(4, index) for index in range(40)]
    assert sum(one.may_overflow for one in cases) == 4
    report = selftest.selftest(4, 40, ["fast"])
    assert report.passed, report.divergences[:1]
    reference, fast = report.backends
    assert reference.n_refused == fast.n_refused > 0
    assert fast.n_numbers == reference.n_numbers > 0


def refused_case(seed: int = 4) -> SavedCase:
    """A graph that overflows as expected."""
    for index in range(9, 100, 10):
        saved = selftest.random_case(seed, index)
        if isinstance(run_on_reference([saved.case])[0], OverflowBoundError):
            return saved
    raise AssertionError("no graph that overflows")


def test_an_overflow_told_in_other_words_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    index = refused_case().index

    def backend(cases: Sequence[Case]) -> list[Result]:
        results = run_on_reference(cases)
        results[index] = OverflowBoundError("elsewhere")
        return results

    pretend(monkeypatch, backend)
    found = found_by(selftest.selftest(4, index + 1, ["fast"]))
    assert (found.index, found.what) == (index, "error")


def test_only_an_overflow_is_expected_of_a_graph_that_may(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(cases: Sequence[Case]) -> list[Result]:
        results = run_on_reference(cases)
        results[9] = ZeroDivisionError("by nothing")
        return results

    pretend(monkeypatch, broken)
    monkeypatch.setattr(selftest, "run_on_reference", broken)
    found = found_by(selftest.selftest(4, 10, ["fast"]))
    assert (found.index, found.backend) == (9, "reference")


def test_a_saved_graph_that_all_refuse_alike_passes_when_run_again(tmp_path: Path) -> None:
    report = replay(save_case(tmp_path, refused_case()), ["fast"])
    assert report.passed and [one.n_refused for one in report.backends] == [1, 1]


def test_a_graph_that_a_backend_cannot_take_is_skipped_with_its_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pretend(monkeypatch, lambda cases: [UnsupportedOpError("node 'n'") for _ in cases])
    report = selftest.selftest(0, 2, ["reference", "fast"])
    assert report.backends[1].skipped == ((0, "node 'n'"), (1, "node 'n'"))
    assert not report.divergences
    assert not report.passed  # nothing was compared
    assert not selftest.selftest(0, 2, ["fast"], may_skip=True).passed

    def one_less(cases: Sequence[Case]) -> list[Result]:
        return [UnsupportedOpError("node 'n'"), *run_on_reference(cases[1:])]

    pretend(monkeypatch, one_less)
    assert not selftest.selftest(0, 2, ["fast"]).passed
    assert selftest.selftest(0, 2, ["fast"], may_skip=True).passed


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(BackendUnavailable, match="backend 'slow': needed one of reference, fast"):
        selftest.selftest(0, 1, ["slow"])
    with pytest.raises(BackendUnavailable, match="a backend beside the reference"):
        selftest.selftest(0, 1, ["reference"])
    with pytest.raises(ValueError, match="needed seed >= 0 and n >= 1"):
        selftest.selftest(0, 0)


def test_a_backend_of_the_caller_runs_if_named_and_need_not_keep_registers() -> None:
    def values_only(cases: Sequence[Case]) -> list[Result]:
        return [
            replace(run, states={}) if isinstance(run, Run) else run
            for run in run_on_reference(cases)
        ]

    further = {"own": values_only}
    report = selftest.selftest(5, 20, ["own"], further=further)
    assert report.passed, report.divergences[:1]
    assert [one.name for one in report.backends] == ["reference", "own"]
    assert 0 < report.backends[1].n_numbers < report.backends[0].n_numbers
    unasked = selftest.selftest(0, 1, further=further)
    assert "own" not in [one.name for one in unasked.backends]
    with pytest.raises(BackendUnavailable, match="needed one of reference, fast"):
        selftest.selftest(0, 1, ["own"])


def test_a_wrong_value_of_a_backend_of_the_caller_is_found(tmp_path: Path) -> None:
    index, name = first_neuron(11)
    backend = {"own": wrong(name, "values", (0, 0, 0, 0, 0))}
    report = selftest.selftest(11, index + 1, ["own"], further=backend, folder=tmp_path)
    found = report.divergences[-1]
    assert (found.index, found.node, found.what, found.backend) == (index, name, "value", "own")
    assert not replay(str(found.saved), ["own"], further=backend).passed


def test_brian2_is_no_backend_where_it_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(selftest_backends._IS_HERE, "brian2", lambda: False)
    assert available_backends() == ("fast",)
    with pytest.raises(BackendUnavailable, match="backend 'brian2'"):
        selftest.selftest(0, 1, ["brian2"])


def test_a_saved_case_without_inputs_or_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = save_case(tmp_path, SavedCase(random_graph(0, 1), 0, 1))
    inputs = path.with_suffix(".npz")
    inputs.write_bytes(b"nothing")
    with pytest.raises(StoreError, match="a whole .npy or .npz file"):
        replay(path)
    inputs.unlink()
    with pytest.raises(StoreError, match="a whole .npy or .npz file"):
        replay(path)
    graph, _ = random_graph(0, 1)
    save_model(path, Model({graph.name: graph}, {}))
    with pytest.raises(StoreError, match="a graph that a self-test saved"):
        replay(path)


def test_inputs_with_objects_in_them_are_not_loaded(tmp_path: Path) -> None:
    path = save_case(tmp_path, SavedCase(random_graph(0, 1), 0, 1))
    np.savez(path.with_suffix(".npz"), x=np.array([{}], dtype=object))
    with pytest.raises(StoreError, match="needed an array of numbers, found object"):
        replay(path)
    np.savez(path.with_suffix(".npz"), x=np.zeros(3))
    with pytest.raises(StoreError, match="npz': needed an .npz file of int64, found another type"):
        replay(path)


def test_a_folder_that_cannot_be_made_is_an_error_of_the_store(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="a place that can be written"):
        save_case(tmp_path / "file", SavedCase(random_graph(0, 1), 0, 1))
