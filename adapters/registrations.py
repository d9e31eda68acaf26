"""People who signed themselves up and proved their address: told by the trigger, to the portal."""

import json
import time
import uuid
from dataclasses import asdict, dataclass

from adapters import domains, queues
from adapters.aws import client, speaking_to
from adapters.errors import TryLater
from adapters.transactions import pause_with_jitter

# What is made of a person's id, so that every telling of it founds the same customer.
_FOUNDED_BY = uuid.UUID("5f0c1a52-64a3-4f0e-9d0e-6c3f4c9f1b7a")
OWNER = "owner"
# A call takes a second at most, and Cognito waits five for everything: no try begins later.
LATEST_TRY_SECONDS = 1


class Unreadable(Exception):
    """A message that is none of ours."""


@dataclass(frozen=True, slots=True)
class Registration:
    """A person whose address Cognito has proved; `user_id` is their sub."""

    user_id: str
    email: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person belongs: with a customer who has their domain, or with one of their own."""

    tenant_id: str
    role: str
    is_new: bool


def place_of(registration: Registration, *, hurried: bool = False) -> Place:
    """Decide, the same whenever it is asked, unless a domain changes hands. Raises TryLater."""
    domain = registration.email.rpartition("@")[2]
    owned = domains.read_domain(domain, hurried=hurried)
    if owned and owned.joins_as:
        return Place(owned.tenant_id, owned.joins_as, is_new=False)
    return own_place(registration)


def own_place(registration: Registration) -> Place:
    """Return the customer that this person founds."""
    return Place(str(uuid.uuid5(_FOUNDED_BY, registration.user_id)), OWNER, is_new=True)


def tell(registration: Registration) -> None:
    """Put it into the queue, perhaps twice: the portal founds one customer all the same.

    Raises TryLater or Refused, after three seconds at most.
    """
    began_at = time.monotonic()
    while True:
        try:
            _send(json.dumps(asdict(registration)))
            return
        except TryLater:
            if time.monotonic() - began_at > LATEST_TRY_SECONDS:
                raise
            pause_with_jitter(0)


def _send(body: str) -> None:
    queue_url = queues.address_of("registrations", hurried=True)
    with speaking_to("sqs"):
        client("sqs", hurried=True).send_message(QueueUrl=queue_url, MessageBody=body)


def read_message(body: str) -> Registration:
    """Raises Unreadable."""
    try:
        told = json.loads(body)
        return Registration(user_id=str(told["user_id"]), email=str(told["email"]).casefold())
    except (ValueError, KeyError, TypeError) as error:
        raise Unreadable from error
