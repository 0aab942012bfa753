"""Files of claims for tests, as text."""

PAPER = '[paper]\ntitle = "A paper"\nsource = "nowhere"\n'


def claim_text(*rows: str) -> str:
    """A file of claims; each row is keys and values, one a line."""
    return PAPER + "".join(f"\n[[claims]]\n{row}\n" for row in rows)


def row(key: str = "a", *lines: str) -> str:
    """A row with what every claim needs, and more lines."""
    return "\n".join((f'id = "{key}"', f'subject = "Net {key}"', 'source = "t"', 'mark = "H"',
                      *lines))  # fmt: skip
