"""What a code looks like, and how codes are drawn."""

import itertools
import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import rules
from campaigns.errors import CodeMisspelled

SEED = bytes(range(32))

codes = st.text(rules.ALPHABET + "U", min_size=4, max_size=40)


def draw(count, prefix="", seed=SEED, chunk=0):
    return list(itertools.islice(rules.draw_codes(prefix, seed, chunk), count))


class TestSpelling:
    @given(codes)
    def test_a_stored_code_is_its_own_spelling(self, code):
        assert rules.normalise(code) == code

    @given(codes, st.data())
    def test_case_hyphens_spaces_and_lookalikes_do_not_matter(self, code, data):
        lookalikes = {"0": "0Oo", "1": "1IiLl"}
        typed = ""
        for symbol in code:
            typed += data.draw(st.sampled_from(lookalikes.get(symbol, symbol + symbol.lower())))
            typed += data.draw(st.sampled_from(["", "-", " ", "\t", "\n", "\u00a0", "_"]))

        assert rules.normalise(typed) == code

    @given(st.text(max_size=60))
    def test_whatever_is_typed_becomes_a_code_or_is_misspelled(self, typed):
        try:
            code = rules.normalise(typed)
        except CodeMisspelled:
            return
        assert rules.normalise(code) == code
        assert 4 <= len(code) <= rules.LONGEST

    @pytest.mark.parametrize(
        "typed", ["", "   ", "---", "ABC", "A" * 41, "CODE!", "CODÉ", "١٢٣٤", "CO/DE", "CODE;--"]
    )
    def test_what_no_code_looks_like_is_misspelled(self, typed):
        with pytest.raises(CodeMisspelled):
            rules.normalise(typed)

    @pytest.mark.parametrize("length", [4, 40])
    def test_the_shortest_and_the_longest_code_are_codes(self, length):
        assert len(rules.normalise("A" * length)) == length

    def test_a_prefix_is_spelled_as_the_code_that_begins_with_it(self):
        prefix = rules.normalise_prefix("Launch Oil")

        assert prefix == "1AUNCH011"
        assert rules.normalise("Launch-Oil-0000") == prefix + "0000"

    def test_a_prefix_may_be_empty(self):
        assert rules.normalise_prefix("") == ""


class TestShowing:
    def test_a_generated_code_is_shown_in_groups_with_the_prefix_as_chosen(self):
        (code,) = draw(1, "1AUNCH")

        shown = rules.displayed(code, "LAUNCH")

        assert [len(group) for group in shown.split("-")] == [6, 4, 4, 5]
        assert shown.startswith("LAUNCH-")
        assert rules.normalise(shown) == code

    def test_without_a_prefix_there_are_three_groups(self):
        (code,) = draw(1)

        assert rules.normalise(rules.displayed(code, "")) == code
        assert rules.displayed(code, "").count("-") == 2

    @pytest.mark.parametrize("code", ["SAVE", "SUMMER2026", "AUTUMN0123456789ABC"])
    def test_a_masked_code_hides_at_least_half_of_it(self, code):
        shown = rules.masked(code).replace("…", "")

        assert code not in rules.masked(code)
        assert 2 * len(shown) <= len(code)

    @pytest.mark.parametrize("prefix", ["LAUNCH", "launch", "Lau-nch"])
    def test_a_masked_code_begins_as_it_is_printed(self, prefix):
        assert rules.masked("1AUNCH7KQ29XWM3HTRC", prefix) == "LAUN…TRC"

    @pytest.mark.parametrize("prefix", ["", "AUTUMN", "LAUNCHED"])
    def test_a_masked_code_of_another_prefix_is_as_it_is_stored(self, prefix):
        assert rules.masked("1AUNCH7KQ29XWM3HTRC", prefix) == "1AUN…TRC"

    def test_a_masked_code_without_prefix_hides_thirty_random_bits(self):
        (code,) = draw(1)

        assert 5 * (len(code) - len(rules.masked(code)) + 1) >= 30


class TestCheckSymbol:
    """The checksum is linear, so that what finds an error at one code finds it at every code."""

    def test_every_wrong_symbol_is_found(self):
        for code in draw(20):
            for place, symbol in itertools.product(range(13), rules.ALPHABET):
                wrong = code[:place] + symbol + code[place + 1 :]
                assert spelled_well(wrong) == (symbol == code[place])

    def test_every_swap_of_neighbours_is_found(self):
        for first, second in itertools.permutations(rules.ALPHABET, 2):
            for place in range(12):
                code = with_check(first, second, place)
                swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
                assert spelled_well(code)
                assert not spelled_well(swapped)

    def test_random_input_passes_once_in_32(self):
        dice = random.Random(1)
        passed = sum(
            spelled_well("".join(dice.choices(rules.ALPHABET, k=13))) for _ in range(20_000)
        )

        assert 0.8 < passed / (20_000 / 32) < 1.2

    def test_a_symbol_outside_the_alphabet_is_found(self):
        (code,) = draw(1)

        assert not spelled_well("U" + code[1:])

    def test_a_code_under_an_unregistered_prefix_may_be_anything(self):
        assert rules.is_spelled_well("SUMMER2026000", frozenset({"AUTUMN"}))

    def test_a_vanity_code_that_begins_like_a_prefix_may_be_anything(self):
        assert rules.is_spelled_well("AUTUMN50", frozenset({"AUTUMN"}))

    def test_of_prefixes_that_begin_alike_the_one_with_the_right_length_counts(self):
        (code,) = draw(1, "AUTUMN")
        prefixes = frozenset({"A", "AUT", "AUTUMN", "AUTUMN2"})

        assert rules.is_spelled_well(code, prefixes)
        assert not rules.is_spelled_well(changed(code), prefixes)


class TestDrawing:
    def test_a_chunk_always_yields_the_same_codes(self):
        assert draw(2500, chunk=7) == draw(2500, chunk=7)

    def test_another_chunk_yields_other_codes(self):
        assert not set(draw(2000, chunk=0)) & set(draw(2000, chunk=1))

    def test_another_seed_yields_other_codes(self):
        assert not set(draw(2000)) & set(draw(2000, seed=bytes(32)))

    def test_every_code_has_prefix_length_and_check_symbol(self):
        for code in draw(2500, "AUTUMN"):
            assert len(code) == 6 + rules.GENERATED_LENGTH
            assert rules.normalise(code) == code
            assert rules.is_spelled_well(code, frozenset({"AUTUMN"}))

    def test_a_hundred_thousand_codes_of_a_batch_are_all_different(self):
        drawn = [code for chunk in range(100) for code in draw(1000, chunk=chunk)]

        assert len(set(drawn)) == 100_000

    def test_a_million_codes_are_all_different_and_fair_in_every_place(self):
        """31 degrees of freedom: below 72.1 in 99,996 of 100,000 fair draws."""
        drawn = [code for chunk in range(1000) for code in draw(1000, chunk=chunk)]

        assert len(set(drawn)) == 1_000_000
        expected = len(drawn) / 32
        for place in range(rules.GENERATED_LENGTH):
            counts = Counter(code[place] for code in drawn)
            assert sum((counts[s] - expected) ** 2 / expected for s in rules.ALPHABET) < 72.1

    @pytest.mark.parametrize("place", [0, 5, 11, 12])
    def test_every_symbol_comes_up_equally_often(self, place):
        """31 degrees of freedom: chi-square is below 61.1 in 999 of 1,000 fair draws."""
        drawn = draw(32_000)

        counts = Counter(code[place] for code in drawn)

        assert sum((counts[symbol] - 1000) ** 2 / 1000 for symbol in rules.ALPHABET) < 61.1


def spelled_well(code):
    return rules.is_spelled_well("A" + code, frozenset({"A"}))


def with_check(first, second, place):
    """Return a good code with these two symbols beside each other."""
    if place < 11:
        symbols = "0" * place + first + second + "0" * (10 - place)
        return symbols + rules.check_symbol(symbols)
    # The last neighbours are a symbol and the check symbol: look for the body that gives it.
    for other in rules.ALPHABET:
        symbols = other + "0" * 10 + first
        if rules.check_symbol(symbols) == second:
            return symbols + second
    raise AssertionError("no body has this check symbol")


def changed(code):
    return code[:-1] + ("A" if code[-1] != "A" else "B")
