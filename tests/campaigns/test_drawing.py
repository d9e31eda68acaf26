"""Codes as a batch draws them: always the same for a seed, well spelled, and all different."""

from itertools import islice

from campaigns import rules

SEED = bytes(range(32))


def drawn(count, prefix="", chunk=0):
    return list(islice(rules.draw_codes(prefix, SEED, chunk), count))


def test_a_seed_gives_the_same_codes_for_ever():
    """A chunk that is delivered twice writes the codes that it wrote before a release, too."""
    assert drawn(2, "AUTUMN") == ["AUTUMNACF8TX9G7DBS9", "AUTUMNJMPEGXH9DNG4X"]
    assert drawn(1001, chunk=7)[-1] == "X7HKVA0H962M7"


def test_the_last_symbol_of_every_code_checks_the_others():
    codes = drawn(2500)

    assert [code[-1] for code in codes] == [rules.check_symbol(code[:-1]) for code in codes]


def test_codes_of_other_chunks_and_blocks_are_other_codes():
    codes = drawn(5000) + drawn(5000, chunk=1)

    assert len(set(codes)) == 10_000
