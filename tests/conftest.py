"""Settings for every test: two threads, the same examples each time, the packages it needs."""

import os
from importlib import metadata

import hypothesis
import pytest

# Why variables and not torch.set_num_threads: they cost no import, and the command line started by
# a test inherits them. They must be set before the first import of torch.
for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(_name, "2")

hypothesis.settings.register_profile("ci", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("ci")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the option of `make test-lava`."""
    words = "fail, instead of skip, a test whose packages are not installed"
    parser.addoption("--need-all", action="store_true", help=words)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skips a test marked `lava_environment(*distributions)` where one of them is absent."""
    for mark in item.iter_markers("lava_environment"):
        absent = [name for name in mark.args if not is_installed(name)]
        if absent:
            words = f"{' and '.join(absent)} not installed here; make test-lava has what it needs"
            if item.config.getoption("--need-all"):
                pytest.fail(words)
            pytest.skip(words)


def is_installed(distribution: str) -> bool:
    """Whether a distribution is installed, without importing it."""
    try:
        metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return False
    return True
