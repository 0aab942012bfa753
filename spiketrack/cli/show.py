"""What the commands print on stdout: tables for people, or one JSON value for programs."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spiketrack.cli.group import complain
from spiketrack.cli.show_table import plain_console, show_tables
from spiketrack.plain_text import plural, shown
from spiketrack.provenance import random_words
from spiketrack.tables import columns, words_table

if TYPE_CHECKING:
    from hardware.energy import AuditReport
    from spiketrack.counts.profile import Profile
    from spiketrack.graph.model import Model
    from spiketrack.pipeline.evaluation.plan import Plan
    from spiketrack.pipeline.train import TrainingRun
    from spiketrack.verbs.results import Audited


def say(text: str) -> None:
    """One line, whatever is in it, and never wrapped, so that a path in it can be copied."""
    # Text of files is escaped here, for every line that any command prints.
    plain_console().print(shown(text), soft_wrap=True)


def notices(banners: Iterable[str], alarms: Iterable[str], *, as_json: bool) -> None:
    """What must be read beside every figure: random weights, an interruption, alarms.

    A banner stands above the figures on stdout, or on stderr if stdout is for JSON alone. Every
    alarm is a line on stderr, so that neither a pipe nor --json swallows it.
    """
    for text in filter(None, banners):
        (complain if as_json else say)(text)
    for text in alarms:
        complain(f"alarm: {text}")


def conversion(model: "Model", output: Path, *, as_json: bool) -> None:
    """The result of `convert`."""
    notices((random_words(model.provenance),), model.alarms, as_json=as_json)
    if as_json:
        print_json({"model": str(output), "variant": model.variant, "report": model.report})
        return
    bits = model.variant["weight_bits"]
    mixed = model.report.get("mixed")
    words = f"{bits}-bit weights" if mixed is None else _mixed_words(mixed)
    say(f"Wrote {output}: {model.variant['name']}, {words}")
    print_report(model.report, list(model.graphs))


def _mixed_words(mixed: Mapping[str, Any]) -> str:
    """Which widths were chosen, and what they cost on the crops that judged them."""
    lost = 100 * (mixed["float_crop_iou"] - mixed["crop_iou"])
    layers = ", ".join(f"{n} of {bits}" for bits, n in mixed["layers_by_bits"].items())
    return (
        f"weights of {mixed['mean_bits']:.2f} bits in the mean (layers by bits: {layers}); mean "
        f"IoU {lost:.2f} points below float on {plural(mixed['crops'], 'crop')}"
    )


def print_report(report: dict[str, Any], graphs: list[str]) -> None:
    """A model's certificate and, where frames were given, what rounding cost on them."""
    from spiketrack.verbs.convert_tables import certificate_table, forced_table

    show_tables([certificate_table(report, graphs)])
    if "forced" not in report:
        return
    show_tables([forced_table(report["forced"])])
    boxes = report["end_to_end"]
    say(
        f"Boxes over {plural(boxes['frames'], 'tracked frame')}, float against integer network: "
        f"mean IoU {boxes['mean_iou']:.3f}"
    )


def trained(run: "TrainingRun", picture: Path, *, as_json: bool) -> None:
    """The result of `train`."""
    last = run.curves["checks"][-1]
    if as_json:
        print_json({"weights": str(run.weights), "curves": str(picture), "check": last})
        return
    rows = (
        (name, *(f"{scores[key]:.3f}" for key in ("auc", "precision", "mean_iou", "held")))
        for name, scores in (("trained", last["tracker"]), ("box at rest", last["stationary"]))
    )
    title = f"Held-out scenes after {plural(last['step'], 'step')}, closed loop"
    titles = columns("tracker", "#success AUC", "#precision", "#mean IoU", "#share of frames held")
    show_tables([words_table(title, titles, *rows)])
    for path in (run.weights, picture):
        say(f"Wrote {path}")


def accuracy(record: Mapping[str, Any], picture: Path, *, as_json: bool) -> None:
    """The result of `accuracy`."""
    from spiketrack.report.accuracy_tables import accuracy_alarms, accuracy_tables

    # Several networks may share one banner, which is printed once.
    banners = dict.fromkeys(random_words(part["provenance"]) for part in record["networks"])
    notices(banners, accuracy_alarms(record), as_json=as_json)
    if as_json:
        print_json(record)
        return
    show_tables(accuracy_tables(record))
    for path in (picture.with_suffix(".json"), picture):
        say(f"Wrote {path}")


def evaluation_plan(priced: "Plan", *, as_json: bool) -> None:
    """What an evaluation would cost."""
    if as_json:
        print_json(priced.to_dict())
        return
    hours, rest = divmod(round(priced.seconds), 3600)
    say(
        f"To track: {plural(priced.sequences, 'sequence')}, {priced.frames:,} frames; on "
        f"{plural(priced.workers, 'worker')} about {hours} h {rest // 60} min {rest % 60} s, "
        f"{priced.memory_bytes / 2**20:,.0f} MiB of memory, "
        f"{priced.disk_bytes / 2**20:,.1f} MiB of disk"
    )


def evaluated(result: Mapping[str, Any], report: Path, *, as_json: bool) -> None:
    """The result of `eval`."""
    from spiketrack.report.evaluation_tables import attribute_tables, model_table, unreadable_table

    notices([random_words(model) for model in result["models"]], (), as_json=as_json)
    if as_json:
        print_json(result)
        return
    missing = unreadable_table(result)
    tables = [model_table(result), *attribute_tables(result)]
    show_tables([*tables, *([missing] if missing.rows else [])])
    say(f"Report: {report}")


def tracked(
    result: dict[str, Any], output: Path | None, video: Path | None, *, as_json: bool
) -> None:
    """The result of `track`."""
    notices((random_words(result),), (), as_json=as_json)
    if as_json:
        print_json(result)
        return
    from spiketrack.verbs.track_tables import MAX_ROWS, boxes_table

    show_tables([boxes_table(result)])
    if len(result["frames"]) > MAX_ROWS:
        say("All frames: --output FILE or --json")
    for path in (output, video):
        if path is not None:
            say(f"Wrote {path}")


def _truth_line(truth: Mapping[str, Any]) -> str:
    """How well the boxes fit, where the video is made up and the truth known."""
    return (
        f"Boxes against the truth over {plural(truth['frames'], 'frame')}: mean IoU "
        f"{truth['mean_iou']:.2f} (a box at rest: {truth['mean_iou_of_a_box_at_rest']:.2f})"
    )


def profile(counted: "Profile", report: Path, *, as_json: bool) -> None:
    """The result of `profile` and `demo`."""
    from hardware.energy import audit as run_audit
    from spiketrack.report import summary_tables

    audited = run_audit(counted)
    # Why not all banners: that a run was interrupted is told by the command itself, at its end.
    notices((random_words(counted.facts("provenance")),), audited.alarms, as_json=as_json)
    if as_json:
        print_json(counted.document)
        return
    show_tables(summary_tables(counted, audited, with_audit=False))
    if "truth" in counted.document:
        say(_truth_line(counted.facts("truth")))
    say(_not_counted(audited))
    for line in _speed_lines(counted.facts("speed")):
        say(line)
    say(f"Report: {report}")


def _not_counted(audited: "AuditReport") -> str:
    n = len(audited.listed_not_counted)
    if not n:
        return "The profile names no kind of work that it does not count"
    return f"Not in these figures: {plural(n, 'kind')} of work, named in the report"


def _speed_lines(speed: Mapping[str, Any]) -> list[str]:
    if not speed:  # A module of the user's own is counted by hooks, which nobody should time.
        return []
    times = ", ".join(f"{phase} {ms:.1f} ms" for phase, ms in speed["ms_per_call"].items())
    line = f"{speed['engine']} with all counts: {times}; peak memory "
    lines = [f"{line}{speed['peak_memory_mib']:,.0f} MiB"]
    if "beside" in speed:
        beside = ", ".join(
            f"{phase} {ms:.1f} ms" for phase, ms in speed["beside"]["ms_per_call"].items()
        )
        ratios = ", ".join(
            f"{phase} {ratio:.2f}" for phase, ratio in speed["beside_over_engine"].items()
        )
        lines.append(
            f"{speed['beside']['engine']} on the same patches, same run: {beside}; ratio {ratios}"
        )
    return lines


def audit(audited: "Audited", page: Path | None, *, as_json: bool) -> None:
    """The result of `audit`, and where its page is if one was written."""
    from spiketrack.report import summary_tables

    report = audited.report
    notices(report.banners, report.alarms, as_json=as_json)
    if as_json:
        print_json(audited.to_dict())
        return
    show_tables(summary_tables(audited.profiled.counted, report, with_audit=True))
    say(_not_counted(report))
    if page is not None:
        say(f"Report: {page}")


def print_json(value: Any) -> None:
    """One JSON value on stdout."""
    print(json.dumps(value, indent=2))
