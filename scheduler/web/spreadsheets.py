"""Tables that leave the house as files: cells are shown by a spreadsheet and never calculated."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from flask import Response

from scheduler.domain.plain_text import csv_cell


def csv_file(name: str, rows: Iterable[Sequence[str]]) -> Response:
    """A table as a file of that name; the mark before it tells spreadsheets that it is UTF-8 (RFC 4180, RFC 3629)."""
    sheet = StringIO()
    writer = csv.writer(sheet)
    for row in rows:
        writer.writerow([csv_cell(cell) for cell in row])
    answer = Response("\ufeff" + sheet.getvalue(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer
