"""The first page of the account: how it stands, what the plan allows, and a first call."""

import html
import json
import re
import shutil
import subprocess
from datetime import timedelta

import pytest
from django.utils import timezone

from adapters import usage_plans
from backoffice.audit import SYSTEM
from tenants import accounts
from tenants.models import Grant, Member, Tenant
from tests import people
from tests.people import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def read(as_member):
    """Return the words of the first page, for the owner."""
    client = as_member()

    def words():
        page = client.get("/account/").content.decode()
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())

    return words


def test_the_plan_is_said_in_words(read):
    page = read()

    assert "Open Your plan: Starter" in page
    assert "50,000 a month" in page
    assert "25 calls a second, 50 at once" in page
    assert "64 variables" in page
    assert "have problems solved (/v1/solve)" in page
    assert "Promo code of Autumn launch" in page
    assert "Until no end" in page


def test_who_signs_in_with_an_app_reads_that_the_lines_need_somebody_without(read):
    words = "Use the address of a colleague without an app"
    assert words not in read()

    Member.objects.update(login_has_app=True)

    assert words in read()


def test_an_end_is_said_with_its_time_zone(read):
    ends = timezone.now() + timedelta(days=30)
    Grant.objects.update(ends_at=ends)

    assert f"Until {ends:%Y-%m-%d %H:%M} UTC" in read()


def test_two_grants_in_a_row_have_one_end(read):
    first, second = timezone.now() + timedelta(days=30), timezone.now() + timedelta(days=60)
    Grant.objects.update(ends_at=first)
    tenant = Tenant.objects.get()
    Grant.objects.create(
        tenant=tenant, source="promo", tier="starter", starts_at=first, ends_at=second
    )

    page = read()

    assert f"Until {second:%Y-%m-%d %H:%M} UTC" in page
    assert f"Next Starter from {first:%Y-%m-%d %H:%M} UTC until {second:%Y-%m-%d}" in page


def test_a_word_of_staff_is_named_as_such(read, run_tasks):
    accounts.change_tier(Tenant.objects.get(), "pro", SYSTEM)
    run_tasks()

    page = read()

    assert "Your plan: Pro" in page
    assert "Given by our team" in page


def test_a_change_on_its_way_is_said(read):
    accounts.change_tier(Tenant.objects.get(), "pro", SYSTEM)

    assert "A change is on its way" in read()


def test_trouble_on_our_side_is_said_calmly(read):
    Tenant.objects.update(stuck=True, trouble="apigateway: AccessDenied")

    page = read()

    assert "needs a person on our side" in page
    assert "AccessDenied" not in page


def test_a_plan_that_has_ended_leaves_the_account_open_and_says_what_to_do(
    make_tenant, run_tasks, client
):
    tenant = make_tenant("alice@example.com")
    member = tenant.members.get()
    people.choose_password(member)
    Grant.objects.update(ends_at=timezone.now() - timedelta(minutes=1))
    accounts.reconcile_now(tenant, SYSTEM)
    run_tasks()

    answer = people.sign_in(client, member.email)

    assert answer.url == "/account/"
    page = client.get("/account/").content.decode()
    assert "Plan has ended" in page
    assert "Redeem a code" in page


def test_a_plan_that_has_ended_gives_tokens_without_rights(make_tenant, run_tasks, cloud):
    import jwt

    from adapters import sign_in

    tenant = make_tenant("alice@example.com")
    member = tenant.members.get()
    people.choose_password(member)
    Grant.objects.update(ends_at=timezone.now() - timedelta(minutes=1))
    accounts.reconcile_now(tenant, SYSTEM)
    run_tasks()

    person = sign_in.sign_in(cloud.addresses.client_id, email=member.email, password=PASSWORD)

    claims = jwt.decode(person.access_token, options={"verify_signature": False})
    assert not {"tenant_id", "permissions", "role"} & claims.keys()


@pytest.mark.parametrize("role", ["billing", "read-only"])
def test_who_does_not_call_the_api_is_told(as_member, role):
    assert "does not call the API" in as_member(role).get("/account/").content.decode()


@pytest.mark.parametrize(
    ("role", "may"), [("owner", True), ("billing", True), ("developer", False)]
)
def test_who_may_not_redeem_sees_no_button(as_member, role, may):
    page = as_member(role).get("/account/").content.decode()

    assert ('href="/account/redeem/"' in page) is may


def test_the_page_asks_the_database_a_fixed_number_of_times(
    as_member, django_assert_max_num_queries
):
    client = as_member()
    tenant = Tenant.objects.get()
    for _ in range(5):
        Grant.objects.create(
            tenant=tenant, source="promo", tier="starter", starts_at=timezone.now()
        )

    client.get("/account/")  # the first look copies what was used
    with django_assert_max_num_queries(7):
        client.get("/account/")


class TestFirstCall:
    def snippet(self, client, name):
        page = client.get("/account/").content.decode()
        code = re.search(rf'<pre id="{name}"[^>]*><code>(.*?)</code>', page, re.DOTALL)[1]
        return html.unescape(code)

    @pytest.fixture
    def environment(self, make_tenant):
        tenant = make_tenant("alice@example.com")
        value = usage_plans.key_value(tenant.keys.get().key_id)
        return {"PATH": "/usr/bin:/bin", "GATEHOUSE_PASSWORD": PASSWORD, "GATEHOUSE_API_KEY": value}

    def test_no_secret_is_in_the_page(self, as_member, environment):
        page = as_member().get("/account/").content.decode()

        assert environment["GATEHOUSE_API_KEY"] not in page
        assert PASSWORD not in page

    @pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
    def test_the_javascript_runs_as_it_is_shown(self, as_member, environment, tmp_path):
        program = tmp_path / "first_call.mjs"
        program.write_text(self.snippet(as_member(), "javascript-call"))

        run = subprocess.run(
            ["node", program], env=environment, capture_output=True, text=True, check=False
        )

        assert run.returncode == 0, run.stderr
        assert "solution: [ 0, 1 ]" in run.stdout

    def test_the_python_runs_as_it_is_shown(self, as_member, environment, tmp_path):
        program = tmp_path / "first_call.py"
        text = self.snippet(as_member(), "python-call")
        key = json.dumps(environment["GATEHOUSE_API_KEY"])
        program.write_text(text.replace('"paste your API key here"', key))

        run = subprocess.run(
            ["python3", program], env=environment, capture_output=True, text=True, check=False
        )

        assert run.returncode == 0, run.stderr
        assert "'solution': [0, 1]" in run.stdout

    def test_an_address_with_a_quote_is_quoted(self, as_member, make_tenant):
        make_tenant("alice@example.com")
        client = as_member("developer", "o'brien@example.com")

        assert 'USERNAME: "o\'brien@example.com"' in self.snippet(client, "javascript-call")


def test_the_member_is_named(read):
    assert Member.objects.get().email in read()
