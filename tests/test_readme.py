"""README and docs: every command and every block of code runs, in order, on what the demo left.

The outputs shown are those printed. `tests.docs.pages` states the conventions; `python -m
tests.docs.renew` writes the outputs anew.
"""

import ast
import importlib.util
import re
import shlex
from pathlib import Path

import pytest
import typer

from hardware.lava.backend import lava_available
from spiketrack.cli.app import app
from tests.docs.figures import figures_of, is_near, words_of
from tests.docs.pages import (
    DOCS,
    PAGES,
    README,
    ROOT,
    RUN,
    TUTORIALS,
    blocks_of,
    commands_of,
    shown_part,
)
from tests.docs.runner import run_page
from tests.spiketrack.cli.run import run

PACKAGES = ("spiketrack", "conversion", "calibration", "simulation", "hardware")
LEFT_OUT = {". .venv/bin/activate": "they run in an environment already"}
"""Every line that is left out, and why: one more must be written here too."""
MAX_README_LINES = 250
BUILT = DOCS / "_build"
"""Where `make docs` puts its pages, which no checkout holds."""
NO_DOORS_OF_A_NOTEBOOK = {"spiketrack.cli", "spiketrack.verbs"}
"""The command line has its own help, and `spiketrack` hands on the verbs."""
AN_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*[a-z]")


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def texts_of_pages() -> str:
    return "\n".join(page.read_text("utf-8") for page in (*PAGES, ROOT / "CONTRIBUTING.md"))


def test_readme_is_short_and_there_are_four_tutorials() -> None:
    assert len(README.read_text("utf-8").splitlines()) < MAX_README_LINES
    assert len(TUTORIALS) == 4


def test_every_block_of_commands_is_marked_as_one() -> None:
    unmarked = [
        (name_of(page), block.text)
        for page in PAGES
        for block in blocks_of(page)
        if block.language in ("", "bash", "console") and "spiketrack " in block.text
    ]
    assert sum(block.language == "sh" for block in blocks_of(README)) >= 2 and unmarked == []


def test_what_does_not_run_here_says_why() -> None:
    lines = [line for page in PAGES for line in commands_of(page)]
    reasons = {shlex.join(line.words): line.left_out for line in lines if line.left_out}
    assert reasons == LEFT_OUT


def test_every_command_is_shown_in_readme_or_docs() -> None:
    shown = {
        line.words[1] for page in RUN for line in commands_of(page) if line.words[0] == "spiketrack"
    }
    commands = {command.name for command in app.registered_commands}
    assert shown == commands - {"demo"}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder in which `spiketrack demo` ran, and what it printed."""
    folder = tmp_path_factory.mktemp("pages")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        done = run("demo")
    assert done.code == 0 and done.err == "", done
    return folder, done.out


@pytest.mark.slow
@pytest.mark.parametrize("page", RUN, ids=name_of)
def test_every_block_of_a_page_runs_and_prints_what_is_shown(
    page: Path, demo: tuple[Path, str]
) -> None:
    folder, printed_by_demo = demo
    with_lava = lava_available()
    for block, printed in run_page(page, folder, printed_by_demo, with_lava):
        now = shown_part(printed, block.text)
        assert words_of(block.text) == words_of(now), printed
        pairs = zip(figures_of(block.text), figures_of(now), strict=True)
        assert [pair for pair in pairs if not is_near(*pair)] == [], printed
    if not with_lava and any(block.needs_lava for block in blocks_of(page)):
        pytest.skip(f"the blocks of {name_of(page)} that need Lava did not run; the others did")


@pytest.mark.slow
def test_boxes_are_those_of_the_demo(demo: tuple[Path, str]) -> None:
    box = (demo[0] / "spiketrack-demo" / "demo.box").read_text("utf-8").strip()
    texts = "".join(page.read_text("utf-8") for page in RUN)
    assert set(re.findall(r"--box ([\d,]+)", texts)) == {box}


def test_every_module_and_path_of_tests_that_a_page_names_is_there() -> None:
    text = texts_of_pages()
    modules = set(re.findall(r"python -m\s+((?:tests|docs)[\w.]+)", text))
    assert modules and all(importlib.util.find_spec(name) for name in modules)
    paths = re.findall(r"`pytest ([^`]+)`", text)
    assert paths and all((ROOT / path).exists() for some in paths for path in some.split())


def test_every_file_of_the_project_that_a_page_names_is_there() -> None:
    packages = "|".join((*PACKAGES, "tests", "docs", "constraints"))
    names = re.findall(rf"`((?:{packages})/[\w/.-]*)`", texts_of_pages())
    assert names
    there = [name for name in names if Path(name).stem not in ("NAME", BUILT.name)]
    assert [name for name in sorted(set(there)) if not (ROOT / name).exists()] == []


def test_the_files_to_touch_for_an_extension_hold_what_is_named() -> None:
    text = (DOCS / "extending.md").read_text("utf-8")
    rows = re.findall(r"^\| `([^`]+)` \| (.*) \|$", text, re.MULTILINE)
    files = {(ROOT / name): words for name, words in rows}
    assert len(rows) == len(files) >= 10
    for path, words in files.items():
        if path.stem == "NAME":
            assert path.parent.is_dir(), path
        else:
            names = re.findall(r"`([A-Za-z_]+)`", words)
            source = path.read_text("utf-8")
            assert [name for name in names if not re.search(rf"\b{name}\b", source)] == [], path


def test_every_door_is_in_the_api_reference() -> None:
    described = set(
        re.findall(
            r"automodule:: ([\w.]+)",
            "\n".join(page.read_text("utf-8") for page in (DOCS / "api").glob("*.md")),
        )
    )
    doors = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for package in PACKAGES
        for path in (ROOT / package).rglob("__init__.py")
        if "__all__" in path.read_text("utf-8")
    }
    assert doors - described <= NO_DOORS_OF_A_NOTEBOOK


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=name_of)
def test_every_link_to_a_file_leads_there(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[\w-]*)?\)", page.read_text("utf-8"))
    links += re.findall(r'src="([^"]+)"', page.read_text("utf-8"))
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (page.parent / link).exists()] == []


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
    texts = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    place = f"{path.relative_to(ROOT).as_posix()}:{node.lineno}"
                    texts.append((place, node.value))
    return texts


def test_every_option_that_a_text_names_is_one_of_a_command() -> None:
    known = options_there_are()
    assert {"--box", "--no-strict", "--lowering", "--debug", "--install-completion"} <= known
    texts = texts_of_the_source()
    # Why: the scripts of tests have options of their own.
    texts += [
        (name_of(page), part)
        for page in PAGES
        for part in page.read_text("utf-8").split("`")
        if not re.search(r"python -m\s+(tests|docs)", part)
    ]
    unknown = [
        f"{place}: {name}"
        for place, text in texts
        for name in AN_OPTION.findall(text)
        if name not in known
    ]
    assert unknown == []
