"""README: every command of every block runs, in order, on what the demo left; nothing is made up.

The convention: a line of a ```sh block that cannot run here says "# not in the tests: why".
"""

import ast
import importlib.util
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer

from spiketrack.cli.app import app
from tests.spiketrack.cli.run import run

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PACKAGES = ("spiketrack", "conversion", "calibration", "simulation", "hardware")
NOT_HERE = "# not in the tests: "
LEFT_OUT = {". .venv/bin/activate": "they run in an environment already"}
"""Every line that is left out, and why: one more must be written here too."""
AN_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*[a-z]")


@dataclass(frozen=True)
class Line:
    """One command of README, its continuation lines joined."""

    text: str

    @property
    def words(self) -> list[str]:
        return shlex.split(self.text, comments=True)

    @property
    def left_out(self) -> str:
        """Why it does not run here; empty if it does."""
        return self.text.partition(NOT_HERE)[2].strip()


def blocks() -> list[list[Line]]:
    found = re.findall(r"^```sh\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return [
        [Line(line) for line in block.replace("\\\n", " ").splitlines() if line.strip()]
        for block in found
    ]


def lines() -> list[Line]:
    return [line for block in blocks() for line in block]


def test_every_block_of_commands_is_marked_as_one() -> None:
    fences = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    unmarked = [text for language, text in fences if language != "sh" and "spiketrack " in text]
    assert len(blocks()) >= 4 and unmarked == []


def test_what_does_not_run_here_says_why() -> None:
    found = {shlex.join(line.words): line.left_out for line in lines() if line.left_out}
    assert found == LEFT_OUT


def test_every_command_for_trackers_and_networks_is_shown() -> None:
    shown = {line.words[1] for line in lines() if line.words[0] == "spiketrack"}
    commands = {command.name for command in app.registered_commands}
    assert shown == commands - {"demo"}


@pytest.mark.slow
def test_every_command_of_readme_runs_on_what_the_demo_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for line in lines():
        program, *arguments = line.words
        if line.left_out:
            continue
        if program == "make":
            assert arguments[0] in targets, line.text
            if arguments[0] == "demo":
                done = run("demo")
                assert done.code == 0 and done.err == "", done
        elif program == "cd":
            monkeypatch.chdir(arguments[0])
        else:
            assert program == "spiketrack", line.text
            done = run(*arguments)
            assert done.code == 0 and done.err == "" and done.out, (line.text, done)
    box = (tmp_path / "spiketrack-demo" / "demo.box").read_text("utf-8").strip()
    assert set(re.findall(r"--box ([\d,]+)", README)) == {box}


def test_every_module_and_path_of_tests_that_readme_names_is_there() -> None:
    modules = set(re.findall(r"python -m\s+([\w.]+)", README))
    assert modules and all(importlib.util.find_spec(name) for name in modules)
    paths = re.findall(r"`pytest ([^`]+)`", README)
    assert paths and all((ROOT / path).exists() for one in paths for path in one.split())


def options_there_are() -> set[str]:
    group = typer.main.get_command(app)
    commands = [group, *group.commands.values()]  # type: ignore[attr-defined]
    options = {
        name
        for command in commands
        for parameter in command.params
        for name in (*parameter.opts, *parameter.secondary_opts)
    }
    return {*options, "--help"}


def texts_of_the_source() -> list[tuple[str, str]]:
    """Every string of the five packages, docstrings too, with its place."""
    found = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    place = f"{path.relative_to(ROOT).as_posix()}:{node.lineno}"
                    found.append((place, node.value))
    return found


def test_every_option_that_a_text_names_is_one_of_a_command() -> None:
    known = options_there_are()
    assert {"--box", "--no-strict", "--lowering", "--debug", "--install-completion"} <= known
    texts = texts_of_the_source()
    # Why: the scripts of tests have options of their own.
    texts += [("README.md", part) for part in README.split("`") if "python -m\ntests" not in part
              and "python -m tests" not in part]  # fmt: skip
    unknown = [
        f"{place}: {name}"
        for place, text in texts
        for name in AN_OPTION.findall(text)
        if name not in known
    ]
    assert unknown == []
