"""A key is read where its name says it is kept."""

import pytest

from adapters.aws import client
from adapters.errors import NotThere
from adapters.named_keys import read_key

NAME = "/gatehouse/local/newsletters/kit"


def test_a_name_is_that_of_an_environment_variable(monkeypatch):
    monkeypatch.setenv("NEWSLETTER_KEY_KIT", " abc \n")

    assert read_key("NEWSLETTER_KEY_KIT") == "abc"


@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_variable_that_is_missing_or_empty_is_not_there(monkeypatch, value):
    monkeypatch.delenv("NEWSLETTER_KEY_KIT", raising=False)
    if value is not None:
        monkeypatch.setenv("NEWSLETTER_KEY_KIT", value)

    with pytest.raises(NotThere, match="NEWSLETTER_KEY_KIT"):
        read_key("NEWSLETTER_KEY_KIT")


def test_a_name_with_a_slash_is_that_of_an_encrypted_parameter(cloud):
    client("ssm").put_parameter(Name=NAME, Value="abc", Type="SecureString", Overwrite=True)

    assert read_key(NAME) == "abc"


def test_a_parameter_that_is_missing_is_not_there(cloud):
    with pytest.raises(NotThere, match="newsletters/nowhere"):
        read_key("/gatehouse/local/newsletters/nowhere")
