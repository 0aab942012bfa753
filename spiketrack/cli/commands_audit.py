"""The command that holds energies against counts and claims against their own numbers: audit."""

from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spiketrack.cli import options as o
from spiketrack.cli import show
from spiketrack.cli.group import FAILED, complain
from spiketrack.cli.progress import steps
from spiketrack.cli.show_table import show_tables

if TYPE_CHECKING:
    from hardware.energy.claims import ClaimFile
    from spiketrack.counts.profile import Profile
    from spiketrack.verbs.results import Audited


class TableForm(str, Enum):
    """Forms of tables to paste."""

    LATEX = "latex"
    MARKDOWN = "markdown"
    CSV = "csv"


def audit(
    profile_path: Annotated[
        Path | None,
        typer.Argument(
            metavar="[PROFILE]",
            help="A profile.json, or the folder that holds one. Not needed to check claims by "
            "their own numbers.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            help="The folder for report.html, audit.json and the charts of a PROFILE; without it "
            "nothing is written.",
        ),
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option(
            "--mapping",
            metavar="DIR",
            help="The folder of a mapping that `map --profile` made with this profile: it adds the "
            "price of hops and of static power; without it both are left out.",
        ),
    ] = None,
    claims: Annotated[
        list[str] | None,
        typer.Option(
            "--claims",
            metavar="FILE",
            help="Check the claims of a .toml file (`spiketrack claims template` prints one) or of "
            "a paper that comes with the program: seed is SpikeTrack's own, `spiketrack claims "
            "list` names all. May be given several times.",
        ),
    ] = None,
    models: o.ModelFiles = None,
    table: Annotated[
        TableForm | None,
        typer.Option(
            "--table",
            metavar="FORM",
            help="Print the tables as latex, markdown or csv, to paste into a paper.",
        ),
    ] = None,
    bibtex: Annotated[
        bool,
        typer.Option("--bibtex", help="Print BibTeX of every source that was used, and no tables."),
    ] = False,
    neurobench: Annotated[
        bool,
        typer.Option(
            "--neurobench",
            help="Print the counts of a PROFILE as JSON with NeuroBench's keys, and no tables.",
        ),
    ] = False,
    reproduce: Annotated[
        Path | None,
        typer.Option(
            "--reproduce",
            metavar="FILE",
            help="Repeat the audit of an audit.json from the profile.json beside it, and say "
            "whether the figures are identical (exit code 0) or what changed (1).",
        ),
    ] = None,
    as_json: o.Json = False,
) -> None:
    """Puts the paper's energy formula beside exact counts, and checks published claims.

    With a PROFILE the formula and every price list are applied to its counts.
    With --claims every claim is checked by its own numbers, and against the
    counts of a PROFILE if there is one.
    """
    if reproduce is not None:
        _reproduce(reproduce, mapping, models or (), as_json=as_json)
        return
    if profile_path is None:
        if not claims:
            raise typer.BadParameter("needs a PROFILE, --claims or --reproduce")
        _audit_claims(claims, table, bibtex=bibtex, as_json=as_json)
        return
    with steps(quiet=_is_quiet(table, bibtex or neurobench, as_json=as_json)) as step:
        step("Auditing")
        from hardware.energy.claims import find_all_claims
        from spiketrack.cli.output_folder import take_output_folder
        from spiketrack.pipeline.listener import Listener
        from spiketrack.verbs.functions import audit_with, read_profiled

        if output is not None:
            take_output_folder(output)
        counted = read_profiled(profile_path)
        given = find_all_claims(claims or ())
        result = audit_with(counted, mapping, Listener(warn=complain), given, models or ())
        report = result.save(output) if output is not None else None
    if bibtex or neurobench or table is not None:
        _print_instead(result, given, table, bibtex=bibtex)
        return
    show.audit(result, report, as_json=as_json)


def _is_quiet(table: TableForm | None, other: bool, *, as_json: bool) -> bool:
    return as_json or other or table is not None


def _print_instead(
    result: "Audited", given: "list[ClaimFile]", table: TableForm | None, *, bibtex: bool
) -> None:
    """What is pasted elsewhere, in place of tables on the terminal."""
    from hardware.energy.bibliography import bibliography
    from spiketrack.report.neurobench_json import neurobench_document
    from spiketrack.report.paste import FORMS
    from spiketrack.report.terminal import summary_tables

    if table is not None:
        tables = summary_tables(result.profiled.counted, result.report, with_audit=True)
        print("\n".join(FORMS[TableForm(table).value](one) for one in tables), end="")
    elif bibtex:
        print(bibliography(result.report.constants.values(), _papers(result, given)), end="")
    else:
        show.print_json(neurobench_document(result.profiled.counted))


def _papers(result: "Audited", given: "list[ClaimFile]") -> "list[ClaimFile]":
    """The papers whose claims were checked: SpikeTrack's own too, if it says something here."""
    from hardware.energy.claims import SEED, shipped_file

    if result.report.claims and all(papers.name != SEED for papers in given):
        return [shipped_file(SEED), *given]
    return given


def _audit_claims(
    names: list[str], table: TableForm | None, *, bibtex: bool, as_json: bool
) -> None:
    """Claims by their own numbers; loads nothing that reads or runs a network."""
    from hardware.energy.bibliography import bibliography
    from hardware.energy.claims import PRICES, check_claims, find_all_claims
    from spiketrack.report.claim_tables import outcome_words, verdict_tables
    from spiketrack.report.paste import FORMS

    papers = find_all_claims(names)
    checked = [
        one
        for name, paper in zip(names, papers, strict=True)
        for one in check_claims(paper, None, _own_profiles(name, paper))
    ]
    if as_json:
        show.print_json([one.to_dict() for one in checked])
        return
    if bibtex:
        print(bibliography(PRICES, papers), end="")
        return
    tables = verdict_tables(checked, {paper.name: paper.title for paper in papers})
    if table is not None:
        print("\n".join(FORMS[TableForm(table).value](one) for one in tables), end="")
        return
    show_tables(tables)
    show.say(outcome_words(checked))


def _own_profiles(name: str, papers: "ClaimFile") -> "dict[str, Profile]":
    """Profiles that claims name themselves, read from the folder of their file."""
    named = {claim.id: claim.profile for claim in papers.claims if claim.profile}
    if not named:
        return {}
    from spiketrack.report.read import profile_in, read_profile

    return {key: read_profile(profile_in(Path(name).parent / place)) for key, place in
            named.items()}  # fmt: skip


def _reproduce(
    path: Path, mapping: Path | None, models: Sequence[Path], *, as_json: bool
) -> None:
    with steps(quiet=as_json) as step:
        step("Auditing again")
        from spiketrack.pipeline.listener import Listener
        from spiketrack.verbs.reproduce import reproduce_audit

        result = reproduce_audit(path, mapping, Listener(warn=complain), models)
    if as_json:
        show.print_json(result.to_dict())
    else:
        for line in result.lines():
            show.say(line)
    if result.changes:
        raise typer.Exit(FAILED)
