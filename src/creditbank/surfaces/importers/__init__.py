"""Files into a bank: read row by row, checked whole, applied in one transaction."""

from __future__ import annotations

from creditbank.surfaces.importers.catalogue import CatalogueTable
from creditbank.surfaces.importers.correcting import correct_file
from creditbank.surfaces.importers.csv import ROW_NAMESPACE, CsvTable, row_id
from creditbank.surfaces.importers.jsonl import JsonLines
from creditbank.surfaces.importers.rows import Row, RowSource
from creditbank.surfaces.importers.run import Imported, import_catalogue, import_file, read_file

__all__ = [
    "ROW_NAMESPACE",
    "CatalogueTable",
    "CsvTable",
    "Imported",
    "JsonLines",
    "Row",
    "RowSource",
    "correct_file",
    "import_catalogue",
    "import_file",
    "read_file",
    "row_id",
]
