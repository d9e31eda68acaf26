"""Lines of CSV files that are safe to open in a spreadsheet."""

import csv
import io

# What a spreadsheet takes for a formula: https://owasp.org/www-community/attacks/CSV_Injection
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def line(*cells: object) -> str:
    """Return one line with its end. None is an empty cell; only text can hold a formula."""
    text = io.StringIO()
    # Ends with CR and LF, or csv would leave a CR inside a cell without quotes.
    csv.writer(text, lineterminator="\r\n").writerow(_harmless(cell) for cell in cells)
    return text.getvalue().removesuffix("\r\n") + "\n"


def _harmless(cell: object) -> object:
    if isinstance(cell, str) and cell.startswith(_STARTS_A_FORMULA):
        return f"'{cell}"
    return cell
