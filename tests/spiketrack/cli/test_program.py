"""The program itself: how it is called, completed, redirected, and what an error may name."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from spiketrack import __version__
from spiketrack.cli.group import OneLineGroup
from spiketrack.errors import StoreError
from tests.small_networks import save_nir
from tests.spiketrack.cli.run import run

ROOT = Path(__file__).resolve().parents[3]


def program(
    *arguments: str, folder: Path = ROOT, **environment: str
) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-m", "spiketrack", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        timeout=600,
        check=False,
    )


@pytest.mark.slow
def test_python_m_spiketrack_is_the_program() -> None:
    done = program("--version")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode() == f"spiketrack {__version__}\n"


@pytest.mark.slow
def test_the_shell_completes_commands_and_options() -> None:
    for typed, word, expected in (
        ("spiketrack ins", "1", "inspect"),
        ("spiketrack track --save", "2", "--save-video"),
    ):
        done = program(
            _SPIKETRACK_COMPLETE="complete_bash", COMP_WORDS=typed, COMP_CWORD=word
        )  # fmt: skip
        assert expected in done.stdout.decode().split(), (typed, done)


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "ascii"])
def test_no_encoding_stops_a_command(tmp_path: Path, encoding: str) -> None:
    name = "réseau\u202e層.nir"
    save_nir(tmp_path / name)
    told = program("inspect", name, folder=tmp_path, PYTHONIOENCODING=encoding, PYTHONUTF8="1")
    assert told.returncode == 0 and told.stderr == b"", told
    shown = told.stdout.decode(encoding)
    assert r"\u202e" in shown and r"\u5c64" in shown and "7 nodes" in shown
    assert ("réseau" if encoding != "ascii" else r"r\xe9seau") in shown
    refused = program("inspect", "層.nir", folder=tmp_path, PYTHONIOENCODING=encoding)
    assert refused.returncode == 1 and refused.stderr.startswith(b"spiketrack: ")
    helped = program("--help", PYTHONIOENCODING=encoding)
    assert helped.returncode == 0 and b"random-checkpoint" in helped.stdout


def test_wrong_usage_shows_a_file_name_escaped() -> None:
    done = run("convert", "a\x1b[2J.net", "-o", "a.stk", "--dt", "1")
    assert done.code == 2 and "\x1b[2J" not in done.err and r"\x1b[2J" in done.err


@pytest.fixture
def two_commands(monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    """A program whose command `one` fails and names an option of `two`."""
    app = typer.Typer(cls=OneLineGroup, pretty_exceptions_enable=False)

    @app.command("one")
    def one(advice: str = "") -> None:
        raise StoreError("file 'a'", "b", advice=advice)

    @app.command("two")
    def two(stream_bits: int = 24) -> None:
        pass

    return app


@pytest.mark.parametrize(
    ("advice", "ending"),
    [
        ("Try --stream-bits 32", "Try --stream-bits 32 (--stream-bits is an option of two)\n"),
        ("Try spiketrack two --stream-bits 32", "Try spiketrack two --stream-bits 32\n"),
        ("Leave --advice out", "Leave --advice out\n"),
    ],
)
def test_an_error_says_whose_an_option_is(
    two_commands: typer.Typer, advice: str, ending: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        two_commands(args=["one", "--advice", advice], prog_name="spiketrack")
    assert end.value.code == 1
    assert capsys.readouterr().err == f"spiketrack: file 'a': needed b. {ending}"
