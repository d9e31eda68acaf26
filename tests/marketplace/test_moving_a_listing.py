"""A legacy listing is moved to Concurrent Agreements: its customers stay, and are billed once."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from adapters.definitions import definition
from backoffice.audit import SYSTEM
from backoffice.models import AuditEvent
from marketplace import feeds
from marketplace.metering.identities import TWICE
from marketplace.metering.rows import MeterCall, MeteredHour
from marketplace.models import Agreement, Notice
from tenants import sweep
from tests import buyers
from tests.backoffice.rows import an_agreement
from tests.metering import HOUR, due_again, hours_ago, meter_now, metered_since, use

pytestmark = pytest.mark.django_db(transaction=True)

FEED = "account_id,aws_account_id,encrypted_account_id,valid_from\n"


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr("marketplace.metering.sending.BETWEEN_CALLS", 0)


@pytest.fixture
def customer(arrive, buy, cloud):
    """Return the agreement of a legacy subscriber of five hours, used three hours ago."""
    bought = buy(buyers.LEGACY)
    bought.starts_at -= 5 * HOUR
    buyers.fill_in(arrive(bought))
    sweep.run_due()
    row = Agreement.objects.get()
    metered_since(row, hours_ago(4))
    use(row, 3, at=hours_ago(3))
    return row


@pytest.fixture
def move_listing(cloud, settings):
    def move():
        listing = {**definition("products")[buyers.LEGACY], "model": "concurrent"}
        settings.MARKETPLACE_PRODUCTS = {**definition("products"), buyers.LEGACY: listing}
        cloud.marketplace.move_listing(buyers.LEGACY)

    return move


def feed(tmp_path, *lines):
    file = tmp_path / "accounts.csv"
    file.write_text(FEED + "".join(f"guid,{account},{name},x\n" for account, name in lines))
    return str(file)


def run(file, *options):
    out = StringIO()
    call_command("import_marketplace_accounts", file, *options, stdout=out)
    return out.getvalue()


def test_before_and_after_the_move_each_hour_is_billed_once(customer, cloud, move_listing):
    meter_now()
    move_listing()
    sweep.run_due()
    row = Agreement.objects.get()
    use(row, 4, at=hours_ago(2))
    metered_since(row, hours_ago(2))
    meter_now()

    row.refresh_from_db()
    usage = {key: int(one.quantity) for key, one in cloud.marketplace.usage.items()}
    [bought] = cloud.marketplace.agreements.values()
    assert (row.license_arn, row.agreement_id) == (bought.license_arn, bought.id)
    by_customer = f"{buyers.LEGACY}/{bought.customer_identifier}"
    assert usage[by_customer, "units", hours_ago(3)] == 3
    assert usage[bought.license_id, "units", hours_ago(2)] == 4
    assert len({(dimension, hour) for _, dimension, hour in usage}) == len(usage)


def test_the_move_closes_no_access_and_what_pays_keeps_its_name(customer, move_listing):
    before = customer.source_name
    move_listing()
    sweep.run_due()

    row = Agreement.objects.get()
    assert (row.state, row.source_name) == ("active", before)
    assert row.tenant.grants.get().ended_at is None


def test_events_that_come_before_the_look_are_of_the_same_agreement(customer, cloud, move_listing):
    """License Updated names agreement and license, which nobody here has heard of yet."""
    Agreement.objects.update(look_due_at=None)
    move_listing()
    sweep.run_due()

    row = Agreement.objects.get()
    assert row.tenant == customer.tenant
    assert Notice.objects.filter(agreement=row, kind="License Updated").exists()


def test_an_hour_that_may_have_been_sent_by_customer_goes_the_same_way_again(
    customer, cloud, move_listing
):
    from localcloud.marketplace.faults import Fault

    lost = Fault("lost", "BatchMeterUsage", times=3)
    with cloud.marketplace.faults.with_fault(lost):
        meter_now()
    assert MeteredHour.objects.get(quantity=3).state == MeteredHour.State.SENDING
    move_listing()
    sweep.run_due()

    due_again()
    meter_now()

    requests = MeterCall.objects.values_list("request", flat=True)
    assert all("ProductCode" in one for one in requests if _names(one, hours_ago(3)))
    assert MeteredHour.objects.get(quantity=3).state == MeteredHour.State.ACCEPTED


def _names(request, hour):
    return any(
        one["Timestamp"].startswith(f"{hour:%Y-%m-%dT%H}") for one in request["UsageRecords"]
    )


def test_two_rows_of_one_customer_never_send_an_hour_under_both_names(customer, cloud):
    """As where both had grants before anybody knew that they are one."""
    meter_now()
    other = an_agreement(
        product_code=buyers.LEGACY,
        account_id=customer.account_id,
        license_id="l-1",
        license_arn=f"arn:aws:license-manager::{customer.account_id}:license/l-1",
    )
    record = {"LicenseArn": other.license_arn, "CustomerAWSAccountId": other.account_id}
    sent = MeteredHour.objects.get(quantity=3)
    row = MeteredHour.objects.create(
        agreement=other,
        dimension="units",
        hour=sent.hour,
        billed_to="l-1",
        quantity=3,
        record={**sent.record, **record},
        deadline_at=sent.deadline_at,
    )
    calls = MeterCall.objects.count()

    meter_now()

    row.refresh_from_db()
    assert (row.state, row.trouble) == (MeteredHour.State.REJECTED, TWICE)
    assert MeterCall.objects.count() == calls


def test_the_feed_tells_the_account_of_a_customer_of_whom_only_notices_came(
    cloud, buy, tmp_path, move_listing
):
    bought = buy(buyers.LEGACY)
    sweep.run_due()
    assert Agreement.objects.get().account_id == ""
    file = feed(tmp_path, (bought.account_id, bought.customer_identifier), ("1", "other"))

    assert "1 would be learned" in run(file, "--dry-run")
    assert Agreement.objects.get().account_id == ""
    assert "1 learned" in run(file)
    assert "0 learned" in run(file)
    move_listing()
    sweep.run_due()

    row = Agreement.objects.get()
    assert (row.account_id, row.license_arn) == (bought.account_id, bought.license_arn)
    assert AuditEvent.objects.filter(action="learn account of legacy customer").count() == 1


def test_a_feed_that_contradicts_changes_nothing(customer, tmp_path):
    file = feed(tmp_path, ("999988887777", customer.customer_identifier))

    with pytest.raises(CommandError, match="contradicts"):
        run(file)

    assert Agreement.objects.get().account_id == customer.account_id


@pytest.mark.parametrize(
    "text", ["", "aws_account_id\n1\n", "a,b\n1,2\n", "\ufeffno such columns\n"]
)
def test_another_file_is_refused_with_a_sentence(tmp_path, text):
    file = tmp_path / "other.csv"
    file.write_text(text)

    with pytest.raises(CommandError, match="has no column"):
        run(str(file))


def test_zeros_that_a_spreadsheet_dropped_are_put_back():
    lines = ["encrypted_account_id,aws_account_id\n", "X1,1234567890\n", ",5\n", "X2,\n"]

    assert feeds.read_accounts(lines) == {"X1": "001234567890"}


def test_who_is_not_in_the_feed_is_named(customer):
    Agreement.objects.update(account_id="")

    moved = feeds.import_accounts({}, SYSTEM)

    assert [row.pk for row in moved.missing] == [customer.pk]
