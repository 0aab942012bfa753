"""When an option has no effect: one table for every option of every command.

An option that somebody gave and that cannot matter is refused before any work begins, where that
can be seen from the command line, and warned of where only the files show it. Options that were
left out are never complained of. A test walks the table and fails for an option without a row.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import typer
from typer.core import TyperCommand

from spiketrack.cli.group import complain, state
from spiketrack.files.suffixes import (
    INTEGER_SUFFIXES,
    NETWORK_SUFFIXES,
    NETX_SUFFIX,
    NIR_DATA_SUFFIXES,
    NIR_SUFFIX,
    suffix_of,
)
from spiketrack.pipeline.backends.row import Use, listed
from spiketrack.pipeline.backends.table import (
    BACKENDS,
    lenient,
    names_for,
    with_processes,
    with_stock_processes,
)

Values = Mapping[str, Any]
"""What a command was given, by the name of the parameter; choices are texts."""
Rule = Callable[[Values], str | None]
"""Why an option has no effect with these values, as the end of a sentence; None if it has one."""

_NIR, _NETX = (NIR_SUFFIX,), (NETX_SUFFIX,)


@dataclass(frozen=True, slots=True)
class Effect:
    """What can make an option useless.

    Attributes:
        rules: asked before any work begins.
        later: the end of the warning where only the files show it; "" if they never do.
    """

    rules: tuple[Rule, ...] = ()
    later: str = ""


class CheckedCommand(TyperCommand):
    """A command that refuses options which cannot matter."""

    def invoke(self, ctx: Any) -> Any:
        """Asks the table, then runs the command."""
        name = str(ctx.info_name)
        # Why: a choice is a text in some versions of typer and a member of its enum in others.
        values = {
            key: value.value if isinstance(value, Enum) else value
            for key, value in ctx.params.items()
        }
        for parameter, effect in EFFECTS.get(name, {}).items():
            if _was_given(ctx, parameter):
                for rule in effect.rules:
                    reason = rule(values)
                    if reason is not None:
                        raise typer.BadParameter(f"{_option(ctx, parameter)} {reason}")
        # Commands ask later which options were given, where only the files can tell.
        state.context = ctx
        try:
            return super().invoke(ctx)
        finally:
            state.context = None


def given(*parameters: str) -> tuple[str, ...]:
    """Names those of these parameters that were given on the running command's command line."""
    return tuple(name for name in parameters if _was_given(state.context, name))


def warn_without_effect(*parameters: str) -> None:
    """Warns of each of these that was given: the files have shown that it has no effect."""
    ctx = state.context
    for name in given(*parameters):
        complain(f"{_option(ctx, name)} has no effect: {EFFECTS[str(ctx.info_name)][name].later}")


def _was_given(ctx: Any, parameter: str) -> bool:
    # Why by name: typer has brought its own copy of click in later versions, whose enum is another.
    source = ctx.get_parameter_source(parameter)
    return source is not None and source.name in ("COMMANDLINE", "ENVIRONMENT")


def _option(ctx: Any, parameter: str) -> str:
    option = next(option for option in ctx.command.params if option.name == parameter)
    if option.param_type_name == "argument":
        return str(option.metavar or option.name).strip("[]")
    # The long name, which says more than one letter.
    return str(max(option.opts, key=len))


def _suffix(values: Values, name: str) -> str:
    return suffix_of(str(values[name]))


def _only_for(name: str, suffixes: tuple[str, ...]) -> Rule:
    """A rule: the option needs a file with one of these endings."""

    def rule(values: Values) -> str | None:
        if _suffix(values, name) in suffixes:
            return None
        endings = " and ".join(suffixes)
        if name == "output":
            return f"is for an --output that ends in {endings}, not '{values[name]}'"
        return f"is for {endings} files, not '{values[name]}'"

    return rule


def _not_of_netx(values: Values) -> str | None:
    if _suffix(values, "source") not in _NETX:
        return None
    return f"is for float weights: '{values['source']}' holds integers, which are kept"


def _of_checkpoint(values: Values) -> str | None:
    if _suffix(values, "source") not in (*_NIR, *_NETX):
        return None
    return f"is for a tracker's checkpoint, not '{values['source']}'"


def _needs(name: str, option: str) -> Rule:
    """A rule: the option needs another one beside it."""
    return lambda values: None if values[name] is not None else f"is for {option}, which is missing"


def _needs_float(values: Values) -> str | None:
    return None if values["is_float"] else "is for the checkpoint of --float: a model knows its own"


def _not_with_float(values: Values) -> str | None:
    if not values["is_float"] or Use.FLOAT in BACKENDS[values["backend"]].runs:
        return None
    return "is for a converted model: --float runs the float network"


def _on_lava(values: Values) -> str | None:
    if values["backend"] in with_stock_processes() and not values.get("is_float"):
        return None
    return f"{values['lowering']} is for --backend {listed(with_stock_processes())}"


def _in_processes(values: Values) -> str | None:
    """--detail chooses between Lava's processes, which only some backends run."""
    is_one = "backend" in values
    named = values["backend"] if is_one else values["backends"] or ""
    fitting = [n for n in with_processes() if is_one or n in names_for(Use.SELFTEST)]
    # One of several engines that runs processes is enough for the option to matter.
    if not set(named.split(",")).isdisjoint(fitting) and not values.get("is_float"):
        return None
    option = "--backend" if is_one else "--backends"
    return f"{values['detail']} is for {option} {listed(fitting)}"


def _of_tracker(values: Values) -> str | None:
    return None if values["spikes"] is None else "is for a tracker, --input for other networks"


def _not_on_lava(values: Values) -> str | None:
    is_lava = not values["is_float"] and values["backend"] in with_processes()
    return f"is not for --backend {values['backend']}" if is_lava else None


def _of_network(values: Values) -> str | None:
    if values["spikes"] is not None or values["video"] is None:
        return None
    return "is for a network on --input, not for a tracker on VIDEO"


def _steps_in_seconds(values: Values) -> str | None:
    """--dt of a run sets the step of a NIR network, or that of events in NIRData."""
    if _suffix(values, "model") in _NIR or values["spikes"] is None:
        return None
    if _suffix(values, "spikes") in NIR_DATA_SUFFIXES:
        return None
    model = f"'{values['model']}' is in steps already, and so is '{values['spikes']}'"
    return f"is for .nir networks and for events in NIRData: {model}"


def _not_with_keep_all(values: Values) -> str | None:
    return "is for some nodes: --keep-all keeps them all" if values["keep_all"] else None


def _runs_on_reference(values: Values) -> str | None:
    if values["strict"] or BACKENDS[values["backend"]].goes_on_after_overflow:
        return None
    return f"{values['backend']} does not go with --no-strict, which runs on the {lenient().name}"


def _not_with_replay(values: Values) -> str | None:
    return None if values["replayed"] is None else "is for random graphs: --replay runs a saved one"


def _listed(values: Values) -> str | None:
    if _suffix(values, "path") in NETWORK_SUFFIXES:
        return None
    return f"is for files that hold graphs, not '{values['path']}'"


def _not_to_nir(values: Values) -> str | None:
    if _suffix(values, "output") not in _NIR:
        return None
    return f"is for models with several graphs: what '{values['output']}' is written from has one"


def _when_recounted(values: Values) -> str | None:
    return None if values["is_recounted"] else "is for --recount, which is missing"


def _not_with_reproduce(values: Values) -> str | None:
    if values["reproduce"] is None:
        return None
    return "is not for --reproduce: audit.json says what it was made from"


def _of_counts(values: Values) -> str | None:
    if values["profile_path"] is not None or values["reproduce"] is not None:
        return None
    return "is for a PROFILE or --reproduce, which are missing"


def _alone(values: Values) -> str | None:
    """Refuses a second output in place of tables, since only one can be printed."""
    forms = ("table", "bibtex", "neurobench", "as_json")
    n_given = sum(values[form] not in (None, False) for form in forms)
    if n_given < 2:
        return None
    return "stands alone: one of --table, --bibtex, --neurobench and --json"


def _of_show(values: Values) -> str | None:
    return None if values["action"] == "show" else f"is for show, not for {values['action']}"


ALWAYS = Effect()
_UNREAD = "nothing in this file depends on it"
_ONE_TEMPLATE = "the model has one template, which is never renewed"
_OF_NIR = Effect((_only_for("source", _NIR),), _UNREAD)
_OF_NETX = Effect((_only_for("source", _NETX),), _UNREAD)
_TRACKER = Effect((_of_checkpoint,))
_RENEWAL = Effect((), _ONE_TEMPLATE)
_PROFILED = Effect((_of_tracker,))

EFFECTS: Mapping[str, Mapping[str, Effect]] = {
    "demo": dict.fromkeys(("out", "variant", "seed", "as_json"), ALWAYS),
    "convert": {
        **dict.fromkeys(("source", "output", "as_json"), ALWAYS),
        **dict.fromkeys(("variant", "video", "box", "nir", "rounding", "mixed"), _TRACKER),
        "frames": Effect((_of_checkpoint, _needs("video", "--video"))),
        "calibration": Effect((_only_for("source", _NIR),)),
        **dict.fromkeys(("weight_bits", "stream_bits", "power_of_two"), Effect((_not_of_netx,))),
        **dict.fromkeys(("dt", "reset", "cuba"), _OF_NIR),
        **dict.fromkeys(
            ("steps_planned", "input_range", "input_scale"), Effect((_only_for("source", _NIR),))
        ),
        **dict.fromkeys(
            ("reset_interval", "spike_exp", "skip_layers", "input_shape", "input_message_bits"),
            _OF_NETX,
        ),
        # An offset without an interval shifts nothing.
        "reset_offset": Effect((*_OF_NETX.rules, _needs("reset_interval", "--reset-interval"))),
    },
    "check": {
        **dict.fromkeys(("path", "target", "as_json"), ALWAYS),
        **dict.fromkeys(("dt", "cuba"), Effect((_only_for("path", _NIR),), _UNREAD)),
    },
    "inspect": {
        **dict.fromkeys(("path", "as_json"), ALWAYS),
        "nodes": Effect((_listed,)),
        "lowering": Effect((_only_for("path", INTEGER_SUFFIXES),)),
    },
    "track": {
        **dict.fromkeys(
            ("model", "video", "box", "frames", "output", "save_video", "is_float", "as_json"),
            ALWAYS,
        ),
        "lowering": Effect((_on_lava,)),
        "detail": Effect((_in_processes,)),
        "backend": Effect((_not_with_float,)),
        "variant": Effect((_needs_float,)),
        "interval": _RENEWAL,
        "threshold": _RENEWAL,
    },
    "simulate": {
        **dict.fromkeys(
            ("model", "spikes", "output", "keep_all", "counts", "strict", "graph", "as_json"),
            ALWAYS,
        ),
        "backend": Effect((_runs_on_reference,)),
        "lowering": Effect((_on_lava,)),
        "detail": Effect((_in_processes,)),
        "keep": Effect((_not_with_keep_all,)),
        "dt": Effect((_steps_in_seconds,), _UNREAD),
        "cuba": Effect((_only_for("model", _NIR),), _UNREAD),
    },
    "profile": {
        **dict.fromkeys(("model", "output", "spikes", "as_json"), ALWAYS),
        **dict.fromkeys(
            ("video", "box", "frames", "beside", "resume", "is_float"), _PROFILED
        ),
        "firing_maps": Effect((_of_tracker, _not_on_lava)),
        "variant": Effect((_of_tracker, _needs_float)),
        "detail": Effect((_in_processes,)),
        "backend": Effect((_not_with_float,)),
        "graph": Effect((_of_network,)),
        "dt": Effect((_of_network, _steps_in_seconds), _UNREAD),
        "cuba": Effect((_only_for("model", _NIR),), _UNREAD),
        "interval": Effect((_of_tracker,), _ONE_TEMPLATE),
        "threshold": Effect((_of_tracker,), _ONE_TEMPLATE),
    },
    "count": dict.fromkeys(
        ("factory", "inputs", "output", "steps", "time_first", "max_spike", "step_size",
         "as_json"),
        ALWAYS,
    ),
    "audit": {
        **dict.fromkeys(("profile_path", "claims"), Effect((_not_with_reproduce,))),
        "output": Effect((_not_with_reproduce, _needs("profile_path", "PROFILE"))),
        **dict.fromkeys(("mapping", "models"), Effect((_of_counts,))),
        "neurobench": Effect((_not_with_reproduce, _needs("profile_path", "PROFILE"), _alone)),
        **dict.fromkeys(("table", "bibtex"), Effect((_not_with_reproduce, _alone))),
        **dict.fromkeys(("reproduce", "as_json"), ALWAYS),
    },
    "claims": {"action": ALWAYS, "name": Effect((_of_show,)), "as_json": ALWAYS},
    "map": dict.fromkeys(
        ("model", "output", "target", "board", "chips", "profile", "graph", "seed", "moves",
         "spare", "as_json"),
        ALWAYS,
    ),
    "export": {
        **dict.fromkeys(("source", "output", "as_json"), ALWAYS),
        **dict.fromkeys(("dt", "reset", "cuba"), _OF_NIR),
        "graph": Effect((_not_to_nir,)),
        "dialect": Effect((_only_for("output", _NIR),)),
        **dict.fromkeys(("segment", "lowering"), Effect((_only_for("output", _NETX),))),
    },
    "selftest": {
        **dict.fromkeys(("backends", "replayed", "as_json"), ALWAYS),
        "detail": Effect((_in_processes,)),
        **dict.fromkeys(("seed", "n", "output"), Effect((_not_with_replay,))),
    },
    "constants": {"as_json": ALWAYS},
    "records": {
        **dict.fromkeys(("name", "is_recounted", "models", "measurements", "as_json"), ALWAYS),
        "networks": Effect((_when_recounted,)),
    },
    "fit": dict.fromkeys(
        ("measurements", "output", "name", "title", "columns", "level", "seed", "as_json"), ALWAYS
    ),
    "accuracy": dict.fromkeys(
        ("checkpoints", "output", "precision", "scenes", "frames", "crops", "seed", "lava",
         "resume", "as_json"),
        ALWAYS,
    ),
    "eval": dict.fromkeys(
        ("models", "dataset", "layout", "output", "backend", "subset", "limit", "sequences",
         "frames", "workers", "scheduler", "threads", "interval", "threshold", "plan_only",
         "as_json"),
        ALWAYS,
    ),
    "train": dict.fromkeys(
        ("output", "variant", "n_steps", "batch", "rate", "seed", "start", "resume",
         "rate_penalty", "check_every", "scenes", "ablation", "as_json"),
        ALWAYS,
    ),
    "random-checkpoint": dict.fromkeys(("variant", "output", "seed", "ablation"), ALWAYS),
}  # fmt: skip
"""Every parameter of every command. `board` and `chips` of map, `video` and `box` of convert are
checked by their commands: the one contradicts or needs the other."""
