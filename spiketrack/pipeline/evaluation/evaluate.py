"""The whole evaluation: runs, submissions and figures."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from spiketrack.evaluation import Dataset, protocol_of
from spiketrack.pipeline.evaluation.job import Settings
from spiketrack.pipeline.evaluation.run import OnDone, Workers, run_models
from spiketrack.pipeline.evaluation.submission import write_submission
from spiketrack.pipeline.evaluation.summary import summarise


def evaluate_models(
    models: Sequence[Path],
    dataset: Dataset,
    settings: Settings,
    output: Path,
    workers: Workers,
    *,
    on_done: OnDone = lambda done, total: None,
    tell: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Tracks what is not done yet and returns the contents of evaluation.json.

    Args:
        models: converted models and checkpoints.
        dataset: the sequences.
        settings: how they are tracked.
        output: the folder for results.
        workers: where they are run.
        on_done: told how many sequences are done, and of how many.
        tell: told what a person should know.

    Raises:
        The errors of `run_models`, `write_submission` and `summarise`.
    """
    runs = run_models(models, dataset, settings, output, workers, on_done=on_done, tell=tell)
    form = protocol_of(dataset.format).submission
    for run in runs:
        if form:
            folder, times = output / "submission" / run.name, output / "times" / run.name
            write_submission(folder, form, run.records, times)
    return summarise(dataset, runs)
