"""What becomes of a mail that SES took: told through SNS's envelope in the queue of mail events.

The addresses of SES's mailbox simulator behave as AWS says, every other one takes its mail; a
person may let any mail bounce on the mailbox page.
https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html#send-email-simulator
"""

import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.ses.models import ses_backends
from moto.sesv2.responses import SESV2Response
from moto.sesv2.urls import url_paths
from moto.sqs.models import sqs_backends

from adapters.definitions import name_of
from localcloud.corrections import Corrections
from localcloud.place import ACCOUNT, REGION

corrections = Corrections()

# moto answers only what it lists, and its catch-all matches nothing in the server.
_LIST = "{0}/v2/email/suppression/addresses"
url_paths |= {
    f"{_LIST}$": SESV2Response.dispatch,
    f"{_LIST}/(?P<EmailAddress>[^/]+)$": SESV2Response.dispatch,
}

_SIMULATOR = "simulator.amazonses.com"
_NO_SUCH_USER = "smtp; 550 5.1.1 user unknown"


@dataclass(frozen=True)
class Sent:
    """One mail to one recipient, as SES remembers it. `configuration_set` may be empty."""

    mail_id: str
    sender: str
    recipient: str
    configuration_set: str = ""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


class SuppressionList:
    """The account's own list: what is on it gets no mail, and says so by a bounce."""

    def __init__(self) -> None:
        self._reasons: dict[str, tuple[str, datetime]] = {}

    def put(self, address: str, reason: str) -> None:
        self._reasons[address.casefold()] = (reason, datetime.now(UTC))

    def take_off(self, address: str) -> None:
        """Raises KeyError if it is not there."""
        del self._reasons[address.casefold()]

    def find(self, address: str) -> tuple[str, datetime] | None:
        return self._reasons.get(address.casefold())

    def clear(self) -> None:
        self._reasons.clear()


SUPPRESSION_LIST = SuppressionList()


def follow_up(mail: Sent) -> None:
    """Tell what becomes of a mail that was just taken."""
    name, _, domain = mail.recipient.casefold().partition("@")
    kind = name.partition("+")[0] if domain == _SIMULATOR else ""
    if SUPPRESSION_LIST.find(mail.recipient):
        bounce(mail, "Permanent", "OnAccountSuppressionList", keeps=False)
    elif kind == "bounce":
        bounce(mail, keeps=False)
    elif kind == "suppressionlist":
        bounce(mail, "Permanent", "Suppressed", keeps=False)
    else:
        deliver(mail)
        if kind == "complaint":
            complain(mail, keeps=False)
        if kind == "ooto":
            bounce(mail, "Transient", "General", said="", keeps=False)


def deliver(mail: Sent) -> None:
    _tell(mail, "Delivery", "delivery", recipients=[mail.recipient], smtpResponse="250 2.0.0 OK")


def bounce(
    mail: Sent,
    kind: str = "Permanent",
    reason: str = "General",
    *,
    said: str = _NO_SUCH_USER,
    keeps: bool = True,
) -> None:
    """Let it come back. SES keeps the address of a permanent bounce, those of the simulator not."""
    who = {"emailAddress": mail.recipient}
    if said:
        who |= {"action": "failed", "status": "5.1.1", "diagnosticCode": said}
    if keeps and kind == "Permanent":
        SUPPRESSION_LIST.put(mail.recipient, "BOUNCE")
    _tell(
        mail,
        "Bounce",
        "bounce",
        bounceType=kind,
        bounceSubType=reason,
        bouncedRecipients=[who],
        feedbackId=str(uuid.uuid4()),
        reportingMTA="dsn; mta.example.com",
    )


def complain(mail: Sent, feedback: str = "abuse", *, keeps: bool = True) -> None:
    """Let the recipient press "this is spam"."""
    if keeps:
        SUPPRESSION_LIST.put(mail.recipient, "COMPLAINT")
    _tell(
        mail,
        "Complaint",
        "complaint",
        complainedRecipients=[{"emailAddress": mail.recipient}],
        complaintFeedbackType=feedback,
        complaintSubType=None,
        feedbackId=str(uuid.uuid4()),
        userAgent="mailbox",
    )


def delay(mail: Sent, reason: str = "TransientCommunicationFailure") -> None:
    who = {"emailAddress": mail.recipient, "status": "4.4.1", "diagnosticCode": "smtp; 421 later"}
    _tell(mail, "DeliveryDelay", "deliveryDelay", delayType=reason, delayedRecipients=[who])


def refuse_unknown_set(name: str) -> None:
    """SES takes no mail that names a configuration set which does not exist."""
    if name and name not in ses_backends[ACCOUNT][REGION].config_sets:
        raise JsonRESTError(
            "NotFoundException", f"Configuration set <{name}> does not exist.", code=404
        )


def _tell(mail: Sent, event: str, part: str, **facts: Any) -> None:
    """Mails with a configuration set have their events published; those without one are told of
    in the older shape, which knows no delays."""
    if event == "DeliveryDelay" and not mail.configuration_set:
        return
    now = _stamp(datetime.now(UTC))
    told: dict[str, Any] = {
        "eventType" if mail.configuration_set else "notificationType": event,
        part: {"timestamp": now, **facts},
        "mail": {
            "timestamp": _stamp(mail.at),
            "source": mail.sender,
            "sendingAccountId": ACCOUNT,
            "messageId": mail.mail_id,
            "destination": [mail.recipient],
        },
    }
    if mail.configuration_set:
        told["mail"]["tags"] = {"ses:configuration-set": [mail.configuration_set]}
    envelope = {
        "Type": "Notification",
        "MessageId": str(uuid.uuid4()),
        "TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:{name_of('mail-events')}",
        "Subject": "Amazon SES Email Event Notification",
        "Message": json.dumps(told),
        "Timestamp": now,
    }
    sqs_backends[ACCOUNT][REGION].send_message(name_of("mail-events"), json.dumps(envelope))


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@corrections.of(SESV2Response)
def put_suppressed_destination(_: Any, response: Any) -> str:
    asked = json.loads(response.body)
    SUPPRESSION_LIST.put(asked["EmailAddress"], asked["Reason"])
    return "{}"


@corrections.of(SESV2Response)
def get_suppressed_destination(_: Any, response: Any) -> str:
    address = response._get_param("EmailAddress")
    found = SUPPRESSION_LIST.find(address)
    if found is None:
        raise _not_on_list(address)
    reason, at = found
    entry = {"EmailAddress": address, "Reason": reason, "LastUpdateTime": at.timestamp()}
    return json.dumps({"SuppressedDestination": entry})


@corrections.of(SESV2Response)
def delete_suppressed_destination(_: Any, response: Any) -> str:
    address = response._get_param("EmailAddress")
    try:
        SUPPRESSION_LIST.take_off(address)
    except KeyError as error:
        raise _not_on_list(address) from error
    return "{}"


def _not_on_list(address: str) -> JsonRESTError:
    words = f"Email address {address} does not exist on your suppression list."
    return JsonRESTError("NotFoundException", words, code=404)
