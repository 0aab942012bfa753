"""Lava behind the commands: the same numbers, no process left behind, one line where it is not."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from conversion.netx import write_netx
from hardware.lava import remote as lava_remote
from hardware.lava.detail import DETAILS
from hardware.lava.local import VARIABLE
from hardware.lava.stock import StockRun
from simulation.run import Run
from spiketrack.errors import BackendUnavailable, LavaError
from spiketrack.graph.model import Model
from spiketrack.graph.retime import retime
from spiketrack.pipeline import open_tracking_engine, sources
from spiketrack.pipeline.backends import lava as lava_backend
from spiketrack.pipeline.interrupt import uninterrupted
from spiketrack.pipeline.lava import stock_run
from spiketrack.pipeline.lava.run import OnLava
from spiketrack.pipeline.network.simulate import simulate
from spiketrack.pipeline.requests import EngineChoice, RunRequest
from tests.hardware.lava.programs import LIMIT_S, ROOT, needs_lava
from tests.hardware.lava.stock_graphs import residual
from tests.hardware.stock.memory_chains import leaky, memory_chain
from tests.small_networks import integrator, save_netx
from tests.spiketrack.cli.run import refused, run
from tests.tiny_models import Tiny


class StandIn:
    """Remembers whether it was closed."""

    def __init__(
        self,
        model: object,
        detail: str,
        device: str,
        plans: Mapping[str, object] | None = None,
    ) -> None:
        self.model, self.detail, self.device, self.plans = model, detail, device, plans
        self.is_closed = False

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes the place of the engine on Lava."""
    monkeypatch.setattr(lava_backend, "LavaTrackEngine", StandIn)
    monkeypatch.setattr(lava_backend, "require_device", lambda device: None)
    monkeypatch.setattr(lava_backend, "_require_ranges", lambda model: None)
    monkeypatch.setattr(sources, "_tracker", lambda path: path)


def opened(**choice: Any) -> object:
    """The engine of a tracker that is never read; it is closed again."""
    with open_tracking_engine(Path("a.stk"), EngineChoice(**choice)) as tracker:
        return tracker.engine


@pytest.fixture
def hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes every import of Lava find nothing."""
    for name in list(sys.modules):
        if name.split(".")[0] == "lava" or name.startswith("hardware.lava.runtime.watched"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "lava", None)
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(lava_remote, "BESIDE", Path("nowhere"))


@pytest.mark.parametrize("error", [None, KeyboardInterrupt, LavaError("process 'x'", "y", "z")])
def test_the_engine_is_closed_however_tracking_ends(
    stand_in: None, error: BaseException | None
) -> None:
    seen = []
    try:
        with open_tracking_engine(Path("a.stk"), EngineChoice(backend="lava")) as tracker:
            seen.append(tracker.engine)
            if error is not None:
                raise error
    except (KeyboardInterrupt, LavaError):
        pass
    (found,) = seen
    assert isinstance(found, StandIn) and found.is_closed and found.model == Path("a.stk")
    assert found.device == "cpu"


def test_stock_processes_are_planned_for_both_graphs(
    stand_in: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Model({"template": residual(), "search": residual()}, {})
    monkeypatch.setattr(sources, "_tracker", lambda path: model)
    own, stock = opened(backend="lava"), opened(backend="lava", lowering="stock")
    assert isinstance(own, StandIn) and own.plans is None
    assert isinstance(stock, StandIn) and list(stock.plans or ()) == ["template", "search"]
    chip = opened(backend="loihi2", lowering="stock")
    assert isinstance(chip, StandIn) and chip.device == "loihi2" and len(chip.plans or ()) == 2


@pytest.mark.parametrize("backend", ["fast", "reference", "brian2"])
def test_stock_processes_of_another_backend_are_refused(backend: str) -> None:
    words = f"lowering 'stock': needed backend 'lava' or 'loihi2', found '{backend}'"
    with pytest.raises(BackendUnavailable, match=words):
        simulate(retime(integrator(), 1), {}, RunRequest(backend=backend, lowering="stock"))
    with pytest.raises(BackendUnavailable, match=words):
        opened(backend=backend, lowering="stock")
    with pytest.raises(BackendUnavailable, match="found 'float'"):
        opened(is_float=True, backend="lava", lowering="stock")


@pytest.mark.parametrize("backend", ["fast", "reference", "brian2"])
def test_a_detail_of_a_backend_without_processes_is_refused(backend: str) -> None:
    words = f"detail 'node': needed backend 'lava' or 'loihi2', found '{backend}'"
    with pytest.raises(BackendUnavailable, match=words):
        simulate(retime(integrator(), 1), {}, RunRequest(backend=backend, detail="node"))
    with pytest.raises(BackendUnavailable, match=words):
        opened(backend=backend, detail="node")
    with pytest.raises(BackendUnavailable, match="found 'float'"):
        opened(is_float=True, backend="lava", detail="branch")


def test_the_engine_of_a_tracker_gets_the_detail_that_was_asked_for(stand_in: None) -> None:
    for detail in DETAILS:
        engine = opened(backend="lava", detail=detail)
        assert isinstance(engine, StandIn) and engine.detail == detail


def test_steps_to_measure_on_a_chip_are_the_searches_still_to_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found: list[int] = []
    monkeypatch.setattr(lava_backend, "require_device", lambda device: None)
    monkeypatch.setattr(lava_backend, "_require_ranges", lambda model: None)
    monkeypatch.setattr(sources, "_tracker", lambda path: path)

    def started(model: object, on: OnLava) -> StandIn:
        found.append(on.n_probed)
        return StandIn(model, on.detail, on.backend)

    monkeypatch.setattr(lava_backend, "CountedLavaEngine", started)
    state = SimpleNamespace(state=SimpleNamespace(frame_index=3))
    monkeypatch.setattr(sources, "read_partial", lambda path: state)
    kept = Path("profile.partial")
    for backend, frames, resumed in (
        ("loihi2", 5, None), ("loihi2", 5, kept), ("loihi2", None, None), ("loihi2", 2, kept),
        ("lava", 5, None),
    ):  # fmt: skip
        choice = EngineChoice(backend=backend)
        to_come = partial(sources.searches_to_come, frames, resumed)
        with sources.open_countable(Path("a.stk"), choice, to_come):
            pass
    # One more warms up; a run that goes on does not, and has three frames behind it.
    assert found == [5 + 1, 5 - 3, 0, 0, 0]


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Ctrl-C as Python has it: importing Brian2, as other tests do, puts another handler there."""
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, previous)


def test_an_interruption_while_processes_start_closes_them(
    stand_in: None, ctrl_c: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[StandIn] = []

    def interrupted(model: object, detail: str, device: str, plans: object) -> StandIn:
        os.kill(os.getpid(), signal.SIGINT)
        made.append(StandIn(model, detail, device))
        return made[0]

    monkeypatch.setattr(lava_backend, "LavaTrackEngine", interrupted)
    with pytest.raises(KeyboardInterrupt):
        opened(backend="lava")
    assert made[0].is_closed


def test_an_absent_lava_is_one_line_before_anything_is_written(
    hidden: None, tmp_path: Path, t1: Tiny
) -> None:
    net, given, out = save_netx(tmp_path / "a.net"), tmp_path / "in.npy", tmp_path / "out.npz"
    np.save(given, np.eye(3, dtype=np.uint8))
    words = "backend 'lava': needed lava-nc 0.10"
    assert words in refused(run("simulate", net, "--input", given, "-o", out, "--backend", "lava"))
    assert words in refused(run("track", t1.stk, *t1.target, "--backend", "lava"))
    report = tmp_path / "report"
    assert words in refused(run("profile", t1.stk, *t1.target, "-o", report, "--backend", "lava"))
    assert not out.exists() and not report.exists()


@pytest.mark.slow
@needs_lava
def test_an_absent_extension_for_the_chip_is_one_line_before_anything_is_written(
    tmp_path: Path, t1: Tiny
) -> None:
    net, given, out = save_netx(tmp_path / "a.net"), tmp_path / "in.npy", tmp_path / "out.npz"
    np.save(given, np.eye(3, dtype=np.uint8))
    words = "backend 'loihi2': needed Intel's closed extension lava-loihi"
    chip, stock = ("--backend", "loihi2"), ("--lowering", "stock")
    for how in (chip, (*chip, *stock)):
        assert words in refused(run("simulate", net, "--input", given, "-o", out, *how))
        assert words in refused(run("track", t1.stk, *t1.target, *how))
    report = tmp_path / "report"
    assert words in refused(run("profile", t1.stk, *t1.target, "-o", report, *chip))
    assert words in refused(run("profile", net, "--input", given, "-o", report, *chip))
    assert not out.exists() and not report.exists()


def test_lava_cannot_count_overflows() -> None:
    with pytest.raises(BackendUnavailable, match="only engine that goes on after an overflow"):
        simulate(retime(integrator(), 1), {}, RunRequest(backend="lava", strict=False))


def phases(path: Path) -> object:
    """What was counted."""
    return json.loads(path.read_text())["phases"]


def in_a_process(*arguments: object) -> None:
    """One run of `spiketrack arguments...` apart: what goes wrong in Lava must not stop tests."""
    subprocess.run(
        [sys.executable, "-c", "from spiketrack.cli import main; main()", *map(str, arguments)],
        cwd=ROOT, timeout=LIMIT_S, check=True, capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
    )  # fmt: skip


@pytest.mark.slow
@needs_lava
def test_outputs_kept_values_and_counts_on_lava_equal_the_fast_ones(tmp_path: Path) -> None:
    net, given = save_netx(tmp_path / "a.net"), tmp_path / "in.npy"
    np.save(given, np.random.default_rng(0).integers(0, 2, (6, 2, 3, 1, 1)))
    for name, *how in (
        ("fast", "fast"),
        ("lava", "lava"),
        ("stock", "lava", "--lowering", "stock"),
    ):
        made = ["-o", tmp_path / f"{name}.npz", "--counts", tmp_path / f"{name}.json"]
        in_a_process("simulate", net, "--input", given, *made, "--keep-all", "--backend", *how)
    theirs = np.load(tmp_path / "fast.npz")
    for name in ("lava", "stock"):
        ours = np.load(tmp_path / f"{name}.npz")
        assert len(ours.files) > 3 and sorted(ours.files) == sorted(theirs.files)
        for key in ours.files:
            np.testing.assert_array_equal(ours[key], theirs[key])
        assert phases(tmp_path / f"{name}.json") == phases(tmp_path / "fast.json")
    lowering = json.loads((tmp_path / "stock.json").read_text())["lowering"]
    assert lowering["nodes"] == {"stock": 2, "port": 1} and lowering["steps_one_by_one"]
    told = json.loads((tmp_path / "lava.json").read_text())
    assert told["alarms"] == json.loads((tmp_path / "fast.json").read_text())["alarms"]
    totals, simulated = (told[key]["run"]["totals"] for key in ("lava_events", "phases"))
    assert totals["syn_ops"] == simulated["synops"]["graded"] > 0
    assert totals["dendrite_updates"] == simulated["neuron_updates"] > 0


def test_a_chain_step_by_step_starts_its_processes_uninterrupted_on_the_device_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found: list[dict[str, object]] = []

    def streamed(plan: object, inputs: object, **given: object) -> StockRun:
        found.append(given)
        return StockRun({"out": np.zeros((6, 1, 3, 1, 1), np.int64)}, 0, 7, 0.0, 0.0)

    monkeypatch.setattr(stock_run, "stream", streamed)
    monkeypatch.setattr(stock_run, "require_device", lambda device: None)
    graph = memory_chain(leaky("a", "x"), 50, n_steps=6)
    runs: list[Run] = []
    chip = OnLava(backend="loihi2", n_probed=1)
    with stock_run.stock_runner(graph, ["out"], runs.append, chip) as runner:
        run = runner({"in": np.ones((6, 1, 2, 1, 1), np.int64)})
    assert runs == [run] and run.backend == "loihi2" and list(run.values) == ["out"]
    assert found == [{"keep": [], "device": "loihi2", "start": uninterrupted}]
    assert runner.facts["processes"] == 7 and runner.readings() == {}


@pytest.mark.slow
@needs_lava
def test_a_chain_whose_synapses_take_an_exponent_keeps_the_values_it_states(tmp_path: Path) -> None:
    chain, given = tmp_path / "a.net", tmp_path / "in.npy"
    write_netx(memory_chain(leaky("a", "x", weight_exp=1), 50, n_steps=1), chain)
    np.save(given, np.random.default_rng(0).integers(0, 2, (6, 2, 2, 1, 1)))
    for name, *how in (("fast", "fast"), ("stock", "lava", "--lowering", "stock")):
        made = ["-o", tmp_path / f"{name}.npz", "--keep-all", "--backend", *how]
        in_a_process("simulate", chain, "--input", given, *made)
    theirs, ours = (np.load(tmp_path / f"{name}.npz") for name in ("fast", "stock"))
    assert sorted(ours.files) == sorted(theirs.files) and len(ours.files) > 3
    for key in theirs.files:
        np.testing.assert_array_equal(ours[key], theirs[key])


@pytest.mark.slow
@needs_lava
def test_a_report_of_a_run_on_lava_shows_its_own_counters(tmp_path: Path, t1: Tiny) -> None:
    made = ["-o", tmp_path / "p", "--frames", "2", "--backend", "lava"]
    in_a_process("profile", t1.stk, *t1.target, *made)
    told = json.loads((tmp_path / "p" / "profile.json").read_text())
    assert told["model"]["backend"] == "integer graph (lava, block)"
    assert set(told["lava_events"]) == {"init", "track"}
    assert not [alarm for alarm in told["alarms"] if "Lava" in alarm]
    page = (tmp_path / "p" / "report.html").read_text()
    assert "Lava&#39;s own counters" in page and "dendrite_updates" in page
