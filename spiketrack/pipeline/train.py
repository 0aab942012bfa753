"""A training run on disk: steps, checks on held-out scenes, states to go on from, weights, record.

In the folder: `state.safetensors` (to go on from), `<variant>.safetensors` (the weights, under
official names) and `curves.json` (recipe, hash of the data, every row of the run, every check).
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from simulation.tracking_engines import NetworkEngine
from spiketrack.errors import CheckpointError, StoreError
from spiketrack.files.atomic import part_of, write_text
from spiketrack.files.places import make_folder
from spiketrack.network import (
    SpikeTrackNetwork,
    Variant,
    find_variant,
    load_checkpoint,
    save_checkpoint,
    state_shapes,
)
from spiketrack.network.random_weights import with_fixed_decays
from spiketrack.pipeline.interrupt import deferred_interrupt
from spiketrack.training.evaluate import (
    EngineFollower,
    Stationary,
    crop_iou,
    evaluate,
    mean_scores,
)
from spiketrack.training.more_templates import more_templates
from spiketrack.training.pairs import Batch, data_hash, make_batch
from spiketrack.training.recipe import Recipe
from spiketrack.training.trainer import Trainer

STATE_FILE = "state.safetensors"
CURVES_FILE = "curves.json"
CURVES_FORMAT = 1
ROW_STEPS = 20
"""Steps whose mean is one row of the curves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """What is looked at while training runs.

    Attributes:
        every: steps between two checks; the last step is always checked.
        pairs: held-out pairs whose boxes are compared.
        scenes: held-out scenes tracked in closed loop.
        frames: frames of each.
        save_every: steps between two states on disk.
    """

    every: int = 250
    pairs: int = 64
    scenes: int = 8
    frames: int = 50
    save_every: int = 100


@dataclass(frozen=True)
class TrainingRun:
    """What a run left.

    Attributes:
        weights: the checkpoint.
        curves: what `curves.json` holds.
        seconds: time this call took.
        finished: whether every step of the recipe is done.
    """

    weights: Path
    curves: dict[str, Any]
    seconds: float
    finished: bool


def train(
    recipe: Recipe,
    folder: Path,
    *,
    checks: Checks | None = None,
    start: Path | None = None,
    resume: bool = False,
    on_step: Callable[[int, Mapping[str, Any]], None] = lambda done, row: None,
) -> TrainingRun:
    """Trains, and keeps the running mean of the weights.

    Args:
        recipe: what to do; when a run goes on, it must be the recipe it began with.
        folder: for everything the run leaves; made if it is not there.
        checks: what is looked at meanwhile.
        start: a checkpoint to start from in place of random weights; for several templates it may
            be one of the same sizes that remembers one.
        resume: go on from the folder's state.
        on_step: told the number of steps done and the latest row of the curves.

    Raises:
        CheckpointError: `start` or the state to go on from cannot be read or does not fit.
        StoreError: the folder cannot be written, or holds a run already.
        TrainingError: the loss is no number any more.
    """
    began = time.monotonic()
    looks = checks or Checks()
    make_folder(folder)
    recipe = recipe if start is None else replace(recipe, started_from=start.name)
    weights = None if start is None or resume else start_weights(start, recipe.variant)
    trainer = Trainer(recipe, weights)
    log = _Log(recipe, folder)
    if resume:
        log.restore(trainer)
    elif (folder / STATE_FILE).exists():
        raise StoreError(
            f"folder '{folder}'", "no run in it", STATE_FILE, "Go on with --resume, or change it."
        )
    with deferred_interrupt() as is_asked, _batches(recipe, trainer.step_index) as batches:
        for batch in batches:
            log.add(trainer.step(batch).row())
            done = trainer.step_index
            last = done == recipe.steps
            if last or done % looks.every == 0:
                log.check(check(trainer.mean_network(), recipe.seed, looks) | {"step": done})
            on_step(done, log.rows[-1])
            if last or done % looks.save_every == 0 or is_asked():
                log.save(trainer)
            if is_asked():
                raise KeyboardInterrupt
    return TrainingRun(
        log.weights_file, log.curves(), time.monotonic() - began, trainer.step_index == recipe.steps
    )


def start_weights(start: Path, variant_name: str) -> dict[str, Tensor]:
    """The weights of a checkpoint for a variant, more templates made from one if need be.

    An ablation may start from the whole network. One with fixed decays starts with these.

    Raises:
        CheckpointError: the file cannot be read or is of another variant.
    """
    variant = find_variant(variant_name)
    state = _start_state(start, variant)
    return state if variant.learnable_decay else with_fixed_decays(state)


def _start_state(start: Path, variant: Variant) -> dict[str, Tensor]:
    if variant.n_templates > 1:
        given = load_checkpoint(start)
        if given.variant.ablation in ("", variant.ablation):
            grown = replace(given.variant, n_templates=variant.n_templates)
            if state_shapes(grown) == state_shapes(variant):
                return more_templates(given.state_dict(), variant)
    return load_checkpoint(start, variant).state_dict()


def check(network: SpikeTrackNetwork, seed: int, looks: Checks) -> dict[str, Any]:
    """How well a network does on held-out pairs and scenes, beside a box that stands still."""
    scores = evaluate(
        {"tracker": lambda: EngineFollower(NetworkEngine(network)), "stationary": Stationary},
        seed=seed, indices=range(looks.scenes), frames=looks.frames,
    )  # fmt: skip
    return {
        "crop_iou": crop_iou(network, seed, looks.pairs),
        **{name: mean_scores(of) for name, of in scores.items()},
    }


@contextmanager
def _batches(recipe: Recipe, first: int) -> Iterator[Iterator[Batch]]:
    """The batches from step `first` on, each drawn while the one before it is learned from."""
    with ThreadPoolExecutor(1) as pool:

        def draw(step: int) -> Any:
            return pool.submit(make_batch, recipe.seed, step, recipe.batch, recipe.draw())

        def ahead() -> Iterator[Batch]:
            waiting = draw(first)
            for step in range(first, recipe.steps):
                batch = waiting.result()
                if step + 1 < recipe.steps:
                    waiting = draw(step + 1)
                yield batch

        yield ahead()


class _Log:
    """The rows and checks of a run, and its files."""

    def __init__(self, recipe: Recipe, folder: Path) -> None:
        self.recipe = recipe
        self.state_file = folder / STATE_FILE
        self.curves_file = folder / CURVES_FILE
        self.weights_file = folder / f"{recipe.variant}.safetensors"
        self.rows: list[dict[str, Any]] = []
        self.checks: list[dict[str, Any]] = []
        self._data_sha256 = data_hash(recipe.seed, recipe.draw())

    def add(self, report: dict[str, Any]) -> None:
        """Puts a step into its row: a running mean of up to ROW_STEPS steps."""
        if not self.rows or self.rows[-1]["steps"] == ROW_STEPS:
            self.rows.append(dict.fromkeys(report, 0.0) | {"steps": 0})
        row = self.rows[-1]
        n = row["steps"]
        for key, value in report.items():
            row[key] += (value - row[key]) / (n + 1)
        row["step"], row["steps"] = report["step"], n + 1

    def check(self, found: dict[str, Any]) -> None:
        self.checks.append(found)

    def curves(self) -> dict[str, Any]:
        return {
            "format": CURVES_FORMAT,
            "recipe": self.recipe.as_json(),
            "data_sha256": self._data_sha256,
            "rows": self.rows,
            "checks": self.checks,
        }

    def save(self, trainer: Trainer) -> None:
        """State, weights and curves, each whole or not at all."""
        record = {"recipe": self.recipe.as_json(), "rows": self.rows, "checks": self.checks}
        try:
            with part_of(self.state_file) as part:
                save_file(trainer.state(), part, metadata={"record": json.dumps(record)})
        except SafetensorError as error:
            raise StoreError(
                f"file '{self.state_file}'", "a place that can be written", str(error)
            ) from error
        ablation = trainer.variant.ablation
        save_checkpoint(trainer.weights(), self.weights_file, ablation=ablation)
        write_text(self.curves_file, json.dumps(self.curves(), indent=1) + "\n")

    def restore(self, trainer: Trainer) -> None:
        """Goes on from the folder's state.

        Raises:
            CheckpointError: there is none, it is damaged, or of another recipe.
        """
        name = str(self.state_file)
        try:
            with cast(Any, safe_open(self.state_file, framework="pt")) as held:
                record = json.loads(held.metadata()["record"])
                self._same_recipe(record["recipe"])
                trainer.restore({key: held.get_tensor(key) for key in held.keys()})
            self.rows, self.checks = list(record["rows"]), list(record["checks"])
        except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
            found = getattr(error, "strerror", None) or str(error)
            raise CheckpointError(name, "the state of a training run", found) from error

    def _same_recipe(self, found: dict[str, Any]) -> None:
        now, found = self.recipe.as_json(), Recipe.defaults() | found
        differing = [f"{k} {found.get(k)} and now {v}" for k, v in now.items() if found.get(k) != v]
        if differing:
            raise CheckpointError(
                str(self.state_file),
                "the recipe it began with",
                ", ".join(differing),
                "Give the same options, or start another run.",
            )
