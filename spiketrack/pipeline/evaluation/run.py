"""An evaluation on disk: what is done is kept, what is missing is run, and the table is made.

In the folder: `sequences/MODEL/NAME.json` for every sequence, `times/MODEL/NAME.json` with what may
differ from run to run, `submission/MODEL/` where the benchmark has a server, and what the report
writes.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spiketrack.errors import ReportError
from spiketrack.evaluation import Dataset, Unreadable
from spiketrack.files.atomic import write_text
from spiketrack.json_text import read_json
from spiketrack.pipeline.evaluation.cluster import spread
from spiketrack.pipeline.evaluation.job import FORMAT, FORMAT_VERSION, Job, Settings, make_job
from spiketrack.provenance import sha256_file

MAX_RECORD_BYTES = 1 << 28
OnDone = Callable[[int, int], None]
Json = dict[str, Any]


@dataclass(frozen=True)
class Workers:
    """Where sequences are run.

    Attributes:
        count: processes on this machine.
        scheduler: address of a Dask scheduler; None for this machine alone.
    """

    count: int = 1
    scheduler: str | None = None


@dataclass(frozen=True)
class ModelRun:
    """What one model did.

    Attributes:
        name: of its folder and its rows: the file's name without its ending.
        sha256: of the file.
        records: of the sequences that were tracked, in the order of the data set.
        failed: sequences that broke off.
        kept: how many results were there before.
    """

    name: str
    sha256: str
    records: tuple[Json, ...]
    failed: tuple[Unreadable, ...]
    kept: int


def run_models(
    models: Sequence[Path],
    dataset: Dataset,
    settings: Settings,
    output: Path,
    workers: Workers,
    *,
    on_done: OnDone = lambda done, total: None,
    tell: Callable[[str], None] = lambda text: None,
) -> list[ModelRun]:
    """Runs what is not there yet, writes every result as soon as it is done, and reads them all.

    Args:
        models: converted models and checkpoints.
        dataset: the sequences.
        settings: how they are tracked.
        output: the folder.
        workers: where they are run.
        on_done: told how many sequences are done, and of how many.
        tell: told what a person should know.

    Raises:
        StoreError: a result cannot be written.
        ReportError: a result cannot be read back.
        The errors of `run_job` and `spread`.
    """
    names = unique_names(models)
    jobs: dict[str, list[Job]] = {}
    for name, path in zip(names, models, strict=True):
        digest = sha256_file(path)
        jobs[name] = [make_job(path, digest, one, settings) for one in dataset.sequences]
    folder_of = {job.key: name for name, of in jobs.items() for job in of}
    missing = [
        job
        for name, of in jobs.items()
        for job in of
        if _kept(_place(output, name, job)) != job.key
    ]
    total = len(folder_of)
    done = total - len(missing)
    on_done(done, total)
    failed: dict[str, str] = {}
    if missing:
        with spread(workers.count, workers.scheduler, settings.threads, tell) as on_workers:
            for job, outcome in on_workers(missing):
                if outcome.error:
                    failed[job.key] = outcome.error
                else:
                    _write(output, folder_of[job.key], job, outcome.record, outcome.seconds)
                done += 1
                on_done(done, total)
    redone = {job.key for job in missing}
    return [
        ModelRun(
            name=name,
            sha256=of[0].model_sha256 if of else sha256_file(path),
            records=tuple(
                read_record(_place(output, name, job)) for job in of if job.key not in failed
            ),
            failed=tuple(
                Unreadable(job.sequence.name, failed[job.key]) for job in of if job.key in failed
            ),
            kept=sum(job.key not in redone for job in of),
        )
        for (name, of), path in zip(jobs.items(), models, strict=True)
    ]


def unique_names(models: Iterable[Path]) -> list[str]:
    """A name for every model: that of its file, with a number where several are called alike."""
    names: list[str] = []
    for path in models:
        stem = path.name.split(".")[0] or "model"
        name, number = stem, 1
        while name in names:
            number += 1
            name = f"{stem}-{number}"
        names.append(name)
    return names


def read_record(path: Path) -> Json:
    """Reads the result of a sequence.

    Raises:
        ReportError: it is not there, damaged or of another version.
    """
    advice = "Remove it; the next run makes it anew"
    try:
        with path.open("rb") as file:
            content = file.read(MAX_RECORD_BYTES + 1)
        document = read_json(content.decode())
    except (OSError, ValueError, RecursionError) as error:
        raise ReportError(f"'{path}'", "the result of a sequence", str(error), advice) from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ReportError(f"'{path}'", FORMAT, "another kind of file", advice)
    if document.get("version") != FORMAT_VERSION:
        found = f"version {document.get('version')}"
        raise ReportError(f"'{path}'", f"{FORMAT} {FORMAT_VERSION}", found, advice)
    return document


def file_name(sequence: str) -> str:
    """The name of a sequence as part of a path: separators and leading dots replaced."""
    plain = "".join(c if c.isalnum() or c in "-_." else "_" for c in sequence)
    return f"_{plain}" if plain.startswith(".") else plain


def _place(output: Path, name: str, job: Job) -> Path:
    return output / "sequences" / name / f"{file_name(job.sequence.name)}.json"


def _kept(path: Path) -> str:
    """The key of a result that is there, "" if there is none that can be read."""
    try:
        return str(read_record(path).get("key", ""))
    except ReportError:
        return ""


def _write(output: Path, name: str, job: Job, record: str, seconds: Sequence[float]) -> None:
    times = output / "times" / name / f"{file_name(job.sequence.name)}.json"
    write_text(times, json.dumps([round(value, 8) for value in seconds]) + "\n")
    write_text(_place(output, name, job), record)
