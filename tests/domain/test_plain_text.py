"""What people type is kept without signs that hide, deceive or calculate, and otherwise as they typed it."""

from __future__ import annotations

import csv
import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.plain_text import clean, csv_cell, is_one_address

ANY = st.text(max_size=60)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  María José  ", "María José"),
        ("Jose\u0301", "José"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("a\x00b\x07c\x1b[31m", "abc[31m"),
        ("Ann\r\nBcc: victim@example.com", "Ann Bcc: victim@example.com"),
        ("a\u2028b\x85c", "a b c"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("tab\there", "tab here"),
        ("half \ud800 a pair", "half a pair"),
        ("O'Neill-García Jr.", "O'Neill-García Jr."),
        ("محمد", "محمد"),
        ("👩\u200d👧", "👩\u200d👧"),
        ("", ""),
        (" \n ", ""),
    ],
)
def test_names_keep_their_letters_and_lose_hidden_signs(typed: str, kept: str) -> None:
    assert clean(typed, 100) == kept


def test_a_note_may_keep_its_lines() -> None:
    assert clean("one\r\ntwo\rthree\n", 100, lines=True) == "one\ntwo\nthree"


def test_a_long_text_is_cut_to_its_limit() -> None:
    assert clean("x" * 50, 10) == "x" * 10


@given(ANY)
def test_cleaning_twice_is_cleaning_once(typed: str) -> None:
    assert clean(clean(typed, 40), 40) == clean(typed, 40)


@given(ANY)
def test_no_hidden_sign_survives(typed: str) -> None:
    kept = clean(typed, 40)
    assert len(kept) <= 40
    assert not any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in kept)
    assert not set(kept) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\r\n\0")
    kept.encode("utf-8")


@pytest.mark.parametrize(
    "address", ["ana@example.com", "ana.maria+clinic@mail.example.co", "o'neill@example.com", "a@b-c.mx"]
)
def test_plain_addresses_are_taken(address: str) -> None:
    assert is_one_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ana",
        "ana@",
        "@example.com",
        "ana@localhost",
        "a@b.com, victim@example.com",
        "a@b.com;victim@example.com",
        "Ana <ana@example.com>",
        "ana@example.com\r\nBcc: victim@example.com",
        "ana@example.com\n",
        "ana@exam\x00ple.com",
        "a..b@example.com",
        ".ana@example.com",
        "ana@-example.com",
        '"quoted"@example.com',
        "ana@example.com ",
        "x" * 65 + "@example.com",
        "ana@" + "x" * 250 + ".com",
    ],
)
def test_all_else_is_no_address(address: str) -> None:
    assert not is_one_address(address)


@pytest.mark.parametrize(
    "value", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =cmd|' /C calc'!A0", "＝1", "\n=1"]
)
def test_no_cell_calculates(value: str) -> None:
    assert csv_cell(value).startswith("'")


@pytest.mark.parametrize("value", ["María", "2:00 PM", "", "a=b", "Dr. López (915)"])
def test_ordinary_cells_stay_as_they_are(value: str) -> None:
    assert csv_cell(value) == value


@given(st.lists(ANY, min_size=1, max_size=4))
def test_a_row_stays_a_row(values: list[str]) -> None:
    sheet = io.StringIO()
    csv.writer(sheet).writerow([csv_cell(value) for value in values])
    rows = list(csv.reader(io.StringIO(sheet.getvalue())))
    assert [len(row) for row in rows] == [len(values)]
