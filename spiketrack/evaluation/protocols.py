"""How each benchmark is run and scored: when templates are renewed, and which figures lead.

Update interval and threshold are those of the official SpikeTrack code (LaSOT and its extension 40
frames and 0.8, everything else 25 and 0.7).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from spiketrack.tracking.templates import DEFAULT_POLICY, LASOT_POLICY, UpdatePolicy

Rule = Literal["got10k", "marked", "uav", "plain"]
"""How frames without a target count; see `spiketrack.evaluation.metrics`."""


@dataclass(frozen=True)
class Protocol:
    """How one benchmark is run and scored.

    Attributes:
        title: its name in tables.
        policy: when a tracker with several templates takes in a new one.
        rule: how frames without a target count.
        lead: names of the figures that its papers report, in order.
        subsets: names of its parts, the usual one first; none if it has no parts.
        submission: name of the form its server takes, "" if it has none.
    """

    title: str
    policy: UpdatePolicy
    rule: Rule
    lead: tuple[str, ...]
    subsets: tuple[str, ...] = ()
    submission: Literal["", "got10k", "trackingnet"] = ""


_OVERLAP = ("ao", "sr50", "sr75")
_ONE_PASS = ("auc", "precision", "norm_precision")

FORMATS: Mapping[str, Protocol] = MappingProxyType(
    {
        "got10k": Protocol(
            "GOT-10k", DEFAULT_POLICY, "got10k", _OVERLAP, ("val", "test", "train"), "got10k"
        ),
        "lasot": Protocol("LaSOT", LASOT_POLICY, "marked", _ONE_PASS, ("test", "train", "all")),
        "lasot-ext": Protocol("LaSOT extension", LASOT_POLICY, "marked", _ONE_PASS),
        "otb": Protocol("OTB100", DEFAULT_POLICY, "plain", ("auc", "precision")),
        "uav123": Protocol("UAV123", DEFAULT_POLICY, "uav", ("auc", "precision")),
        "tnl2k": Protocol("TNL2K", DEFAULT_POLICY, "plain", _ONE_PASS),
        "trackingnet": Protocol(
            "TrackingNet", DEFAULT_POLICY, "plain", _ONE_PASS,
            ("TEST", *(f"TRAIN_{part}" for part in range(12))), "trackingnet",
        ),
        "nfs": Protocol("NFS", DEFAULT_POLICY, "plain", ("auc", "precision"), ("30", "240")),
        "folder": Protocol("folder", DEFAULT_POLICY, "plain", _ONE_PASS),
        "synthetic": Protocol("generated scenes", DEFAULT_POLICY, "plain", _ONE_PASS),
    }
)  # fmt: skip


def protocol_of(name: str) -> Protocol:
    """The protocol of a layout.

    Args:
        name: a key of `FORMATS`.

    Raises:
        ValueError: there is none of that name.
    """
    if name not in FORMATS:
        raise ValueError(f"format: needed one of {', '.join(FORMATS)}, found '{name}'")
    return FORMATS[name]
