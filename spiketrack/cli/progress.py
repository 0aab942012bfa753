"""Progress on stderr, and only where a person looks at it: a terminal."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from spiketrack.cli.input_files import require_inputs
from spiketrack.plain_text import shown

if TYPE_CHECKING:
    from spiketrack.tracking import TrackResult


@contextmanager
def steps(*, quiet: bool = False) -> Iterator[Callable[[str], None]]:
    """A spinner that names the step under way; the files that a command reads are there then."""
    require_inputs()
    console = Console(stderr=True)
    # In a log the turning characters would be thousands of lines.
    if quiet or not console.is_terminal:
        yield lambda text: None
        return
    # Why line: the usual one turns in characters that only a UTF encoding has.
    spinner = "dots" if console.encoding.startswith("utf") else "line"
    with console.status("Starting", spinner=spinner) as status:
        yield lambda text: status.update(Text(shown(text)))


@contextmanager
def frame_progress(
    total: int | None, *, quiet: bool = False
) -> Iterator[Callable[["TrackResult"], None]]:
    """A bar over frames."""
    with _bar("Tracking", total, quiet) as (bar, task):
        yield lambda result: bar.update(task, completed=result.frame_index)


@contextmanager
def _bar(text: str, total: int | None, quiet: bool) -> Iterator[tuple[Progress, TaskID]]:
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=quiet or not console.is_terminal) as bar:
        yield bar, bar.add_task(text, total=total)


@contextmanager
def step_progress(
    total: int, *, quiet: bool = False
) -> Iterator[Callable[[int, Mapping[str, Any]], None]]:
    """A bar over training steps that shows the latest loss and overlap."""
    with _bar("Training", total, quiet) as (bar, task):

        def advance(done: int, row: Mapping[str, Any]) -> None:
            text = f"Training, loss {row['loss']:.2f}, IoU {row['iou']:.2f}"
            bar.update(task, completed=done, description=text)

        yield advance


@contextmanager
def sample_progress(total: int, *, quiet: bool = False) -> Iterator[Callable[[int], None]]:
    """A bar over samples; the block calls it with the number that is done."""
    with _bar("Running", total, quiet) as (bar, task):
        yield lambda done: bar.update(task, completed=done)


@contextmanager
def graph_progress(total: int, *, quiet: bool = False) -> Iterator[Callable[[int, int], None]]:
    """A bar over random graphs; the block calls it with how many are done, and of how many."""
    with _bar("Comparing", total, quiet) as (bar, task):
        yield lambda done, of: bar.update(task, completed=done, total=of)


@contextmanager
def scene_progress(
    total: int, *, quiet: bool = False
) -> Iterator[tuple[Callable[[str], None], Callable[[int], None]]]:
    """A bar over scenes; gives what names the step under way, and what takes the number done."""
    with _bar("Measuring", total, quiet) as (bar, task):
        yield (
            lambda text: bar.update(task, description=shown(text)),
            lambda done: bar.update(task, completed=done),
        )
