"""Where SES publishes what becomes of mails: kept as it is asked for, which moto cannot.

The local cloud itself always publishes to the queue of mail events (mail_returns.py).
"""

import json
from typing import Any

from moto.sesv2.responses import SESV2Response
from moto.sesv2.urls import url_paths

from localcloud.corrections import Corrections
from localcloud.place import ACCOUNT, REGION

corrections = Corrections()

_PATH = "{0}/v2/email/configuration-sets/(?P<ConfigurationSetName>[^/]+)/event-destinations"
url_paths |= {
    f"{_PATH}$": SESV2Response.dispatch,
    f"{_PATH}/(?P<EventDestinationName>[^/]+)$": SESV2Response.dispatch,
}

# By the name of the configuration set, then by the destination's own.
_DESTINATIONS: dict[str, dict[str, Any]] = {}


def _of(response: Any) -> dict[str, Any]:
    return _DESTINATIONS.setdefault(response._get_param("ConfigurationSetName"), {})


@corrections.of(SESV2Response)
def create_configuration_set_event_destination(_: Any, response: Any) -> str:
    asked = json.loads(response.body)
    _of(response)[asked["EventDestinationName"]] = asked["EventDestination"]
    return "{}"


@corrections.of(SESV2Response)
def update_configuration_set_event_destination(_: Any, response: Any) -> str:
    asked = json.loads(response.body)
    _of(response)[response._get_param("EventDestinationName")] = asked["EventDestination"]
    return "{}"


@corrections.of(SESV2Response)
def get_configuration_set_event_destinations(_: Any, response: Any) -> str:
    found = [{"Name": name, **kept} for name, kept in _of(response).items()]
    return json.dumps({"EventDestinations": found})


@corrections.of(SESV2Response)
def delete_configuration_set_event_destination(_: Any, response: Any) -> str:
    _of(response).pop(response._get_param("EventDestinationName"), None)
    return "{}"


@corrections.of(SESV2Response)
def get_configuration_set(stock: Any, response: Any) -> str:
    """AWS tells what was asked for, and of the rest nothing; moto tells emptinesses, and puts a
    part where a flag is expected."""
    told = {name: part for name, part in json.loads(stock(response)).items() if part}
    return json.dumps({**told, "SendingOptions": {"SendingEnabled": True}})


@corrections.of(SESV2Response)
def create_configuration_set(stock: Any, response: Any) -> Any:
    """moto keeps its tags where nobody finds them who asks for them.

    A Terraform that may not ask whose account it is in leaves it out of the ARN.
    """
    answer = stock(response)
    name, tags = response._get_param("ConfigurationSetName"), response._get_param("Tags") or []
    for account in (ACCOUNT, ""):
        response.sesv2_backend.tag_resource(
            f"arn:aws:ses:{REGION}:{account}:configuration-set/{name}",
            {tag["Key"]: tag["Value"] for tag in tags},
        )
    return answer
