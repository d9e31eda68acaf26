"""Open registration: a form, a code by mail, an account; told by page, trigger and sweep."""

import json
import re
import uuid
from datetime import timedelta

import boto3
import pytest
from botocore.endpoint import Endpoint
from botocore.exceptions import EndpointConnectionError
from django.db import OperationalError
from django.utils import timezone

from adapters import domains, rights, user_pool
from adapters.definitions import name_of
from adapters.domains import DomainItem
from adapters.registrations import Registration, own_place
from portal import lambda_registrations
from tenants import sweep
from tenants.models import Grant, Member, Message, SignUp, Tenant
from tenants.registering import asking, settling
from tests import people

pytestmark = pytest.mark.django_db(transaction=True)

EMAIL = "nina@newcomer.example"


@pytest.fixture
def form():
    """What the form sends, each time anew unless it is changed."""

    def form(**fields):
        given = {
            "email": EMAIL,
            "full_name": "Nina New",
            "company": "Newcomer",
            "accept_terms": "on",
            "form_key": str(uuid.uuid4()),
        }
        return {**given, **fields}

    return form


@pytest.fixture
def register(client, form):
    """Send the form; return the row of it."""

    def register(**fields):
        answer = client.post("/register/", form(**fields))
        assert answer.status_code == 302, answer.content.decode()
        return SignUp.objects.get(pk=answer.url.split("/")[-2])

    return register


@pytest.fixture
def code_of(cloud):
    """The newest code in a mailbox."""
    return lambda email=EMAIL: re.search(r"\d{6}", cloud.mails(email)[0]["text"])[0]


@pytest.fixture
def type_code(client):
    return lambda row, code: client.post(f"/register/{row.pk}/", {"code": code})


def other_than(code):
    return f"{(int(code) + 1) % 1_000_000:06d}"


def error_in(answer):
    return re.search(r'data-testid="error"[^>]*>([^<]+)<', answer.content.decode())[1].strip()


def user():
    return user_pool.find_user(settings_pool(), EMAIL)


def settings_pool():
    from django.conf import settings

    return settings.USER_POOL_ID


def lose_messages():
    """The queue forgets what the trigger told."""
    sqs = boto3.client("sqs")
    sqs.purge_queue(QueueUrl=sqs.get_queue_url(QueueName=name_of("registrations"))["QueueUrl"])


class TestThePages:
    def test_the_form_leads_to_the_page_that_asks_for_the_code(self, client, register):
        row = register()

        page = client.get(f"/register/{row.pk}/").content.decode()
        assert row.state == SignUp.State.CONFIRMING
        assert "n…@newcomer.example" in page or "n***" in page or "newcomer.example" in page
        assert not Member.objects.exists()

    def test_the_right_code_makes_the_account(
        self, client, register, code_of, type_code, run_tasks
    ):
        row = register()

        answer = type_code(row, code_of())
        run_tasks()

        assert answer.url == f"/signup/{row.pk}/"
        row.refresh_from_db()
        assert row.tenant.company == "Newcomer"
        assert row.tenant.pk == own_place(Registration(row.user_id, EMAIL)).tenant_id
        [grant] = row.tenant.grants.all()
        assert (grant.source, grant.tier) == (Grant.Source.OPEN, "free")
        assert rights.read_permission(row.user_id).state == "open"

    def test_this_browser_goes_on_to_a_password(
        self, client, register, code_of, type_code, run_tasks
    ):
        row = register()
        type_code(row, code_of())
        run_tasks()

        assert "Choose a password" in client.get(f"/signup/{row.pk}/").content.decode()
        answer = client.post(f"/signup/{row.pk}/password/", follow=True)
        assert 'data-testid="set-password-form"' in answer.content.decode()

    def test_another_browser_does_not(self, client, register, code_of, type_code, run_tasks):
        from django.test import Client

        row = register()
        type_code(row, code_of())
        run_tasks()

        page = Client().get(f"/signup/{row.pk}/").content.decode()
        assert "We sent a mail" in page

    def test_a_pasted_code_may_have_spaces(self, register, code_of, type_code):
        row = register()
        code = code_of()

        assert type_code(row, f" {code[:3]} {code[3:]} ").status_code == 302

    @pytest.mark.parametrize("typed", ["", "12345", "abcdef", "1234567", "١٢٣٤٥٦"])
    def test_what_cannot_be_a_code_is_not_sent_to_cognito(self, register, type_code, typed):
        answer = type_code(register(), typed)

        assert answer.status_code == 422
        assert user().status == user_pool.UNCONFIRMED

    def test_a_wrong_code_makes_nothing(self, register, code_of, type_code):
        row = register()

        answer = type_code(row, other_than(code_of()))

        assert answer.status_code == 422
        assert "That is not the code" in answer.content.decode()
        assert not Tenant.objects.exists()

    def test_another_code_can_be_asked_for_after_a_while(self, client, cloud, register, code_of):
        row = register()
        client.post(f"/register/{row.pk}/another-code/")
        assert len(cloud.mails(EMAIL)) == 1
        SignUp.objects.update(code_sent_at=timezone.now() - asking.BETWEEN_CODES)

        client.post(f"/register/{row.pk}/another-code/")

        assert len(cloud.mails(EMAIL)) == 2
        assert 'data-waits="30"' in client.get(f"/register/{row.pk}/").content.decode()

    def test_the_form_sent_twice_is_one_registration(self, cloud, register):
        key = str(uuid.uuid4())

        assert register(form_key=key) == register(form_key=key)

        assert len(cloud.mails(EMAIL)) == 1

    def test_who_starts_again_gets_a_new_code_and_one_account(
        self, cloud, register, code_of, type_code, run_tasks
    ):
        register()
        again = register(company="Newcomer and Sons")

        assert type_code(again, code_of()).status_code == 302
        run_tasks()

        assert [tenant.company for tenant in Tenant.objects.all()] == ["Newcomer and Sons"]

    def test_where_it_is_closed_there_is_no_page(self, client, settings):
        settings.OPEN_REGISTRATION = False

        assert client.get("/register/").status_code == 404
        assert "/register/" not in client.get("/signup/").content.decode()

    def test_too_many_codes_lock_the_address(self, settings, register, code_of, type_code):
        settings.RATE_LIMITS = True
        row = register()
        wrong = other_than(code_of())

        answers = [type_code(row, wrong) for _ in range(21)]

        assert answers[-1].status_code == 422
        assert "That is not the code" not in answers[-1].content.decode()


class TestNobodyLearnsWhoHasAnAccount:
    """Alice has an account; Nina has none."""

    ALICE = "alice@example.com"

    @pytest.fixture(autouse=True)
    def alice(self, make_tenant):
        return make_tenant(self.ALICE)

    def test_the_pages_are_the_same(self, client, register, type_code):
        pages = []
        for email in (self.ALICE, EMAIL):
            row = register(email=email)
            shown = client.get(f"/register/{row.pk}/").content.decode()
            wrong = type_code(row, "000000")
            SignUp.objects.update(code_sent_at=None)
            again = client.post(f"/register/{row.pk}/another-code/")
            followed = client.get(f"/signup/{row.pk}/")
            texts = [shown, wrong.content.decode()]
            pages.append(
                (
                    [plain(text, email, row) for text in texts],
                    wrong.status_code,
                    again.status_code,
                    followed.status_code,
                    followed.url.replace(str(row.pk), "ID"),
                )
            )

        assert pages[0] == pages[1]

    def test_a_mail_tells_the_owner_of_the_address(self, cloud, register, run_tasks):
        before = len(cloud.mails(self.ALICE))

        row = register(email=self.ALICE)
        run_tasks()

        assert row.state == SignUp.State.KNOWN
        assert "already" in cloud.mails(self.ALICE)[0]["subject"]
        assert len(cloud.mails(self.ALICE)) == before + 1

    def test_no_code_lets_anybody_into_the_account(self, register, type_code):
        row = register(email=self.ALICE)

        assert {type_code(row, f"{n:06d}").status_code for n in range(5)} == {422}
        assert Tenant.objects.count() == 1


def plain(page, email, row):
    """The page without what differs for everybody: tokens, ids, the address itself."""
    page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page)
    page = re.sub(r'nonce="[^"]*"|data-waits="\d+"|in \d+ seconds?', "", page)
    name, _, domain = email.partition("@")
    page = re.sub(r"\S*@(example\.com|newcomer\.example)", "ADDRESS", page)
    return page.replace(str(row.pk), "ID")


class TestWhoeverTellsFirst:
    @pytest.fixture
    def confirmed(self, cloud, register, code_of):
        """Cognito has confirmed the person, and the portal has heard nothing yet."""

        def confirmed():
            row = register()
            boto3.client("cognito-idp").confirm_sign_up(
                ClientId=cloud.addresses.client_id, Username=EMAIL, ConfirmationCode=code_of()
            )
            return row

        return confirmed

    def has_one_account(self):
        [member] = Member.objects.filter(email=EMAIL)
        return Grant.objects.filter(tenant=member.tenant).count() == 1

    def test_the_trigger_alone_is_enough(self, confirmed, run_tasks):
        confirmed()

        assert settling.take_registrations() == 1
        run_tasks()

        assert self.has_one_account()
        assert settling.take_registrations() == 0

    def test_told_many_times_in_any_order_it_is_one_account(self, confirmed):
        row = confirmed()
        body = json.dumps({"user_id": row.user_id, "email": EMAIL})

        for _ in range(3):
            settling.take(body)
        settling.take_registrations()
        sweep.run_due()

        assert self.has_one_account()
        assert Message.objects.filter(kind=Message.Kind.WELCOME).count() == 1

    def test_what_nobody_told_is_found_by_the_sweep(self, confirmed):
        row = confirmed()
        lose_messages()
        SignUp.objects.filter(pk=row.pk).update(updated_at=timezone.now() - timedelta(minutes=2))

        settling.settle_left_over()

        assert self.has_one_account()

    def test_who_is_not_confirmed_is_not_let_in_by_the_sweep(self, register):
        row = register()
        SignUp.objects.filter(pk=row.pk).update(updated_at=timezone.now() - timedelta(minutes=2))

        settling.settle_left_over()

        assert not Tenant.objects.exists()

    def test_what_comes_while_dynamodb_is_away_is_settled_later(self, confirmed, monkeypatch):
        confirmed()
        original = Endpoint.make_request

        def make_request(endpoint, operation, request):
            if operation.service_model.service_name == "dynamodb":
                raise EndpointConnectionError(endpoint_url=request["url"])
            return original(endpoint, operation, request)

        with monkeypatch.context() as patch:
            patch.setattr(Endpoint, "make_request", make_request)
            patch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", no_delay)
            settling.take_registrations()
        assert not Tenant.objects.exists()
        SignUp.objects.update(updated_at=timezone.now() - timedelta(minutes=2))

        settling.settle_left_over()
        assert self.has_one_account()

    def test_on_lambda_sqs_hands_over_again_what_could_not_be_kept(self, confirmed, monkeypatch):
        row = confirmed()
        good = json.dumps({"user_id": row.user_id, "email": EMAIL})
        records = [{"messageId": "1", "body": good}, {"messageId": "2", "body": "nonsense"}]

        def away(body):
            raise OperationalError

        with monkeypatch.context() as patch:
            patch.setattr(settling, "take", away)
            answer = lambda_registrations.consume({"Records": records[:1]})
        assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}

        assert lambda_registrations.consume({"Records": records}) == {"batchItemFailures": []}
        assert self.has_one_account()

    def test_with_a_program_of_their_own_nobody_needs_our_pages(self, cloud, run_tasks, code_of):
        cognito = boto3.client("cognito-idp")
        client_id = cloud.addresses.client_id
        cognito.sign_up(ClientId=client_id, Username=EMAIL, Password="Correct-horse-7-battery")
        cognito.confirm_sign_up(ClientId=client_id, Username=EMAIL, ConfirmationCode=code_of())

        settling.take_registrations()
        run_tasks()

        assert self.has_one_account()
        assert Tenant.objects.get().company == "newcomer.example"


def no_delay(self, context):
    return 0


class TestDomains:
    def test_a_colleague_joins_the_customer_whose_domain_it_is(
        self, cloud, make_tenant, register, code_of, type_code, run_tasks
    ):
        tenant = make_tenant()
        domains.write_domain(DomainItem("newcomer.example", tenant.pk, "developer"))
        row = register()

        type_code(row, code_of())
        run_tasks()

        member = tenant.members.get(email=EMAIL)
        assert member.role == "developer"
        assert Tenant.objects.count() == 1
        assert rights.read_permission(row.user_id).tenant_id == tenant.pk
        assert tenant.company in cloud.mails(EMAIL)[0]["text"]

    def test_a_closed_customer_takes_nobody_in(
        self, make_tenant, register, code_of, type_code, run_tasks
    ):
        tenant = make_tenant()
        Tenant.objects.filter(pk=tenant.pk).update(state=Tenant.State.CLOSED)
        domains.write_domain(DomainItem("newcomer.example", tenant.pk, "developer"))

        type_code(register(), code_of())

        assert Member.objects.get(email=EMAIL).tenant_id != tenant.pk


class TestForgotten:
    def test_after_a_day_the_address_is_free_again(self, register):
        row = register()
        SignUp.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(hours=25))

        sweep.run_due()

        row.refresh_from_db()
        assert row.state == SignUp.State.CLOSED
        assert user() is None

    def test_whoever_began_anew_keeps_their_user(self, register, code_of, type_code):
        row = register()
        again = register()
        SignUp.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(hours=25))

        sweep.run_due()

        assert type_code(again, code_of()).status_code == 302

    def test_an_account_that_nobody_opened_is_closed_after_two_weeks(
        self, register, code_of, type_code, run_tasks
    ):
        row = register()
        type_code(row, code_of())
        run_tasks()
        SignUp.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(days=15))

        sweep.run_due()
        run_tasks()

        assert user() is None


class TestForStaffAndCustomer:
    def test_support_sees_how_somebody_came(self, staff, register):
        row = register()

        page = staff("support").get(f"/admin/tenants/signup/{row.pk}/change/").content.decode()

        assert "open registration" in page.casefold()
        assert "Last confirmation code mailed" in page

    def test_the_overview_says_where_the_plan_comes_from(
        self, client, register, code_of, type_code, run_tasks
    ):
        type_code(register(), code_of())
        run_tasks()
        people.choose_password(Member.objects.get(email=EMAIL))
        people.sign_in(client, EMAIL)

        assert "Without a code" in client.get("/account/").content.decode()
