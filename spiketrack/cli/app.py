"""The program and its commands: what each is called and shown by example; they live beside."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from spiketrack.cli.commands_accuracy import accuracy
from spiketrack.cli.commands_audit import audit
from spiketrack.cli.commands_claims import claims
from spiketrack.cli.commands_constants import constants
from spiketrack.cli.commands_count import count
from spiketrack.cli.commands_eval import evaluate
from spiketrack.cli.commands_fit import fit
from spiketrack.cli.commands_foreign import check, export
from spiketrack.cli.commands_map import map_board
from spiketrack.cli.commands_model import convert, inspect
from spiketrack.cli.commands_records import records
from spiketrack.cli.commands_report import profile
from spiketrack.cli.commands_run import selftest, simulate
from spiketrack.cli.commands_track import demo, random_checkpoint, track
from spiketrack.cli.commands_train import train
from spiketrack.cli.effects import CheckedCommand
from spiketrack.cli.group import OneLineGroup, state
from spiketrack.version import VERSION

app = typer.Typer(
    name="spiketrack",
    cls=OneLineGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

_FIRST_STEPS = """[bold]From nothing:[/bold] spiketrack demo

[bold]From a checkpoint:[/bold]

  spiketrack convert ckpt.pth.tar -o model.stk

  spiketrack profile model.stk video.mp4 --box 877,464,40,74 -n 30 -o out

  spiketrack audit out -o out

[bold]From any network (NIR or lava-dl's netx):[/bold]

  spiketrack check net.nir

  spiketrack simulate net.nir --input spikes.npy -o out.npz

  spiketrack profile net.nir --input spikes.npy -o out

Exit codes: 0 done, 1 error, 2 wrong usage, 130 interrupted."""

_COMMANDS: tuple[tuple[str, Callable[..., Any], str], ...] = (
    ("demo", demo, ""),
    ("convert", convert, "spiketrack convert ckpt.pth.tar -o model.stk --nir nir"),
    ("check", check, "spiketrack check net.nir"),
    ("inspect", inspect, "spiketrack inspect model.stk --nodes"),
    ("track", track, "spiketrack track model.stk video.mp4 --box 877,464,40,74 -o boxes.json"),
    ("simulate", simulate, "spiketrack simulate net.nir --input spikes.npy -o out.npz"),
    (
        "profile",
        profile,
        "spiketrack profile model.stk video.mp4 --box 877,464,40,74 -n 30 -o out",
    ),
    ("count", count, "spiketrack count net.py:make --input images.npy --steps 4 -o out"),
    ("audit", audit, "spiketrack audit out -o out"),
    ("claims", claims, "spiketrack claims template"),
    ("map", map_board, "spiketrack map model.stk --target loihi2 -o out"),
    ("export", export, "spiketrack export net.nir -o out.net"),
    ("constants", constants, "spiketrack constants --json"),
    ("records", records, "spiketrack records ntidigits"),
    ("fit", fit, "spiketrack fit measurements.csv -o mychip.toml --name mychip"),
    ("selftest", selftest, "spiketrack selftest -n 1000 -o failures"),
    (
        "accuracy",
        accuracy,
        "spiketrack accuracy mini64-t1.safetensors --scenes 20 --frames 30 -o accuracy",
    ),
    (
        "eval",
        evaluate,
        "spiketrack eval model.stk GOT-10k --format got10k --workers 4 -o scores",
    ),
    ("train", train, "spiketrack train -o run --steps 3000"),
    ("random-checkpoint", random_checkpoint, ""),
)

for _name, _command, _example in _COMMANDS:
    _epilog = f"Example: {_example}" if _example else None
    app.command(_name, cls=CheckedCommand, epilog=_epilog)(_command)


@app.callback(invoke_without_command=True, epilog=_FIRST_STEPS)
def top(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error (before any command).")
    ] = False,
) -> None:
    """Takes a trained spiking network to integers, counts what it does, audits its energy."""
    state.debug = debug
    if version:
        typer.echo(f"spiketrack {VERSION}")
        raise typer.Exit
