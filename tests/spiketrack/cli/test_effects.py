"""The table of options without effect: whole, and true row by row."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer

from spiketrack.cli.app import app
from spiketrack.cli.effects import EFFECTS
from tests.small_networks import save_netx, save_nir, spikes
from tests.spiketrack.cli.run import run
from tests.tiny_models import Tiny

OF_NETX = ("convert", "a.net", "-o", "a.stk")
OF_PTH = ("convert", "a.pth", "-o", "a.stk")
OF_NIR = ("convert", "a.nir", "-o", "a.stk")
TRACK = ("track", "a.stk", "v.mp4", "--box", "1,2,3,4")
FLOAT = ("track", "a.pth", "v.mp4", "--box", "1,2,3,4", "--float")
SIMULATE = ("simulate", "a.stk", "--input", "s.npy", "-o", "o.npz")
RUN = ("profile", "a.stk", "--input", "s.npy", "-o", "d")
VIDEO = ("profile", "a.stk", "v.mp4", "--box", "1,2,3,4", "-o", "d")
REPLAY = ("selftest", "--replay", "f.stk")
TO_NIR = ("export", "a.nir", "-o", "b.nir")
AGAIN = ("audit", "--reproduce", "a.json")
CLAIMS = ("audit", "--claims", "seed")

VALUES = {
    "variant": "s256-t1", "video": "v.mp4", "box": "1,2,3,4", "frames": "2", "nir": "n",
    "calibration": "s.npy", "weight_bits": "4", "stream_bits": "20", "dt": "1e-3",
    "rounding": "fitted", "mixed": "1",
    "reset": "zero", "cuba": "old", "dialect": "compact", "steps_planned": "9",
    "input_range": "0,1", "input_scale": "2",
    "reset_interval": "3", "reset_offset": "1", "spike_exp": "3", "skip_layers": "1",
    "input_shape": "1,2,3", "input_message_bits": "8", "backend": "fast", "lowering": "own",
    "detail": "node",
    "interval": "5", "threshold": "0.5", "keep": "a", "beside": "a.pth", "graph": "g",
    "segment": "a:b", "seed": "3", "n": "5", "output": "d", "networks": "d", "models": "m.toml",
    "profile_path": "p.json", "claims": "seed", "table": "csv", "mapping": "m", "name": "seed",
}  # fmt: skip
"""A value for every option that takes one."""

REFUSED: dict[str, list[tuple[tuple[str, ...], str, str]]] = {
    "convert": [
        *((OF_NETX, option, "is for a tracker's checkpoint, not 'a.net'")
          for option in ("variant", "video", "box", "nir", "rounding", "mixed", "frames")),
        (OF_PTH, "frames", "is for --video, which is missing"),
        *((OF_PTH, option, "is for .nir files, not 'a.pth'")
          for option in ("calibration", "dt", "reset", "cuba", "steps_planned", "input_range",
                         "input_scale")),
        *((OF_NETX, option, "is for float weights: 'a.net' holds integers")
          for option in ("weight_bits", "stream_bits", "power_of_two")),
        *((OF_NIR, option, "is for .net files, not 'a.nir'")
          for option in ("reset_interval", "reset_offset", "spike_exp", "skip_layers",
                         "input_shape", "input_message_bits")),
        (OF_NETX, "reset_offset", "is for --reset-interval, which is m"),
    ],
    "check": [(("check", "a.stk"), option, "is for .nir files, not 'a.stk'")
              for option in ("dt", "cuba")],
    "inspect": [
        (("inspect", "a.pth"), "nodes", "is for files that hold graphs, not 'a.pth'"),
        (("inspect", "a.nir"), "lowering", "is for .stk and .net files, not 'a.nir'"),
    ],
    "records": [(("records",), "networks", "is for --recount, which is missing")],
    "track": [
        (TRACK, "variant", "is for the checkpoint of --float: a model knows its own"),
        (TRACK, "lowering", "own is for --backend lava or loihi2"),
        (TRACK, "detail", "node is for --backend lava or loihi2"),
        (FLOAT, "detail", "node is for --backend lava or loihi2"),
        (FLOAT, "backend", "is for a converted model: --float runs the float network"),
        (FLOAT, "lowering", "own is for --backend lava or loihi2"),
    ],
    "simulate": [
        (SIMULATE, "cuba", "is for .nir files, not 'a.stk'"),
        (SIMULATE, "dt", "'a.stk' is in steps already, and so is 's.npy'"),
        (SIMULATE, "lowering", "own is for --backend lava or loihi2"),
        (SIMULATE, "detail", "node is for --backend lava or loihi2"),
        ((*SIMULATE, "--keep-all"), "keep", "is for some nodes: --keep-all keeps them all"),
        ((*SIMULATE, "--no-strict"), "backend", "fast does not go with --no-strict"),
    ],
    "profile": [
        *((RUN, option, "is for a tracker, --input for other networks")
          for option in ("video", "box", "frames", "beside", "resume", "is_float", "variant",
                         "interval", "threshold")),
        (RUN, "cuba", "is for .nir files, not 'a.stk'"),
        (RUN, "dt", "'a.stk' is in steps already, and so is 's.npy'"),
        (VIDEO, "variant", "is for the checkpoint of --float: a model knows its own"),
        ((*VIDEO, "--float"), "backend", "is for a converted model: --float runs the float"),
        (RUN, "detail", "node is for --backend lava or loihi2"),
        ((*VIDEO, "--float"), "detail", "node is for --backend lava or loihi2"),
        (RUN, "firing_maps", "is for a tracker, --input for other networks"),
        ((*VIDEO, "--backend", "lava"), "firing_maps", "is not for --backend lava"),
        (VIDEO, "graph", "is for a network on --input, not for a tracker on VIDEO"),
        (VIDEO, "dt", "is for a network on --input, not for a tracker on VIDEO"),
    ],
    "export": [
        *((("export", "a.net", "-o", "b.net"), option, "is for .nir files, not 'a.net'")
          for option in ("dt", "reset", "cuba")),
        (("export", "a.net", "-o", "b.net"), "dialect", "is for an --output that ends in .nir, no"),
        (TO_NIR, "graph", "is for models with several graphs"),
        (TO_NIR, "segment", "is for an --output that ends in .net, not"),
        (TO_NIR, "lowering", "is for an --output that ends in .net, not"),
    ],
    "audit": [
        *((AGAIN, option, "is not for --reproduce: audit.json says what it was made from")
          for option in ("profile_path", "claims", "output", "neurobench", "table", "bibtex")),
        *((CLAIMS, option, "is for PROFILE, which is missing")
          for option in ("output", "neurobench")),
        *((CLAIMS, option, "is for a PROFILE or --reproduce, which are missing")
          for option in ("mapping", "models")),
        *((("audit", "p.json", "--json"), option, "stands alone: one of --table, --bibtex, --neu")
          for option in ("neurobench", "table", "bibtex")),
    ],
    "claims": [(("claims", "list"), "name", "is for show, not for list")],
    "selftest": [
        *((REPLAY, option, "is for random graphs: --replay runs a saved one")
          for option in ("seed", "n", "output")),
        (("selftest", "--backends", "fast"), "detail", "node is for --backends lava"),
        (("selftest",), "detail", "node is for --backends lava"),
    ],
}  # fmt: skip
"""For every rule of the table a command line, the option that it makes useless, and the reason."""
EXAMPLES = [(*one, command) for command, rows in REFUSED.items() for one in rows]

# Why getattr: typer's own copy of click has no types for a group's commands.
COMMANDS: dict[str, Any] = dict(getattr(typer.main.get_command(app), "commands"))  # noqa: B009


def test_every_parameter_of_every_command_has_a_row() -> None:
    assert EFFECTS.keys() == COMMANDS.keys()
    for name, command in COMMANDS.items():
        own = {one.name for one in command.params if one.name != "help"}
        assert set(EFFECTS[name]) == own, name


def test_every_rule_of_the_table_has_an_example() -> None:
    for name, effects in EFFECTS.items():
        for parameter, effect in effects.items():
            examples = [reason for _, one, reason, command in EXAMPLES
                        if (command, one) == (name, parameter)]  # fmt: skip
            assert len(set(examples)) >= len(effect.rules), (name, parameter)


def flag(command: str, parameter: str) -> list[str]:
    """The option with a value, or the argument, as somebody would type it."""
    found = next(one for one in COMMANDS[command].params if one.name == parameter)
    value = "thermometer" if (command, parameter) == ("export", "lowering") else ""
    value = value or VALUES.get(parameter, "")
    if found.param_type_name == "argument":
        return [value]
    return [max(found.opts, key=len), *([] if found.is_flag else [value])]


@pytest.mark.parametrize(
    ("line", "parameter", "reason", "command"),
    EXAMPLES,
    ids=[f"{row[3]}-{row[1]}-{index}" for index, row in enumerate(EXAMPLES)],
)
def test_an_option_that_cannot_matter_is_refused(
    line: tuple[str, ...], parameter: str, reason: str, command: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    done = run(*line, *flag(command, parameter))
    told = " ".join(done.err.replace("│", " ").split())
    assert done.code == 2 and done.out == "" and reason in told, told
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command", ["track", "profile"])
def test_an_interval_for_one_template_is_warned_of(
    command: str, t1: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    line = [command, t1.stk, *t1.target, "-n", "1", "--json"]
    line += ["-o", "d"] if command == "profile" else []
    done = run(*line, "--interval", "25", "--threshold", "0.7")
    reason = "has no effect: the model has one template, which is never renewed"
    assert done.code == 0
    assert done.err == f"spiketrack: --interval {reason}\nspiketrack: --threshold {reason}\n"


def test_an_interval_for_three_templates_has_its_effect(t3: Tiny) -> None:
    done = run("track", t3.stk, *t3.target, "-n", "1", "--json", "--interval", "25")
    assert done.code == 0 and done.err == ""


def test_an_option_that_changes_nothing_of_a_file_is_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    save_nir(Path("net.nir"))
    save_netx(Path("net.net"))
    np.save("s.npy", spikes())
    done = run("convert", "net.nir", "-o", "a.stk", "--dt", "1e-4", "--reset", "zero", "--json")
    assert done.code == 0 and done.err == ""
    # Our own file says its step and its reset; its graph is binary, so no delta has fraction bits.
    assert run("export", "net.nir", "-o", "own.nir").code == 0
    dt, reset = (
        f"spiketrack: --{option} has no effect: nothing in this file depends on it\n"
        for option in ("dt", "reset")
    )
    done = run("convert", "own.nir", "-o", "b.stk", "--dt", "1e-3", "--reset", "subtract", "--json")
    assert done.code == 0 and done.err == dt + reset
    assert run("check", "own.nir", "--dt", "1e-3", "--json").err == dt
    assert run("export", "own.nir", "-o", "c.nir", "--reset", "zero", "--json").err == reset
    for command in (["simulate", "-o", "o.npz"], ["profile", "-o", "d"]):
        done = run(command[0], "own.nir", "--input", "s.npy", *command[1:], "--dt", "1", "--json")
        assert done.code == 0 and done.err == dt
    done = run("convert", "net.net", "-o", "n.stk", "--spike-exp", "3", "--json")
    assert done.code == 0 and "--spike-exp has no effect: nothing in this file" in done.err
    done = run("convert", "net.net", "-o", "n.stk", "--reset-interval", "5", "--json")
    assert done.code == 0 and done.err == ""
