"""One training run in memory: its network, its optimiser, its running mean, step by step.

A trainer's state says everything about it, so a run that was killed goes on as if nothing had
happened: data depends on the step's number, the rate too, and nothing else is random.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, cast

import torch
from torch import Tensor

from spiketrack.errors import TrainingError
from spiketrack.network import SpikeTrackNetwork, find_variant
from spiketrack.tracking import IMAGE_MEAN, IMAGE_STD
from spiketrack.tracking.engine import Image
from spiketrack.training.first_weights import first_weights
from spiketrack.training.live_norm import official_state, trainable_network
from spiketrack.training.losses import tracking_loss
from spiketrack.training.pair_forward import pair_forward
from spiketrack.training.pairs import Batch
from spiketrack.training.rate_penalty import RateMeter, driven_macs
from spiketrack.training.recipe import Recipe

NEW_PARTS = ("mrm", "decay", "pos_embed", "decoder")
"""Names of the parts that keep the full rate when the backbone is given. Source: official code."""


@dataclass(frozen=True)
class StepReport:
    """What one step did.

    Attributes:
        step: its number, from 0.
        rate: learning rate.
        loss: total loss, the price of spikes included.
        focal: of the score map.
        giou: 1 - GIoU.
        l1: mean absolute difference.
        iou: mean IoU at the true cells.
        gradient: norm of the gradient before clipping.
        mean_integer: weighted mean integer, where the recipe prices it.
    """

    step: int
    rate: float
    loss: float
    focal: float
    giou: float
    l1: float
    iou: float
    gradient: float
    mean_integer: float | None = None

    def row(self) -> dict[str, float]:
        """Its numbers by name, without those that were not measured."""
        return {key: value for key, value in asdict(self).items() if value is not None}


class Trainer:
    """A run of a recipe."""

    def __init__(self, recipe: Recipe, start: Mapping[str, Tensor] | None = None) -> None:
        """Prepares step 0.

        Args:
            recipe: what to do.
            start: official names and shapes; None starts from scratch, and must be None where
                the recipe names no checkpoint.
        """
        self.recipe = recipe
        self.variant = find_variant(recipe.variant)
        first = first_weights(self.variant, recipe.seed) if start is None else start
        self.network = trainable_network(
            self.variant, first, frozen_backbone=bool(recipe.started_from)
        )
        # Why channels last: a third faster on a CPU than the default layout, same numbers.
        cast(Any, self.network).to(memory_format=torch.channels_last)
        self._rates = (
            RateMeter(self.network, driven_macs(self.variant)) if recipe.rate_penalty else None
        )
        self.step_index = 0
        self._mean = {key: value.clone() for key, value in self.network.state_dict().items()}
        self._optimiser = torch.optim.AdamW(_groups(self.network, recipe), lr=recipe.learning_rate)

    def step(self, batch: Batch) -> StepReport:
        """Learns from one batch.

        Raises:
            TrainingError: the loss is no number any more.
        """
        rate = self.recipe.rate(self.step_index)
        for group in self._optimiser.param_groups:
            group["lr"] = rate * group["share"]
        self._optimiser.zero_grad(set_to_none=True)
        output = pair_forward(self.network, pixels(batch.templates), pixels(batch.searches))
        losses = tracking_loss(output, torch.from_numpy(batch.boxes))
        total, mean_integer = losses.total, None
        if self._rates is not None:
            mean_integer = self._rates.take()
            total = total + self.recipe.rate_penalty * mean_integer
        if not torch.isfinite(total):
            raise TrainingError(
                f"loss of training step {self.step_index}",
                "a finite number",
                str(total.item()),
                "Start another run with a lower --rate.",
            )
        total.backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.recipe.clip)
        self._optimiser.step()
        self._average()
        report = StepReport(
            self.step_index, rate, total.item(), losses.focal.item(), losses.giou.item(),
            losses.l1.item(), losses.iou.item(), norm.item(),
            None if mean_integer is None else mean_integer.item(),
        )  # fmt: skip
        self.step_index += 1
        return report

    def weights(self) -> dict[str, Tensor]:
        """The running mean under official names: what the run gives."""
        return official_state(self._mean, self.variant)

    def mean_network(self) -> SpikeTrackNetwork:
        """A network in eval mode with those weights."""
        network = SpikeTrackNetwork(self.variant)
        network.load_state_dict(self.weights())
        return network.eval()

    def state(self) -> dict[str, Tensor]:
        """Everything to go on from, as contiguous tensors by name."""
        state = {"step": torch.tensor(self.step_index)}
        state |= {f"network.{key}": value for key, value in self.network.state_dict().items()}
        state |= {f"mean.{key}": value for key, value in self._mean.items()}
        for name, parameter in self.network.named_parameters():
            for leaf, value in self._optimiser.state.get(parameter, {}).items():
                state[f"optimiser.{name}.{leaf}"] = value
        return {key: value.detach().clone().contiguous() for key, value in state.items()}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Goes on from a state of the same recipe.

        Raises:
            ValueError: tensors are missing or of other shapes; the trainer is as it was.
        """
        whole = {"step": torch.tensor(0)}
        whole |= {f"network.{key}": value for key, value in self.network.state_dict().items()}
        whole |= {f"mean.{key}": value for key, value in self._mean.items()}
        parameters = dict(self.network.named_parameters())
        for key, value in whole.items():
            if key not in state or state[key].shape != value.shape:
                found = "none" if key not in state else str(tuple(state[key].shape))
                raise ValueError(f"tensor '{key}': needed {tuple(value.shape)}, found {found}")
        moments: dict[str, dict[str, Tensor]] = {}
        for key in state.keys() - whole.keys():
            name, _, leaf = key.removeprefix("optimiser.").rpartition(".")
            if name not in parameters or state[key].shape not in ((), parameters[name].shape):
                raise ValueError(f"tensor '{key}' belongs to no parameter of this network")
            moments.setdefault(name, {})[leaf] = state[key]
        with torch.no_grad():
            for key, value in whole.items():
                value.copy_(state[key])
        self.step_index = int(state["step"])
        for name, leaves in moments.items():
            parameter = parameters[name]
            self._optimiser.state[parameter] = {
                leaf: torch.empty_like(parameter).copy_(value) if value.dim() else value.clone()
                for leaf, value in leaves.items()
            }

    @torch.no_grad()
    def _average(self) -> None:
        """Sets m = d * m + (1 - d) * now, d rising to the recipe's so that the start fades."""
        keep = min(self.recipe.ema, (1 + self.step_index) / (10 + self.step_index))
        now = self.network.state_dict()
        moving = [key for key, value in now.items() if value.is_floating_point()]
        torch._foreach_lerp_([self._mean[k] for k in moving], [now[k] for k in moving], 1 - keep)


def pixels(crops: Image) -> Tensor:
    """uint8 RGB (..., S, S, 3) to normalised float32 (..., 3, S, S), channels last in memory."""
    x = torch.from_numpy(crops).float().div_(255)
    x = x.sub_(torch.tensor(IMAGE_MEAN)).div_(torch.tensor(IMAGE_STD))
    return x.movedim(-1, -3)


def _groups(network: SpikeTrackNetwork, recipe: Recipe) -> list[dict[str, Any]]:
    """Parameters by rate and decay."""
    groups: dict[tuple[float, float], list[Tensor]] = {}
    for name, parameter in network.named_parameters():
        given = recipe.started_from and not any(part in name for part in NEW_PARTS)
        share = recipe.backbone_rate if given else 1.0
        kernel = name.endswith(".weight") and parameter.dim() > 1
        decay = recipe.weight_decay if kernel else 0.0
        groups.setdefault((share, decay), []).append(parameter)
    return [
        {"params": parameters, "share": share, "weight_decay": decay}
        for (share, decay), parameters in groups.items()
    ]
