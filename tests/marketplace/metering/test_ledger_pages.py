"""What staff see of usage, and what they do about an hour that AWS did not take."""

from datetime import timedelta

import botocore.session
import pytest
from django.urls import reverse
from django.utils import timezone

from backoffice.models import AuditEvent
from marketplace import waiting
from marketplace.metering import diagnosis, repairing
from marketplace.metering.identities import TWICE
from marketplace.metering.rows import MeteredHour, Metering
from marketplace.models import Agreement
from tests.backoffice.doors import do, list_url, page_url, verb_url
from tests.metering import HOUR, hours_ago, meter_now

pytestmark = pytest.mark.django_db(transaction=True)

State = MeteredHour.State
NOT_SUBSCRIBED = {"state": State.REJECTED, "trouble": "CustomerNotSubscribed"}


def listed(client, row, **query):
    return list(client.get(list_url(row), query).context["cl"].result_list)


def test_an_hour_is_found_by_every_name_of_its_agreement_and_by_awss_record(make_hour, staff):
    row = make_hour(record_id="rec-1")
    client = staff("support")
    agreement = Agreement.objects.get()

    for name in (agreement.agreement_id, "l-7", "111122223333", "rec-1"):
        assert listed(client, row, q=name) == [row]
    assert listed(client, row, q="rec-2") == []


def test_an_empty_list_says_when_an_hour_comes_and_claims_nothing_of_agreements(make_hour, staff):
    row = make_hour()
    row.delete()

    page = staff("operations").get(list_url(row)).content.decode()

    assert "some minutes after it is over" in page
    assert "nobody has an agreement" not in page


@pytest.mark.parametrize(
    ("concern", "states"),
    [
        ("lost", {State.REJECTED}),
        ("ever", {State.REJECTED, State.EXPIRED}),
        ("late", {State.READY}),
    ],
)
def test_the_list_is_narrowed_to_what_concerns(make_hour, staff, concern, states):
    row = make_hour(state=State.ACCEPTED)
    make_hour(state=State.READY, deadline_at=timezone.now() + HOUR)
    make_hour(**NOT_SUBSCRIBED)
    make_hour(state=State.EXPIRED, seen_at=timezone.now())

    found = listed(staff("operations"), row, concern=concern)

    assert {one.state for one in found} == states


def test_its_page_says_what_happened_and_what_to_do_and_shows_each_attempt(make_hour, staff, tried):
    row = make_hour(**NOT_SUBSCRIBED, record={"Dimension": "units", "QuantityAsDecimal": "7"})
    attempt = tried(row, "CustomerNotSubscribed", answer={"Results": []})
    tried(row, error="meteringmarketplace did not answer: ReadTimeoutError")

    page = staff("support").get(page_url(row)).content.decode()

    assert "has no subscription" in page
    assert "Yes, until its deadline" in page
    assert "&quot;QuantityAsDecimal&quot;: &quot;7&quot;" in page
    assert page_url(attempt.call) in page
    assert "did not answer" in page
    assert "Ames Optics" in page


def test_a_call_is_shown_word_for_word_and_runs_nothing(make_hour, staff, tried):
    row = make_hour(record={"Dimension": "<script>alert(1)</script>"})
    call = tried(row, answer={"Results": [{"Status": "Success"}]}).call

    page = staff("auditor").get(page_url(call)).content.decode()

    assert "<script>alert(1)" not in page
    assert "&quot;Status&quot;: &quot;Success&quot;" in page


@pytest.mark.parametrize(
    ("amounts", "sentence"),
    [
        ({"counted": 3, "used": 7}, "4 were counted in earlier hours"),
        ({"counted": 9, "used": 7}, "2 were counted late"),
        ({"quantity": 2}, "5 are included in the contract"),
        ({"uncollected": 6}, "6 came after the last hour"),
    ],
)
def test_it_is_said_why_numbers_differ(make_hour, staff, amounts, sentence):
    row = make_hour(state=State.ACCEPTED, **amounts)

    assert sentence in staff("support").get(page_url(row)).content.decode()


def test_every_error_of_the_api_has_a_diagnosis():
    model = botocore.session.get_session().get_service_model("meteringmarketplace")
    errors = {shape.name for shape in model.operation_model("BatchMeterUsage").error_shapes}
    statuses = set(model.shape_for("UsageRecordResultStatus").enum)

    told = set(diagnosis.BY_WORD)
    assert errors <= told
    assert statuses - {"Success", "DuplicateRecord"} <= told


@pytest.mark.parametrize("word", diagnosis.BY_WORD)
def test_each_diagnosis_has_words_and_ends_with_awss_deadline(make_hour, word):
    row = make_hour(state=State.REJECTED, trouble=f"meteringmarketplace BatchMeterUsage: {word}")
    row.trouble = word if word == TWICE else row.trouble

    in_time = diagnosis.diagnosis_of(row, timezone.now())
    too_late = diagnosis.diagnosis_of(row, timezone.now() + timedelta(days=2))

    assert in_time.what
    assert in_time.to_do
    assert not too_late.can_help


@pytest.mark.parametrize("state", State.values)
def test_each_state_has_a_diagnosis(make_hour, state):
    assert diagnosis.diagnosis_of(make_hour(state=state), timezone.now()).what


def test_an_hour_is_sent_again_with_its_record_made_anew(make_hour, staff, tried):
    row = make_hour(**NOT_SUBSCRIBED, record={"LicenseArn": "wrong"}, alarmed_at=timezone.now())
    tried(row, "CustomerNotSubscribed")

    do(staff("operations"), "send-again", row, reason="The license is mended")

    row.refresh_from_db()
    assert (row.state, row.record, row.trouble, row.alarmed_at) == (State.READY, None, "", None)
    assert AuditEvent.objects.get(action="send usage again").reason == "The license is mended"


@pytest.mark.parametrize("verdict", ["", "no answer"])
def test_what_may_be_at_aws_goes_word_for_word_as_it_was(make_hour, staff, tried, verdict):
    row = make_hour(**NOT_SUBSCRIBED, record={"LicenseArn": "as it was"})
    tried(row, verdict)
    tried(row, "CustomerNotSubscribed")

    do(staff("operations"), "send-again", row, reason="Again")

    row.refresh_from_db()
    assert row.record == {"LicenseArn": "as it was"}


@pytest.mark.parametrize(
    "fields",
    [
        {"state": State.ACCEPTED},
        {"state": State.DUPLICATE},
        {"state": State.READY},
        {"state": State.REJECTED, "trouble": TWICE},
        {"state": State.EXPIRED, "hour": hours_ago(80)},
    ],
    ids=["accepted", "duplicate", "ready", "twice", "too late"],
)
def test_what_cannot_be_mended_is_not_sent_again(make_hour, staff, fields):
    row = make_hour(**fields)

    do(staff("operations"), "send-again", row, reason="Again")

    row.refresh_from_db()
    assert row.state == fields["state"]


def test_support_may_look_and_not_send(make_hour, staff):
    row = make_hour(**NOT_SUBSCRIBED)

    assert staff("support").get(verb_url(row, "send-again")).status_code == 403


def test_a_loss_that_was_seen_leaves_the_inbox_and_stays_in_the_ledger(make_hour, staff):
    row = make_hour(**NOT_SUBSCRIBED)
    assert [each.kind.name for each in waiting.what_waits(timezone.now())] == ["usage-lost"]

    do(staff("operations"), "seen", row, reason="Settled by hand")

    assert list(waiting.what_waits(timezone.now())) == []
    assert MeteredHour.objects.get().state == State.REJECTED


def test_the_inbox_names_customer_and_trouble_and_leads_to_the_hour(make_hour, staff):
    row = make_hour(**NOT_SUBSCRIBED)
    Metering.objects.create(pk=1, trouble="AccessDeniedException")

    page = staff("support").get(reverse("admin:marketplace_inbox")).content.decode()

    assert page_url(row) in page
    assert "Ames Optics" in page
    assert "AWS takes no usage from us" in page
    assert list_url(row) in page


def test_the_ledger_stays_fast_with_many_hours(make_hour, staff, django_assert_max_num_queries):
    row = make_hour()
    for _ in range(60):
        make_hour()
    client = staff("operations")

    with django_assert_max_num_queries(6):
        client.get(list_url(row))


def test_an_agreements_page_leads_to_its_usage(make_hour, staff):
    row = make_hour()
    page = staff("support").get(page_url(row.agreement)).content.decode()

    assert f"{list_url(row)}?agreement__id__exact={row.agreement_id}" in page


def test_send_again_reaches_aws(cloud, arrive, buy, staff, monkeypatch):
    """From a rejected record to an accepted one, through the worker."""
    from tenants import sweep
    from tests import buyers
    from tests.metering import due_again, metered_since, use

    monkeypatch.setattr("marketplace.metering.sending.BETWEEN_CALLS", 0)
    bought = buy()
    bought.starts_at -= 5 * HOUR
    buyers.fill_in(arrive(bought))
    sweep.run_due()
    agreement = Agreement.objects.get()
    metered_since(agreement, hours_ago(3))
    use(agreement, 3, at=hours_ago(2))
    right = agreement.license_arn
    Agreement.objects.update(license_arn=f"{right}0")
    meter_now()
    row = MeteredHour.objects.get(quantity=3)
    assert row.state == State.REJECTED
    Agreement.objects.update(license_arn=right)

    do(staff("operations"), "send-again", row, reason="The license was wrong")
    due_again()
    meter_now()

    row.refresh_from_db()
    assert row.state == State.ACCEPTED
    assert repairing.can_be_sent_again(row) is False
