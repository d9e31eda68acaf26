"""Keys of other services, by the name under which they are kept: an environment variable, or a
SecureString parameter of Systems Manager."""

import os

from adapters.aws import client, speaking_to
from adapters.errors import NotThere


def read_key(name: str) -> str:
    """A name that begins with a slash is a parameter's. Raises NotThere, TryLater or Refused."""
    if not name.startswith("/"):
        value = os.environ.get(name, "").strip()
        if not value:
            raise NotThere(f"the environment has no {name}")
        return value
    with speaking_to("ssm"):
        try:
            answer = client("ssm").get_parameter(Name=name, WithDecryption=True)
        except client("ssm").exceptions.ParameterNotFound as error:
            raise NotThere(f"there is no parameter {name}") from error
    return str(answer["Parameter"]["Value"]).strip()
