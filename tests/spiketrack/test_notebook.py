"""HTML for a notebook: whole tables, and nothing in them that a name could smuggle in."""

from spiketrack.notebook import MAX_ROWS, html_of
from spiketrack.tables import columns, words_table


def test_texts_are_escaped_and_numbers_set_to_the_right() -> None:
    table = words_table("t", columns("layer", "#spikes"), ("<script>alert(1)</script>", "3"))
    html = html_of("a & b", [table], ["note <b>", "line\nbreak"])
    assert "<script>" not in html and "&lt;script&gt;" in html and "a &amp; b" in html
    assert '<td style="text-align:right">3</td>' in html
    assert "note &lt;b&gt;" in html and r"line\nbreak" in html
    assert "<caption>t</caption>" in html


def test_a_long_table_leaves_out_its_middle() -> None:
    rows = [(str(index),) for index in range(MAX_ROWS + 5)]
    html = html_of("", [words_table("", columns("#n"), *rows)])
    assert html.count("<tr>") == 1 + MAX_ROWS + 1 and "<caption>" not in html
    assert ">0<" in html and f">{MAX_ROWS + 4}<" in html and f">{MAX_ROWS // 2 + 1}<" not in html
