"""API keys of our own making: recognised by their shape, told from noise by their checksum."""

import random
import re
from pathlib import Path

import pytest

from adapters.key_values import PATTERN, SYMBOLS, draw_value, is_key_value

ROOT = Path(__file__).resolve().parent.parent.parent

# Worked out apart from this code, by the rule in docs/keys.md: it cannot change unnoticed.
KNOWN = "gkp" + "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcd" + "2Ir2zk"


def changed(value: str, place: int) -> str:
    symbol = SYMBOLS[(SYMBOLS.index(value[place]) + 1) % len(SYMBOLS)]
    return value[:place] + symbol + value[place + 1 :]


def test_a_value_is_what_api_gateway_takes():
    value = draw_value("production")

    assert re.fullmatch("[0-9A-Za-z]{20,128}", value)
    assert len(value) == 49


@pytest.mark.parametrize(
    ("stage", "start"),
    [("production", "gkp"), ("staging", "gks"), ("dev", "gkd"), ("local", "gkl"), ("2nd", "gkx")],
)
def test_a_value_says_what_it_is_and_of_which_stage(stage, start):
    assert draw_value(stage).startswith(start)


def test_what_was_drawn_is_recognised():
    assert all(is_key_value(draw_value("dev")) for _ in range(200))


def test_values_are_all_different():
    assert len({draw_value("dev") for _ in range(2000)}) == 2000


def test_every_symbol_is_drawn():
    drawn = "".join(draw_value("dev")[3:43] for _ in range(400))

    assert set(drawn) == set(SYMBOLS)


def test_the_rule_of_the_checksum_stays_as_it_is_documented():
    assert is_key_value(KNOWN)


def test_one_changed_symbol_is_always_noticed():
    value = draw_value("production")

    assert not any(is_key_value(changed(value, place)) for place in range(3, len(value)))


def test_noise_of_the_right_shape_is_told_from_a_key():
    dice = random.Random(7)
    noise = ["gkp" + "".join(dice.choices(SYMBOLS, k=46)) for _ in range(10_000)]

    assert all(PATTERN.fullmatch(text) for text in noise)
    assert not any(is_key_value(text) for text in noise)


@pytest.mark.parametrize("text", ["", "gkp", "gkp" + "a" * 45, "gkp" + "a" * 47, "xkp" + "a" * 46])
def test_what_has_another_shape_is_no_key(text):
    assert not is_key_value(text)


def test_the_documented_expression_is_the_one_in_use():
    assert f"`{PATTERN.pattern}`" in (ROOT / "docs/keys.md").read_text()
