"""How commands end: warnings after the work or not at all, folders held meanwhile."""

import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from spiketrack.cli.group import OneLineGroup
from spiketrack.cli.output_folder import take_output_folder
from spiketrack.errors import StoreError
from spiketrack.files.folder_lock import FILE_NAME


def _app(command: Callable[[], None]) -> typer.Typer:
    app = typer.Typer(cls=OneLineGroup)
    app.command("go")(command)
    app.callback()(lambda: None)
    return app


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("fails", [True, False])
def test_warnings_of_libraries_wait_for_the_end(
    fails: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warnings, "showwarning", lambda text, *_: print(text, file=sys.stderr))

    def command() -> None:
        warnings.warn("of a library", UserWarning, stacklevel=1)
        typer.echo("work", err=True)
        if fails:
            raise StoreError("file 'a'", "b", "c")

    with pytest.raises(SystemExit) as ended:
        _app(command)(["go"])
    told = capsys.readouterr().err.splitlines()
    if fails:
        assert (ended.value.code, told) == (1, ["work", "spiketrack: file 'a': needed b, found c"])
    else:
        assert (ended.value.code, told) == (0, ["work", "of a library"])


@pytest.mark.parametrize("fails", [True, False])
def test_an_output_folder_is_held_until_the_command_ends(tmp_path: Path, fails: bool) -> None:
    seen: list[bool] = []

    def command() -> None:
        take_output_folder(tmp_path / "out")
        seen.append((tmp_path / "out" / FILE_NAME).exists())
        if fails:
            raise StoreError("file 'a'", "b", "c")
        (tmp_path / "out" / "result").touch()

    result = CliRunner().invoke(_app(command), ["go"])
    assert (result.exit_code, seen) == (int(fails), [True])
    left = [one.name for one in tmp_path.rglob("*")]
    assert left == ([] if fails else ["out", "result"])
