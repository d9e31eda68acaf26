"""Lines of CSV files: nothing in them is a formula."""

import csv
import io

import pytest

from backoffice.csv_cells import line


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_a_text_that_a_spreadsheet_would_calculate_gets_an_apostrophe(start):
    text = line("AUTUMN1", f"{start}cmd|' /C calc'!A0")

    [cells] = csv.reader(io.StringIO(text, newline=""))
    assert cells[1].startswith(f"'{start}")


def test_a_line_break_inside_a_cell_does_not_end_the_line():
    text = line("a\rb", "c\nd") + line("e", "f")

    assert list(csv.reader(io.StringIO(text, newline=""))) == [["a\rb", "c\nd"], ["e", "f"]]


@pytest.mark.parametrize("text", ["AUTUMN-1", "Kate's fair", "a=b", "", "'quoted'", " =spaced"])
def test_any_other_text_stays_as_it_is(text):
    [cells] = csv.reader([line(text, "end")])

    assert cells == [text, "end"]


def test_numbers_are_no_text_and_nothing_is_an_empty_cell():
    assert line(-3, None, "x") == "-3,,x\n"


def test_commas_and_quotes_come_back_as_they_were():
    [cells] = csv.reader([line('Fair, "Berlin"', "x")])

    assert cells == ['Fair, "Berlin"', "x"]
