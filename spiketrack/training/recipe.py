"""Everything that decides what a training run gives, in one object that is written beside it."""

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

from spiketrack.network import find_variant
from spiketrack.training.pairs import Draw


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A training run. The same recipe on the same machine gives the same weights.

    Attributes:
        variant: name of the network.
        steps: optimiser steps.
        seed: of the first weights and of the data.
        batch: templates a step.
        searches: search crops of each template.
        ramp: share of the run in which difficulties rise from none to their full chance; a run
            that starts from a checkpoint meets all of them from its first step.
        learning_rate: highest rate.
        warmup: share of the steps in which the rate rises to it; then it falls as a cosine.
        last_rate: share of the highest rate that is left at the end.
        weight_decay: AdamW's, on convolution kernels only.
        clip: largest norm of the gradient.
        ema: decay of the running mean of the weights, which is what is kept.
        started_from: name of the checkpoint the run starts from, or empty. Such a run keeps the
            normalisation of the backbone as it is, as the official code does.
        backbone_rate: factor of the rate for the backbone of a run that starts from one.
        rate_penalty: times the weighted mean integer (`spiketrack.training.rate_penalty`), added
            to the loss; 0 adds nothing.
    """

    variant: str
    steps: int
    seed: int = 0
    batch: int = 8
    searches: int = 3
    ramp: float = 0.8
    learning_rate: float = 2e-3
    warmup: float = 0.03
    last_rate: float = 0.01
    weight_decay: float = 1e-2
    clip: float = 5.0
    ema: float = 0.998
    started_from: str = ""
    backbone_rate: float = 0.1
    rate_penalty: float = 0.0

    def __post_init__(self) -> None:
        """Checks what can be checked without data.

        Raises:
            ValueError: an unknown variant, several templates from scratch, or an impossible number.
        """
        if find_variant(self.variant).n_templates > 1 and not self.started_from:
            raise ValueError(
                f"{self.variant} remembers several templates and learns in a second stage: it "
                "needs trained weights of one template to start from (--from)"
            )
        if self.steps < 1 or self.batch < 2 or self.searches < 1:
            raise ValueError(
                "needed at least 1 step, 2 templates a step and 1 search each, found "
                f"{self.steps}, {self.batch} and {self.searches}"
            )
        if self.seed < 0:
            raise ValueError(f"seed must not be negative, found {self.seed}")
        if not (0 < self.learning_rate < 1 and 0 <= self.ema < 1 and self.clip > 0):
            raise ValueError(
                "needed a learning rate in (0, 1), an ema in [0, 1) and a clip above 0"
            )

        if not 0 <= self.rate_penalty < math.inf:
            raise ValueError(f"rate penalty must be a number from 0, found {self.rate_penalty}")

    def rate(self, step: int) -> float:
        """The learning rate of step `step`, counted from 0."""
        rising = max(1, round(self.warmup * self.steps))
        if step < rising:
            return self.learning_rate * (step + 1) / rising
        done = (step - rising) / max(1, self.steps - rising)
        swing = 0.5 * (1 + math.cos(math.pi * min(1.0, done)))
        return self.learning_rate * (self.last_rate + (1 - self.last_rate) * swing)

    def draw(self) -> Draw:
        """What the run draws."""
        ramp = 0 if self.started_from else round(self.ramp * self.steps * self.batch)
        variant = find_variant(self.variant)
        return Draw(variant.crop_size, self.searches, ramp=ramp, templates=variant.n_templates)

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """What a record that lacks a field means by it, by the field's name."""
        fields = dataclasses.fields(cls)
        return {f.name: f.default for f in fields if f.default is not dataclasses.MISSING}

    def as_json(self) -> dict[str, Any]:
        """As a plain dictionary."""
        return dataclasses.asdict(self)
