"""The tables of a report: the same data as the terminal shows, `spiketrack.tables`."""

from spiketrack.tables import Cell, Column, TableData, columns, number_cell, text_cell

__all__ = ["Cell", "Column", "TableData", "columns", "number_cell", "text_cell"]
