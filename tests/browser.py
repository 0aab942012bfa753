"""A real browser without a window, for tests of the pages that people open."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@contextmanager
def browser() -> Iterator[Any]:
    """An installed Chromium or Chrome, driven by Playwright; skips the test where there is none.

    Why the installed one: Playwright's own browsers are a download that tests must not make.
    """
    api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    program = next(filter(None, map(shutil.which, COMMANDS)), None)
    if program is None:
        pytest.skip(f"no browser is installed ({', '.join(COMMANDS)})")
    with api.sync_playwright() as playwright:
        # Why no sandbox: containers run tests as root, and Chromium's sandbox refuses to.
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        started = playwright.chromium.launch(executable_path=program, args=arguments)
        try:
            yield started
        finally:
            started.close()


def open_page(started: Any, path: Path, **context: Any) -> tuple[Any, list[str]]:
    """Opens a file in a new window.

    Args:
        started: what `browser` yields.
        path: of the page.
        context: Playwright's options of a window (viewport, color_scheme ...).

    Returns:
        The page, and a list that collects what its console says, its errors and every address that
        it asks for beside its own.
    """
    complaints: list[str] = []
    page = started.new_context(**context).new_page()
    page.on("console", lambda message: complaints.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(f"error: {error}"))

    def note_request(request: Any) -> None:
        if request.url != path.as_uri() and not request.url.startswith("data:"):
            complaints.append(f"request: {request.url}")

    page.on("request", note_request)
    page.goto(path.as_uri())
    return page, complaints
