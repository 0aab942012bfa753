"""What the Lava processes compute, as functions of plain arrays; no Lava here."""
