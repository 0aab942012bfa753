"""A benchmark evaluated on disk: kept, resumed, spread, summed up and written as a report."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spiketrack.errors import BackendUnavailable, DatasetError, ReportError, SchedulerError
from spiketrack.evaluation import Dataset, export_scenes, open_dataset
from spiketrack.network import trained_checkpoint
from spiketrack.pipeline.evaluation import cluster
from spiketrack.pipeline.evaluation.evaluate import evaluate_models
from spiketrack.pipeline.evaluation.job import Settings
from spiketrack.pipeline.evaluation.plan import Sample, calibrate, plan
from spiketrack.pipeline.evaluation.run import Workers, read_record, unique_names
from spiketrack.report.evaluation_report import write_evaluation_report
from spiketrack.tracking import UpdatePolicy

MODEL = trained_checkpoint("mini64-t1")
SETTINGS = Settings(UpdatePolicy(), "fast", 1, 3)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    root = export_scenes(tmp_path_factory.mktemp("got"), "got10k", 0, range(4), 4)
    return open_dataset(root, "got10k")


@pytest.fixture(scope="module")
def done(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    output = tmp_path_factory.mktemp("out")
    return output, evaluate_models([MODEL], dataset, SETTINGS, output, Workers())


def contents(output: Path) -> dict[str, bytes]:
    """Every file that may not differ from run to run."""
    folder = output / "sequences"
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.json")}


def test_every_sequence_gets_boxes_counts_and_energies(
    done: tuple[Path, dict[str, Any]], dataset: Dataset
) -> None:
    output, result = done
    model = result["models"][0]
    assert [row["name"] for row in model["sequences"]] == [s.name for s in dataset.sequences]
    assert 0 < model["scores"]["auc"] <= 1
    assert model["per_frame"]["frames"] == 4 * 3
    assert model["per_frame"]["synops"] > 1e6
    record = read_record(output / "sequences" / "mini64-t1" / "Scene000.json")
    assert np.shape(record["boxes"]) == (4, 4)
    assert record["boxes"][0] == pytest.approx(dataset.sequences[0].truth[0])


def test_the_server_of_got10k_gets_boxes_and_times(done: tuple[Path, dict[str, Any]]) -> None:
    folder = done[0] / "submission" / "mini64-t1" / "Scene001"
    lines = (folder / "Scene001_001.txt").read_text().splitlines()
    assert len(lines) == 4
    assert all(len(line.split(",")) == 4 for line in lines)
    assert len((folder / "Scene001_time.txt").read_text().splitlines()) == 4


def test_what_is_there_is_kept_and_what_is_damaged_is_made_again(
    done: tuple[Path, dict[str, Any]], dataset: Dataset
) -> None:
    output, _ = done
    before = contents(output)
    damaged = output / "sequences" / "mini64-t1" / "Scene002.json"
    damaged.write_text("{", encoding="utf-8")
    told: list[tuple[int, int]] = []
    evaluate_models(
        [MODEL], dataset, SETTINGS, output, Workers(), on_done=lambda n, of: told.append((n, of))
    )
    assert told == [(3, 4), (4, 4)]
    assert contents(output) == before


def test_other_settings_keep_nothing(
    done: tuple[Path, dict[str, Any]], dataset: Dataset, tmp_path: Path
) -> None:
    told: list[tuple[int, int]] = []
    shorter = Settings(UpdatePolicy(), "fast", 1, 2)
    few = Dataset("got10k", "val", dataset.sequences[:1])
    evaluate_models([MODEL], few, SETTINGS, tmp_path, Workers())
    evaluate_models(
        [MODEL], few, shorter, tmp_path, Workers(), on_done=lambda n, of: told.append((n, of))
    )
    assert told == [(0, 1), (1, 1)]


def test_a_sequence_that_breaks_off_costs_nothing_else(tmp_path: Path) -> None:
    root = export_scenes(tmp_path / "got", "got10k", 0, range(2), 4)
    (root / "val" / "Scene000" / "00000003.jpg").write_bytes(b"no image")
    result = evaluate_models(
        [MODEL], open_dataset(root, "got10k"), SETTINGS, tmp_path / "out", Workers()
    )
    model = result["models"][0]
    assert [row["name"] for row in model["sequences"]] == ["Scene001"]
    assert "00000003.jpg" in model["failed"][0]["reason"]
    page = write_evaluation_report(result, tmp_path / "out").read_text("utf-8")
    assert "1 sequence without a result" in page


def test_the_report_holds_plots_tables_and_numbers(
    done: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    page = write_evaluation_report(done[1], tmp_path).read_text("utf-8")
    for words in ("Success plot", "worst sequences", "Accuracy against SynOps", "SR75"):
        assert words in page
    assert json.loads((tmp_path / "evaluation.json").read_text())["format"]
    assert (tmp_path / "success_plot.png").stat().st_size > 1000


def test_a_hidden_truth_gives_boxes_and_no_scores(dataset: Dataset, tmp_path: Path) -> None:
    root = export_scenes(tmp_path / "got", "got10k", 0, range(1), 4)
    truth = root / "val" / "Scene000" / "groundtruth.txt"
    truth.write_text(truth.read_text().splitlines()[0] + "\n")
    result = evaluate_models(
        [MODEL], open_dataset(root, "got10k"), SETTINGS, tmp_path / "out", Workers()
    )
    assert "scores" not in result["models"][0]
    assert write_evaluation_report(result, tmp_path / "out").is_file()


def test_models_of_one_name_get_a_number() -> None:
    paths = [Path("a/net.stk"), Path("b/net.stk"), Path("net.pth.tar")]
    assert unique_names(paths) == ["net", "net-2", "net-3"]


@pytest.mark.parametrize(
    ("text", "words"), [("{", "result of a sequence"), ("[]", "another kind of file")]
)
def test_a_result_that_is_none_is_refused(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ReportError, match=words):
        read_record(path)


def test_a_plan_is_the_sum_over_models_and_sequences_divided_among_workers() -> None:
    sample = Sample(seconds_per_frame=0.01, seconds_to_start=1.0, bytes_per_frame=50.0)
    lasot = plan([sample], [2500] * 280, workers=4)
    assert (lasot.sequences, lasot.frames) == (280, 700_000)
    assert lasot.seconds == pytest.approx(280 * (1 + 25) / 4)
    assert lasot.disk_bytes == 35_000_000
    one = plan([sample], [2500], workers=4)
    assert one.seconds == pytest.approx(26)


def test_a_calibration_tracks_a_few_frames(dataset: Dataset) -> None:
    sample = calibrate(MODEL, dataset, SETTINGS)
    assert sample.seconds_per_frame > 0
    assert sample.bytes_per_frame > 10
    with pytest.raises(DatasetError, match="a sequence that can be tracked"):
        calibrate(MODEL, Dataset("got10k", "val", ()), SETTINGS)


def test_without_the_package_more_than_one_worker_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with (
        pytest.raises(BackendUnavailable, match="spiketrack.cluster"),
        cluster.spread(2, None, 1, print),
    ):
        pass


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(cluster, "_CONNECT_S", 0.2)
    with (
        pytest.raises(SchedulerError, match="tcp://127.0.0.1:1"),
        cluster.spread(1, "tcp://127.0.0.1:1", 1, print),
    ):
        pass


@pytest.mark.slow
def test_two_workers_of_which_one_is_killed_give_the_same_files(
    done: tuple[Path, dict[str, Any]], dataset: Dataset, tmp_path: Path
) -> None:
    pytest.importorskip("distributed")
    psutil = pytest.importorskip("psutil")
    killed: list[int] = []

    def kill_one(n: int, total: int) -> None:
        if n == 1 and not killed:
            children = psutil.Process().children(recursive=True)
            workers = [c.pid for c in children if "spawn_main" in " ".join(c.cmdline())]
            killed.append(workers[-1])
            os.kill(workers[-1], signal.SIGKILL)

    told: list[str] = []
    result = evaluate_models(
        [MODEL], dataset, SETTINGS, tmp_path, Workers(2), on_done=kill_one, tell=told.append
    )
    assert killed
    assert "dashboard" in told[0]
    assert result["models"] == done[1]["models"]
    assert contents(tmp_path) == contents(done[0])
