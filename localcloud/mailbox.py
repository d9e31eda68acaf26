"""Every mail that was sent through SES."""

import base64
import email
import email.policy
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import getaddresses
from typing import Any

from moto.sesv2.responses import SESV2Response

from localcloud import mail_returns
from localcloud.corrections import Corrections
from localcloud.mail_returns import Sent

corrections = Corrections()


@dataclass(frozen=True)
class Mail:
    """One mail to one recipient."""

    to: str
    subject: str
    text: str
    html: str
    sent_at: str


class Mailbox:
    def __init__(self) -> None:
        self._mails: list[Mail] = []
        self._sent: list[Sent] = []

    def receive(self, mails: list[Mail], sent: list[Sent]) -> None:
        self._mails.extend(mails)
        self._sent.extend(sent)

    def sent(self, number: int) -> Sent:
        """Return what SES knows of the mail, counted from 1 on as they came."""
        return self._sent[number - 1]

    def mails(self, to: str | None = None) -> list[dict[str, str]]:
        """Return the mails to the address, or all of them; the newest first."""
        wanted = (to or "").strip().lower()
        mails = reversed(list(self._mails))
        return [asdict(mail) for mail in mails if not wanted or mail.to.lower() == wanted]

    def clear(self) -> None:
        self._mails.clear()
        self._sent.clear()


MAILBOX = Mailbox()


@corrections.of(SESV2Response)
def send_email(stock: Any, response: Any) -> Any:
    """Send, and keep a copy with both bodies and the time: moto keeps neither of them whole. Then
    tell what becomes of it."""
    request = json.loads(response.body)
    named = request.get("ConfigurationSetName", "")
    mail_returns.refuse_unknown_set(named)
    mail_id = json.loads(stock(response))["MessageId"]
    mails, sender = _mails(request), request.get("FromEmailAddress", "")
    sent = [Sent(mail_id, sender, mail.to, named) for mail in mails]
    MAILBOX.receive(mails, sent)
    for one in sent:
        mail_returns.follow_up(one)
    return json.dumps({"MessageId": mail_id})


def _mails(request: dict[str, Any]) -> list[Mail]:
    content = request["Content"]
    if "Raw" in content:
        raw = base64.b64decode(content["Raw"]["Data"])
        message = email.message_from_bytes(raw, policy=email.policy.default)
        subject, text, html = _parts(message)
        recipients = _recipients(request) or _addressed(message)
    else:
        subject = content["Simple"]["Subject"]["Data"]
        body = content["Simple"]["Body"]
        text, html = (body.get(kind, {}).get("Data", "") for kind in ("Text", "Html"))
        recipients = _recipients(request)
    now = datetime.now(UTC).isoformat()
    return [Mail(to, subject, text, html, now) for to in dict.fromkeys(recipients)]


def _parts(message: EmailMessage) -> tuple[str, str, str]:
    subject = " ".join(str(message["subject"] or "").split())
    bodies = {kind: message.get_body((kind,)) for kind in ("plain", "html")}
    text, html = (str(body.get_content()) if body else "" for body in bodies.values())
    return subject, text, html


def _recipients(request: dict[str, Any]) -> list[str]:
    lists = request.get("Destination", {}).values()
    return [address for _, address in getaddresses([one for some in lists for one in some])]


def _addressed(message: EmailMessage) -> list[str]:
    headers = [str(message[name]) for name in ("to", "cc", "bcc") if message[name]]
    return [address for _, address in getaddresses(headers)]
