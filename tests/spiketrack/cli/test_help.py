"""What a user reads first."""

from pathlib import Path

import pytest

from spiketrack import __version__
from spiketrack.cli.options import VARIANT_NAMES
from spiketrack.network.variants import VARIANTS
from tests.spiketrack.cli.run import run

COMMANDS = (
    "demo", "convert", "check", "inspect", "track", "simulate", "profile", "audit", "export",
    "selftest", "train", "random-checkpoint",
)  # fmt: skip


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "dumb")


def test_the_first_page_names_every_command_and_the_first_steps() -> None:
    done = run("--help")
    assert done.code == 0 and all(f" {name} " in done.out for name in COMMANDS)
    assert "spiketrack demo" in done.out and "Exit codes" in done.out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_in_80_columns(command: str) -> None:
    done = run(command, "--help")
    assert done.code == 0 and done.err == ""
    assert max(len(line) for line in done.out.splitlines()) <= 80
    assert "…" not in done.out
    assert f"spiketrack {command}" in done.out


def test_the_version_is_told() -> None:
    assert run("--version").out == f"spiketrack {__version__}\n"


def test_the_variants_in_the_help_are_all_there_are() -> None:
    assert ", ".join(VARIANTS) == VARIANT_NAMES


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nonsense"], "No such command"),
        (["convert"], "Missing argument"),
        (["convert", "a.pth", "-o", "a.stk", "--variant", "s1"], "unknown variant 's1'"),
        (["convert", "a.pth", "-o", "a.pth"], "--output needs a name ending in .stk"),
        (["convert", "a.pth", "-o", "a.stk", "--weight-bits", "9"], "--weight-bits"),
        (["convert", "a.pth", "-o", "a.stk", "--video", "v"], "--video and --box go together"),
        (["convert", "a.pth", "-o", "a.stk", "--dt", "1"], "--dt is for .nir files"),
        (["convert", "a.nir", "-o", "a.stk", "--reset-interval", "3"], "is for .net files"),
        (["convert", "a.net", "-o", "a.stk", "--variant", "s256-t1"], "is for a tracker's"),
        (["convert", "a.net", "-o", "a.stk", "--calibration", "x.npy"], "is for .nir files"),
        (["convert", "a.nir", "-o", "a.stk", "--dt", "-1"], "dt must be a positive number"),
        (["convert", "a.nir", "-o", "a.stk", "--input-range", "3"], "two integers LOW,HIGH"),
        (["convert", "a.nir", "-o", "a.stk", "--input-range", "3,1"], "needs LOW <= HIGH"),
        (["convert", "a.net", "-o", "a.stk", "--input-shape", "3,1"], "integers C,H,W"),
        (["convert", "a.nir", "-o", "a.stk", "--reset", "soft"], "--reset"),
        (["check", "a.net", "--dt", "1"], "--dt is for .nir files"),
        (["check", "a.net", "--cuba", "old"], "--cuba is for .nir files"),
        (["convert", "a.nir", "-o", "a.stk", "--cuba", "both"], "--cuba"),
        (["export", "a.net", "-o", "b.net", "--cuba", "old"], "--cuba is for .nir files"),
        (["export", "a.nir", "-o", "b.net", "--dialect", "compact"], "--dialect is for an"),
        (["profile", "a.stk", "v.mp4", "-o", "d", "--cuba", "old"], "--cuba is for .nir files"),
        (
            ["simulate", "a.stk", "--input", "a.npy", "-o", "a.npy", "--cuba", "old"],
            "--cuba is for .nir files",
        ),
        (["simulate", "a.nir", "-o", "a.npz"], "--input"),
        (["simulate", "a.nir", "--input", "a.npy", "-o", "a.txt"], "in .npz or .npy or .h5"),
        (["simulate", "a.nir", "--input", "a.npy", "-o", "a.npy", "--keep-all"], "ends in .npz"),
        (
            [
                "simulate",
                "a.nir",
                "--input",
                "a",
                "-o",
                "a.npy",
                "--no-strict",
                "--backend",
                "brian2",
            ],
            "runs on the reference",
        ),
        (["export", "a.nir", "-o", "a.onnx"], "in .nir or .net"),
        (["profile", "a.stk", "-o", "d"], "a tracker needs VIDEO and --box"),
        (["profile", "a.stk", "v.mp4", "--input", "a.npy", "-o", "d"], "VIDEO is for a tracker"),
        (["profile", "a.stk", "--input", "a", "-o", "d", "--resume"], "--resume is for a tracker"),
        (
            ["profile", "a.stk", "v", "--box", "1,2,3,4", "-o", "d", "--backend", "brian2"],
            "is for networks that are no tracker",
        ),
        (
            ["profile", "a.stk", "v", "--box", "1,2,3,4", "-o", "d", "--backend", "brian2"],
            "--backend brian2 is for networks",
        ),
        (["selftest", "-n", "0"], "--n"),
        (["track", "a.stk", "v.mp4"], "--box"),
        (["track", "a.stk", "v.mp4", "--box", "1,2,3,4", "--backend", "gpu"], "--backend"),
        (["track", "a.stk", "v", "--box", "1,2,3,4", "--save-video", "a.avi"], "in .mp4"),
        (["profile", "a.stk", "v", "--box", "1,2,3,4", "-o", "d", "-n", "0"], "--frames"),
        (["demo", "--variant", "huge"], "unknown variant 'huge'"),
        (["random-checkpoint", "tiny128-t1", "-o", "a.onnx"], "--output needs a name ending in"),
    ],
)
def test_wrong_usage_ends_with_2(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    # A file that is not there would be missed first.
    for name in arguments[1:]:
        if Path(name).suffix and not name.startswith("-"):
            Path(name).touch()
    done = run(*arguments)
    assert done.code == 2 and done.out == ""
    assert message in " ".join(done.err.replace("│", " ").split())
