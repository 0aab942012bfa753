"""The sizes SpikeTrack comes in: six official ones, four small ones of ours, or any other.

A `Variant` is everything that is a number about the network. Template count, spike ceiling and grid
are fields here and constants nowhere.
"""

from dataclasses import dataclass, replace

from spiketrack.network.ablations import SEPARATOR, find_ablation

STRIDE = 16
"""Pixels of the crop per cell of the feature grid: four stages of stride 2."""

MEMORY_STAGES = (0, 1, 2, 2, 3, 3)
"""Which width each of the six memory modules works on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One size of SpikeTrack.

    Attributes:
        name: how the command line and reports call it.
        widths: channels of the four stages.
        n_templates: T, templates remembered, and time steps inside the memory modules.
        crop_size: side of the square template and search crops, pixels.
        head_channels: channels of the head's first convolutions; each next layer has half.
        max_spike: D, the largest integer spike.
        heads: attention heads.
        loops: N, refinement loops of a memory module.
        mlp_ratio: hidden channels of an MLP or conv block per channel.
        value_ratio: value channels per channel in attention.
        max_steps: time steps a checkpoint provides for: it holds `max_steps` template tables and
            `max_steps - 1` decays for every neuron layer, read or not.
        learnable_decay: decays are parameters (else fixed buffers of the same name).
        per_channel: a memory module has one head per channel, so that it mixes no channels.
        mean_fusion: answers of several templates are averaged (else weighed by the gate).
        ablation: name of the ablation that this is of another variant, or empty.
    """

    name: str
    widths: tuple[int, int, int, int]
    n_templates: int
    crop_size: int
    head_channels: int
    max_spike: int = 4
    heads: int = 8
    loops: int = 1
    mlp_ratio: int = 4
    value_ratio: int = 4
    max_steps: int = 4
    learnable_decay: bool = True
    per_channel: bool = False
    mean_fusion: bool = False
    ablation: str = ""

    def __post_init__(self) -> None:
        """Checks what the layers rely on.

        Raises:
            ValueError: a size that no network can have.
        """
        if self.crop_size < STRIDE or self.crop_size % STRIDE:
            raise ValueError(f"crop_size must be a multiple of {STRIDE}, found {self.crop_size}")
        if not 1 <= self.n_templates <= self.max_steps:
            raise ValueError(f"n_templates must be 1..{self.max_steps}, found {self.n_templates}")
        if len(self.widths) != 4 or any(w < 1 or w % self.heads for w in self.widths):
            raise ValueError(f"widths must be four multiples of {self.heads}, found {self.widths}")
        if self.head_channels < 8 or self.head_channels % 8:
            raise ValueError(f"head_channels must be a multiple of 8, found {self.head_channels}")
        if not 1 <= self.max_spike <= 255:
            raise ValueError(f"max_spike must be 1..255, found {self.max_spike}")
        if self.loops < 0:
            raise ValueError(f"loops must not be negative, found {self.loops}")

    @property
    def grid(self) -> int:
        """Side of the feature grid, cells."""
        return self.crop_size // STRIDE

    def memory_heads(self, channels: int) -> int:
        """Heads of a memory module of so many channels.

        Args:
            channels: the module's width.
        """
        return channels if self.per_channel else self.heads

    def memory_shapes(self, batch: int = 1) -> tuple[tuple[int, ...], ...]:
        """Shapes (T, B, heads, C/heads, value_ratio*C/heads) of the six memories.

        Args:
            batch: B, how many targets are followed at once.
        """
        widths = [self.widths[stage] for stage in MEMORY_STAGES]
        heads = [self.memory_heads(width) for width in widths]
        return tuple(
            (self.n_templates, batch, n, width // n, self.value_ratio * width // n)
            for width, n in zip(widths, heads, strict=True)
        )


_S = (32, 64, 128, 192)
_B = (64, 128, 256, 360)
_TINY = (24, 48, 96, 128)
_MINI = (16, 24, 48, 64)


def _family(
    prefix: str, widths: tuple[int, int, int, int], crop_size: int, head_channels: int
) -> list[Variant]:
    return [
        Variant(
            name=f"{prefix}-t{n}",
            widths=widths,
            n_templates=n,
            crop_size=crop_size,
            head_channels=head_channels,
        )
        for n in (1, 3)
    ]


VARIANTS: dict[str, Variant] = {
    variant.name: variant
    for variant in (
        *_family("s256", _S, 256, 192),
        *_family("b256", _B, 256, 256),
        *_family("b384", _B, 384, 256),
        *_family("tiny128", _TINY, 128, 128),
        *_family("mini64", _MINI, 64, 64),
    )
}
"""The variants known by name; the tiny and mini ones are ours, the others official.

Mini is as large as one core can train from nothing in hours: eight times as fast as tiny.
"""


def find_variant(variant: str | Variant) -> Variant:
    """Finds a variant.

    Args:
        variant: a name, with that of an ablation after a plus sign if it is one, such as
            "mini64-t3+mean-fusion"; or a `Variant`, which is returned as it is.

    Raises:
        ValueError: no variant or no ablation has that name.
    """
    if isinstance(variant, Variant):
        return variant
    plain, separator, ablation = variant.partition(SEPARATOR)
    if separator:
        return ablated(find_variant(plain), ablation)
    if variant not in VARIANTS:
        raise ValueError(f"unknown variant {variant!r}; known are {', '.join(VARIANTS)}")
    return VARIANTS[variant]


def ablated(variant: Variant, ablation: str) -> Variant:
    """Changes a variant as an ablation says.

    Args:
        variant: a variant that is no ablation yet.
        ablation: the ablation's name.

    Raises:
        ValueError: no ablation has that name, the variant is one already, or the ablation changes
            only what several templates need and the variant remembers one.
    """
    change = find_ablation(ablation)
    if variant.ablation:
        raise ValueError(f"{variant.name} is an ablation already")
    if change.needs_steps and variant.n_templates == 1:
        raise ValueError(f"{variant.name} remembers one template: {ablation} changes nothing there")
    name = f"{variant.name}{SEPARATOR}{ablation}"
    return replace(variant, name=name, ablation=ablation, **change.changes)
