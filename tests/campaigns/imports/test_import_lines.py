"""Reading a file of codes: what each line says, or why it is refused."""

from datetime import UTC, datetime

import pytest

from campaigns import import_lines, rules
from campaigns.import_lines import FileRefused, count_lines, decode, layout_of, read_lines

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
PREFIX = "AUTUMN"


def read(text, **fields):
    values = {"max_uses": 1, "now": NOW, "prefixes": frozenset({PREFIX}), **fields}
    return list(read_lines(text, **values))


def trouble(text, **fields):
    return read(text, **fields)[-1].trouble


def generated():
    return next(rules.draw_codes(PREFIX, b"seed", 0))


class TestGoodLines:
    def test_one_code_a_line_is_enough(self):
        first, second = read("Summer-2026\nWINTER2026\n", max_uses=7)

        assert (first.number, first.code, first.shown) == (1, "SUMMER2026", "Summer-2026")
        assert (second.number, second.code, second.max_uses) == (2, "W1NTER2026", 7)

    def test_a_heading_names_the_columns_in_any_order(self):
        [line] = read("max_uses;Code;EXPIRES_AT\n5;SUMMER26;2026-12-31\n")

        assert (line.number, line.code, line.max_uses) == (2, "SUMMER26", 5)
        assert line.expires_at == datetime(2027, 1, 1, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("text", "end"),
        [
            ("2026-12-31", datetime(2027, 1, 1, tzinfo=UTC)),
            ("2026-12-31 18:00", datetime(2026, 12, 31, 18, tzinfo=UTC)),
            ("2026-12-31T18:00:30Z", datetime(2026, 12, 31, 18, 0, 30, tzinfo=UTC)),
            ("2026-12-31T18:00:00+02:00", datetime(2026, 12, 31, 16, tzinfo=UTC)),
            (" ", None),
        ],
    )
    def test_an_end_is_a_day_or_a_moment(self, text, end):
        assert read(f"code,expires_at\nSUMMER26,{text}\n")[0].expires_at == end

    def test_a_day_ends_in_the_portal_s_time_zone(self, settings):
        settings.TIME_ZONE = "Europe/Berlin"

        [line] = read("code,expires_at\nSUMMER26,2026-12-31\n")

        assert line.expires_at == datetime(2026, 12, 31, 23, tzinfo=UTC)

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_whatever_ends_a_line_ends_it(self, end):
        assert [line.number for line in read(f"SUMMER26{end}{end}WINTER26{end}")] == [1, 3]

    def test_quotes_are_no_part_of_a_code(self):
        assert read('"SUMMER26"')[0].code == "SUMMER26"

    def test_a_shown_code_starts_no_formula(self):
        assert [line.shown for line in read("-SUMMER26\n _WINTER 26-\n")] == [
            "SUMMER26",
            "WINTER 26",
        ]

    def test_a_code_with_another_prefix_may_have_any_length(self):
        assert trouble("SPRING" + generated().removeprefix(PREFIX)) == ""
        assert trouble(f"{PREFIX}SALE") == ""


class TestRefusedLines:
    @pytest.mark.parametrize("text", ["ABC", "A" * 41, "SUMMER!26", "=SUM(A1)", "ÄPFEL26", "----"])
    def test_what_no_code_can_look_like_is_refused_as_it_was_written(self, text):
        [line] = read(text)

        assert line.trouble.startswith("No code: 4 to 40 letters and digits")
        assert line.given == text

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("code,max_uses\nSUMMER26\n", "The line has 1 column instead of 2."),
            ("code,max_uses\nSUMMER26,1,2\n", "The line has 3 columns instead of 2."),
            ("SUMMER26,WINTER26\n", "The line has 2 columns instead of 1."),
            (
                'SUMMER26\n"WINTER26\n' + "A" * 140_000 + "\n",
                "The line has 0 columns instead of 1.",
            ),
        ],
    )
    def test_a_wrong_number_of_columns_is_refused(self, text, why):
        assert trouble(text) == why

    @pytest.mark.parametrize("text", ["0", "1000001", "9999999999", "1.5", "-1", "many", "²"])
    def test_a_wrong_number_of_uses_is_refused(self, text):
        why = trouble(f"code,max_uses\nSUMMER26,{text}\n")

        assert why == "max_uses is no whole number from 1 to 1,000,000."

    @pytest.mark.parametrize(
        "text", ["soon", "2026-02-30", "31.12.2026", "2026-12-31 25:00", "9999-12-31", "1:2:3"]
    )
    def test_a_wrong_date_is_refused(self, text):
        why = trouble(f"code,expires_at\nSUMMER26,{text}\n")

        assert why == "expires_at is no date: write 2026-12-31 or 2026-12-31 18:00."

    @pytest.mark.parametrize("text", ["2026-11-20", "2026-11-21 12:00"])
    def test_a_code_that_has_expired_is_refused(self, text):
        assert trouble(f"code,expires_at\nSUMMER26,{text}\n") == "It has expired already."

    def test_the_same_code_in_another_spelling_is_refused_with_the_line_of_the_first(self):
        found = read("other\nSOLO-2026\nsummer26\ns0l0 2O26\n")

        assert [line.trouble for line in found] == ["", "", "", "The same code as in line 2."]

    def test_a_refused_line_is_no_first_of_its_code(self):
        found = read("code,max_uses\nSUMMER26,0\nSUMMER26,1\nSUMMER26,1\n")

        assert [bool(line.trouble) for line in found] == [True, False, True]
        assert found[2].trouble == "The same code as in line 3."

    def test_a_generated_code_is_refused_because_it_could_be_made_again(self):
        assert trouble(generated()) == (
            "It looks like a generated code of ours, and one could be generated like it."
        )

    @pytest.mark.parametrize(
        "change", [lambda c: c[:-1] + ("0" if c[-1] != "0" else "1"), lambda c: c[:-1] + "U"]
    )
    def test_a_generated_code_with_a_typing_error_is_refused_because_it_could_never_be_used(
        self, change
    ):
        assert "with a typing error" in trouble(change(generated()))

    def test_an_open_quote_spoils_its_own_line_only(self):
        found = read('SUMMER26\n"WINTER26\nSPRING26\n')

        assert [line.code for line in found] == ["SUMMER26", "W1NTER26", "SPR1NG26"]

    def test_nul_is_shown_as_a_mark_because_postgresql_takes_none(self):
        assert read("SUM\0MER")[0].given == "SUM\ufffdMER"


class TestWholeFiles:
    def test_a_mark_at_the_beginning_does_not_count(self):
        assert decode("\ufeffcode\nSUMMER26\n".encode()) == "code\nSUMMER26\n"

    @pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
    def test_another_encoding_is_refused(self, encoding):
        with pytest.raises(FileRefused, match="not in UTF-8"):
            decode("Käse-2026".encode(encoding))

    @pytest.mark.parametrize(
        ("heading", "found"),
        [
            ("code,max_use", "max_use"),
            ("id,code,note", "id, note"),
            ("code,code", "one of them twice"),
        ],
    )
    def test_a_column_that_would_be_ignored_is_refused(self, heading, found):
        with pytest.raises(FileRefused, match=f"found: {found}"):
            layout_of(f"{heading}\nSUMMER26,1\n")

    def test_lines_are_counted_without_heading_and_blank_ones(self):
        assert count_lines("code\n\nSUMMER26\n  \nWINTER26\n") == 2

    @pytest.mark.parametrize("text", ["", "\n\n", "code\n"])
    def test_a_file_without_codes_is_refused(self, text):
        with pytest.raises(FileRefused, match="no code"):
            count_lines(text)

    def test_a_file_with_too_many_lines_is_refused(self, monkeypatch):
        monkeypatch.setattr(import_lines, "MOST_LINES", 2)

        assert count_lines("AAAA\nBBBB\n") == 2
        with pytest.raises(FileRefused, match="3 lines, and 2 at most"):
            count_lines("AAAA\nBBBB\nCCCC\n")
