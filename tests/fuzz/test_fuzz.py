"""A short run of the harness for every kind of file, and that it would notice what it looks for."""

from pathlib import Path

import numpy as np
import pytest

from spiketrack.errors import StoreError
from tests.fuzz.campaign import Findings, run_campaign
from tests.fuzz.cases import LIMITS, Case, judge, make_case
from tests.fuzz.seeds import KINDS, make_seeds, reader
from tests.fuzz.text_seeds import HEADER_KIND, MAKERS

N_CASES = {"nir": 200, "netx": 250, "model": 250, "checkpoint": 20, "data": 250}
N_CASES |= {**dict.fromkeys(MAKERS, 150), HEADER_KIND: 40}
MIB = 1 << 20


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_every_mutated_file_is_read_or_refused_within_bounds(kind: str) -> None:
    if reader(kind) is None:
        pytest.skip(f"no reader of {kind} files")
    findings = run_campaign(kind, N_CASES[kind], seed=7)
    assert findings.bad == [], findings.text()
    assert findings.n + findings.n_unmade == N_CASES[kind]
    refused = findings.n - findings.outcomes["read"]
    assert refused > findings.n // 4
    assert findings.outcomes["read"] > 0
    assert findings.peak_bytes[False][0] < LIMITS.total_bytes + 256 * MIB


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_every_seed_is_read_or_refused_by_name(kind: str, tmp_path: Path) -> None:
    read = reader(kind)
    if read is None:
        pytest.skip(f"no reader of {kind} files")
    outcomes = set()
    for seed in make_seeds(kind, tmp_path / "seeds"):
        path = tmp_path / f"seed{seed.suffix}"
        path.write_bytes(seed.data)
        outcome, details = judge(Case(path, seed.name, None, True), read)
        # A file of two tensors is no network.
        refusal = "CheckpointError" if kind == HEADER_KIND else "ObstacleError"
        assert outcome in ("read", refusal), f"{seed.name}: {details}"
        outcomes.add(outcome)
    assert "read" in outcomes


def test_the_same_numbers_give_the_same_file(tmp_path: Path) -> None:
    for index in range(20):
        first, again = make_case("model", 1, index, tmp_path), tmp_path / "again"
        again.write_bytes(first.path.read_bytes())
        second = make_case("model", 1, index, tmp_path)
        assert (second.story, second.path.read_bytes()) == (first.story, again.read_bytes())


def _judged(tmp_path: Path, error: Exception) -> str:
    def read(path: Path, limits: object) -> object:
        raise error

    return judge(Case(tmp_path, "", None, False), read)[0]


def test_an_error_of_another_kind_is_not_in_order(tmp_path: Path) -> None:
    assert _judged(tmp_path, ValueError("no")) == "BAD ValueError"
    assert _judged(tmp_path, StoreError("file 'x'", "a file")) == "StoreError"


def test_a_message_that_cannot_be_printed_is_not_in_order(tmp_path: Path) -> None:
    class Unprintable(StoreError):
        def __str__(self) -> str:
            return "node '\udcff'"

    assert _judged(tmp_path, Unprintable("x")) == "BAD message"
    # Every error of ours escapes what no terminal can show.
    assert _judged(tmp_path, StoreError("node '\udcff'")) == "StoreError"
    assert _judged(tmp_path, StoreError("n" * 2_000_000)) == "BAD message"


def test_findings_keep_the_slowest_and_the_largest() -> None:
    findings = Findings("nir")
    for index, seconds in enumerate(np.array([0.5, 2.0, 1.0])):
        line = {"index": index, "story": f"s{index}", "outcome": "read", "details": ""}
        line |= {"seconds": float(seconds), "peak": 10 * index, "default": False}
        findings.take(line, 5)
    findings.lose(3, "flip_bits", "hung", "")
    assert findings.slowest == (2.0, 1, "s1")
    assert findings.peak_bytes[False] == (15, 2, "s2")
    assert (findings.n, findings.bad) == (4, [(3, "flip_bits", "hung")])
    assert "NOT IN ORDER case 3" in findings.text()
