"""The command about published claims as files: claims."""

from enum import Enum
from typing import Annotated

import typer

from spiketrack.cli import options as o
from spiketrack.cli import show
from spiketrack.cli.show_table import show_tables


class ClaimsAction(str, Enum):
    """What to do with claims."""

    LIST = "list"
    SHOW = "show"
    TEMPLATE = "template"


def claims(
    action: Annotated[
        ClaimsAction,
        typer.Argument(
            metavar="ACTION",
            help="list names the papers that come with the program; show prints the claims of one; "
            "template prints a commented file to fill in.",
            show_default=False,
        ),
    ],
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]",
            help="For show: one of the listed names, seed for SpikeTrack's paper, or a .toml file.",
            show_default=False,
        ),
    ] = None,
    as_json: o.Json = False,
) -> None:
    """Lists published energy claims, shows those of one paper, or prints a template.

    `spiketrack audit --claims` says what follows from them.
    """
    from hardware.energy.claims import TEMPLATE, find_claims, shipped_file, shipped_names
    from spiketrack.report.claim_tables import paper_table, row_table

    chosen = ClaimsAction(action)
    if chosen is ClaimsAction.TEMPLATE:
        text = TEMPLATE.read_text(encoding="utf-8")
        show.print_json({"template": text}) if as_json else print(text, end="")
        return
    if chosen is ClaimsAction.SHOW:
        if name is None:
            raise typer.BadParameter("show needs the NAME of a paper; `claims list` shows them")
        papers = find_claims(name)
        tables, values = [row_table(papers)], [papers]
    else:
        values = [shipped_file(one) for one in shipped_names()]
        tables = [paper_table(values)]
    if as_json:
        show.print_json([
            {"name": papers.name, "title": papers.title, "source": papers.source,
             "claims": [claim.id for claim in papers.claims]}
            for papers in values
        ])  # fmt: skip
        return
    show_tables(tables)
