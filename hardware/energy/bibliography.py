"""BibTeX of every source that an audit used: prices, thresholds, measurements and claims."""

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hardware.energy.claims import ClaimFile
from spiketrack.constants import Constant
from spiketrack.errors import ReportError
from spiketrack.json_fields import Fields, texts_in

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_FILE = Path(__file__).with_name("sources.toml")
_KEY = re.compile(r"@\w+\s*\{\s*([^,\s]+)")


@dataclass(frozen=True, slots=True)
class Source:
    """A publication: the texts by which the source of a constant names it, and its entry."""

    named: tuple[str, ...]
    bibtex: str

    def is_of(self, constant: Constant) -> bool:
        """Whether a constant comes from it.

        Args:
            constant: with its source.
        """
        return any(text in constant.source for text in self.named)


@cache
def known_sources() -> tuple[Source, ...]:
    """Reads the publications behind the constants of the project.

    Raises:
        ReportError: the file of the package is damaged.
    """
    what = f"file '{_FILE.name}'"
    document = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    rows = Fields(what, document, ReportError).inners("sources")
    return tuple(
        Source(
            texts_in(f"{row.what} 'named'", row.members.get("named"), ReportError),
            row.text("bibtex").strip(),
        )
        for row in rows
    )


def bibliography(constants: Iterable[Constant], claims: Sequence[ClaimFile]) -> str:
    """Collects the entries of what was used, each once, in the order of the list of sources.

    Args:
        constants: prices, thresholds and measurements that figures contain.
        claims: papers whose claims were checked. One without an entry gets a comment that names it.

    Returns:
        BibTeX, which ends in a line break, or "" if nothing was used.
    """
    used = tuple(constants)
    entries = [one.bibtex for one in known_sources() if any(map(one.is_of, used))]
    entries += [_entry(papers) for papers in claims]
    unique = {(match[1] if (match := _KEY.search(one)) else one): one for one in entries}
    return "".join(f"{one}\n\n" for one in unique.values()).removesuffix("\n")


def _entry(papers: ClaimFile) -> str:
    # Why one line: what follows a line break would no longer be a comment.
    named = " ".join(f"{papers.title} ({papers.source})".split())
    return papers.bibtex.strip() or f"% no entry was given for: {named}"
