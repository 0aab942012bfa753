"""Says in sentences which findings of a conversion are severe, for whoever reads no table.

One rule for all who report a conversion: `convert`, `check` and a run on a foreign file. It reads
the JSON report, so that a model converted earlier is judged in the same way.
"""

from collections.abc import Mapping
from typing import Any

SEVERE_ERROR = 0.1
"""From this relative error on, a parameter is another one."""
FEW_STEPS = 32
"""A threshold of fewer steps of the input moves by over 1.5 % with half a step."""


def severe_findings(report: Mapping[str, Any]) -> list[str]:
    """Lists what in a graph's report ought to be read before its results are used.

    Args:
        report: of `QuantisedGraph.report`, or of a model file; what it lacks is not judged.
    """
    rows = report.get("neurons", [])
    return [*(one for row in rows for one in _of_neuron(row)), *_of_widths(report)]


def _of_neuron(row: Mapping[str, Any]) -> list[str]:
    name, findings = row["node"], []
    for what, key in (("current u", "u_decay_error"), ("membrane v", "v_decay_error")):
        if row[key] >= SEVERE_ERROR:
            findings.append(
                f"neuron '{name}': the share of its {what} that leaks away in a step is off by "
                f"{row[key]:.0%}, as it is rounded to 1/4096; a larger --dt leaks more in a step"
            )
    if row["threshold_error"] >= SEVERE_ERROR:
        findings.append(
            f"neuron '{name}': its threshold is off by {row['threshold_error']:.0%} after rounding"
        )
    share = row.get("current_bias_share")
    if share is not None and share >= SEVERE_ERROR:
        findings.append(
            f"neuron '{name}': what rounding takes from the bias of its current comes to "
            f"{share:.0%} of a threshold in a step"
        )
    return findings + _of_few_steps(row)


def _of_few_steps(row: Mapping[str, Any]) -> list[str]:
    """Finds nothing where all is exact, for then a threshold of three steps is as good as any."""
    if row["threshold_steps"] is None or not row.get("rounded", False):
        return []
    steps = row["threshold_steps"][0] / 2.0 ** max(row["weight_exp"], 0)
    if steps >= FEW_STEPS:
        return []
    return [
        f"neuron '{row['node']}': its smallest threshold is {steps:.3g} steps of its rounded "
        f"weights, fewer than {FEW_STEPS}, so that rounding one weight moves the membrane by up to "
        f"{0.5 / max(steps, 0.5):.0%} of it; smaller weights beside the threshold would lose less"
    ]


def _of_widths(report: Mapping[str, Any]) -> list[str]:
    unproved = report.get("certificate", {}).get("unproved", [])
    if not unproved:
        return []
    widest = max(unproved, key=lambda bound: bound["needed_bits"])
    n = len(unproved)
    sentence = (
        f"{n} width{' is' if n == 1 else 's are'} not proved, and a run may stop there: the "
        f"{widest['part']} of '{widest['node']}' has {widest['bits']} bits and needs "
        f"{widest['needed_bits']} in the worst case"
    )
    ways = ways_out(report)
    return [f"{sentence}; all are proved {' or '.join(ways)}" if ways else sentence]


def ways_out(report: Mapping[str, Any]) -> list[str]:
    """Lists what would make a report's certificate whole, each alone; [] if nothing is known."""
    saved = report.get("saved_by_either") or {}
    bits, steps, peak = (saved.get(key, 0) for key in ("stream_bits", "max_steps", "max_input"))
    ways = [f"with convert --stream-bits {bits}"] if bits else []
    ways += [f"with at most {steps} step{'' if steps == 1 else 's'}"] if steps else []
    return ways + ([f"with inputs within +-{peak}"] if peak else [])
