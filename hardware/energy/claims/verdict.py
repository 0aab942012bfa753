"""What a check says about a claim: one of four outcomes, in a sentence that begins with it."""

from dataclasses import dataclass
from typing import Literal, get_args

from hardware.energy.claims.claim import Claim

Outcome = Literal["holds", "holds only if", "does not follow", "cannot be decided"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of one check of one claim.

    Attributes:
        check: what was checked, for people.
        outcome: one of `OUTCOMES`.
        words: the rest of the sentence: "within 0.1 %: ...", "the first layer is multiplied by 4".
    """

    check: str
    outcome: Outcome
    words: str

    @property
    def sentence(self) -> str:
        """The whole sentence."""
        joint = "" if self.words.startswith((":", ",")) else " "
        return f"{self.outcome}{joint}{self.words}."


@dataclass(frozen=True, slots=True)
class CheckedClaim:
    """A claim with every verdict about it.

    Attributes:
        paper: key of its file.
        claim: the row.
        verdicts: one for each check that applies.
    """

    paper: str
    claim: Claim
    verdicts: tuple[Verdict, ...]

    def to_dict(self) -> dict[str, object]:
        """Returns the claim and its verdicts as plain JSON values."""
        energy = self.claim.energy_mj
        return {
            "paper": self.paper,
            "claim": self.claim.id,
            "subject": self.claim.subject,
            "energy_mj": energy,
            "mark": self.claim.mark_of("energy_mj"),
            "source": self.claim.source,
            "verdicts": [
                {"check": one.check, "outcome": one.outcome, "sentence": one.sentence}
                for one in self.verdicts
            ],
        }


def near(value: float, wanted: float, share: float) -> bool:
    """Whether a value is within a share of another one.

    Args:
        value: what was found.
        wanted: what it is compared with.
        share: the largest relative difference, e.g. 0.1.
    """
    return abs(value - wanted) <= share * abs(wanted)


def share_words(value: float, wanted: float) -> str:
    """Says how far a value is from another one: "0.3 %"; "0.01 %" is the least that is told.

    Args:
        value: what was found.
        wanted: what it is compared with.
    """
    share = abs(value - wanted) / abs(wanted) if wanted else 0.0
    return f"{max(100 * share, 0.01):.2g} %"


def number(value: float) -> str:
    """A number with four significant digits and no exponent, without trailing zeros.

    Args:
        value: the number.
    """
    if value == 0:
        return "0"
    text = f"{value:.4g}"
    if "e" not in text:
        return text
    return f"{value:,.0f}" if abs(value) >= 1 else f"{value:.2g}"
