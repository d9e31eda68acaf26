"""Every event of SES is read, in both shapes; whatever else comes is said to be unreadable."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.mail_events import Kind, Unreadable, read_event
from tests import mail_events as bodies

ALICE = "alice@example.com"


@pytest.mark.parametrize(
    ("body", "kind", "reason"),
    [
        (bodies.bounce("m", ALICE), Kind.BOUNCED, "General"),
        (bodies.bounce("m", ALICE, reason="NoEmail"), Kind.BOUNCED, "NoEmail"),
        (bodies.bounce("m", ALICE, "Transient", "MailboxFull"), Kind.SOFT_BOUNCED, "MailboxFull"),
        (bodies.bounce("m", ALICE, "Undetermined", "Undetermined"),
         Kind.SOFT_BOUNCED, "Undetermined"),
        (bodies.complaint("m", ALICE), Kind.COMPLAINED, "abuse"),
        (bodies.complaint("m", ALICE, complaintSubType="OnAccountSuppressionList"),
         Kind.COMPLAINED, "OnAccountSuppressionList"),
        (bodies.delivery("m", ALICE), Kind.DELIVERED, ""),
        (bodies.delay("m", ALICE), Kind.DELAYED, "MailboxFull"),
        (bodies.event("Reject", "m", ALICE, reason="Bad content"), Kind.REJECTED, "Bad content"),
        (bodies.event("Rendering Failure", "m", ALICE, errorMessage="No x"), Kind.REJECTED, ""),
        (bodies.event("Send", "m", ALICE), Kind.SENT, ""),
        (bodies.event("Quux", "m", ALICE), Kind.UNKNOWN, "Quux"),
    ],
)  # fmt: skip
def test_each_kind_of_event_is_known_by_our_word(body, kind, reason):
    (told,) = read_event(body)

    assert (told.kind, told.mail_id, told.reason) == (kind, "m", reason)


def test_what_the_other_server_said_is_kept_and_who_it_was_about():
    (told,) = read_event(bodies.bounce("m", "Alice <Alice@Example.com>"))

    assert told.recipient == ALICE
    assert told.said == "smtp; 550 5.1.1 user unknown"
    assert told.at == datetime(2026, 11, 20, 8, 30, tzinfo=UTC)


def test_the_older_shape_and_the_envelope_of_sns_say_the_same():
    bare = bodies.bounce("m", ALICE)
    older = bare.replace('"eventType"', '"notificationType"')

    assert read_event(older) == read_event(bodies.enveloped(bare)) == read_event(bare)


def test_an_event_about_several_people_is_told_of_each():
    people = [{"emailAddress": name} for name in ("a@example.com", "b@example.com")]

    told = read_event(bodies.bounce("m", ALICE, bouncedRecipients=people))

    assert [each.recipient for each in told] == ["a@example.com", "b@example.com"]
    assert len({each.digest for each in told}) == 2


def test_who_says_that_it_is_no_spam_does_not_complain():
    (told,) = read_event(bodies.complaint("m", ALICE, "not-spam"))

    assert told.kind == Kind.NOTED


@pytest.mark.parametrize(
    "body",
    [
        "Successfully validated SNS topic for Amazon SES event publishing.",
        json.dumps({"notificationType": "AmazonSnsSubscriptionSucceeded", "message": "…"}),
    ],
)
def test_the_greeting_of_ses_is_noted(body):
    assert read_event(bodies.enveloped(body))[0].kind == Kind.NOTED


@pytest.mark.parametrize(
    "body",
    ["", "nothing", "[]", "{}", '{"eventType": "Bounce"}', '{"eventType": 1}', '{"Message": "x"}',
     '{"eventType": "Bounce", "mail": {"messageId": "m"}, "bounce": {"bouncedRecipients": 7}}'],
)  # fmt: skip
def test_whatever_else_comes_is_unreadable(body):
    with pytest.raises(Unreadable):
        read_event(body)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(
    name=st.sampled_from(sorted(bodies.PARTS)),
    part=st.dictionaries(
        st.sampled_from(["bouncedRecipients", "recipients", "timestamp", "bounceType", "reason"]),
        ANYTHING,
    ),
    mail=st.dictionaries(st.sampled_from(["messageId", "destination", "timestamp"]), ANYTHING),
)
def test_no_body_breaks_the_reader(name, part, mail):
    body = json.dumps({"eventType": name, bodies.PARTS[name]: part, "mail": mail})

    try:
        told = read_event(body)
    except Unreadable:
        return
    assert all(each.mail_id and each.recipient for each in told)
