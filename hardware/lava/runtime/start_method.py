"""Keeps the start method of `multiprocessing` as found while Lava is imported."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def start_method_kept() -> Iterator[None]:
    """Lava sets the start method when it is imported, and fails if there is one: not so here."""
    original = multiprocessing.set_start_method
    # A replaced function is the only hook: the call stands at module level.
    multiprocessing.set_start_method = lambda *_, **__: None
    try:
        yield
    finally:
        multiprocessing.set_start_method = original
