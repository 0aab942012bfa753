"""Which stage a layer belongs to, by its module path: groups a reader can hold in the head."""

import re

STAGES = ("stage 1", "stage 2", "stage 3", "stage 4", "retrieval", "head", "other")
"""In the order of the network; "retrieval" is the memory retrieval modules."""

_PATTERNS = (
    # First, since memory modules lie below the encoder as stages do.
    (re.compile(r"(^|\.)mrm(\.|$)"), "retrieval"),
    (re.compile(r"(^|\.)(decoder|head)(\.|$)"), "head"),
    (re.compile(r"(^|\.)(downsample|ConvBlock)1_"), "stage 1"),
    (re.compile(r"(^|\.)(downsample2|ConvBlock2_)"), "stage 2"),
    (re.compile(r"(^|\.)(downsample3|block3)"), "stage 3"),
    (re.compile(r"(^|\.)(downsample4|block4)"), "stage 4"),
)


def stage_of(name: str) -> str:
    """Returns the stage of a layer by its module path, "other" where the path says nothing."""
    for pattern, stage in _PATTERNS:
        if pattern.search(name):
            return stage
    return "other"


def short_name(name: str) -> str:
    """Cuts what every path shares ("encoder.", "retriever.", a trailing ".0") off a module path."""
    name = re.sub(r"^(encoder|decoder)\.", lambda m: "head." if m[1] == "decoder" else "", name)
    return re.sub(r"\.0$", "", name.replace(".retriever.", "."))
