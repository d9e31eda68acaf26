"""From a proved address to one account, whoever tells of it, and how often."""

import json
from contextlib import contextmanager
from datetime import timedelta

import boto3
import pytest
from botocore.endpoint import Endpoint
from botocore.exceptions import EndpointConnectionError
from django.db import OperationalError
from django.utils import timezone

from adapters import domains, rights
from adapters.definitions import name_of
from adapters.domains import DomainItem
from portal import lambda_registrations
from tenants import sweep
from tenants.models import Grant, Member, Message, SignUp, Tenant
from tenants.registering import settling
from tests.codes import put_code
from tests.crashes import quiet_retries
from tests.customers import sign_up
from tests.tenants.registering.conftest import EMAIL

pytestmark = pytest.mark.django_db(transaction=True)


def lose_messages():
    """The queue forgets what the trigger told."""
    sqs = boto3.client("sqs")
    sqs.purge_queue(QueueUrl=sqs.get_queue_url(QueueName=name_of("registrations"))["QueueUrl"])


@pytest.fixture
def dynamodb_away(monkeypatch):
    """Let DynamoDB not answer for a while, and nobody wait for it."""

    @contextmanager
    def away():
        original = Endpoint.make_request

        def make_request(endpoint, operation, request):
            if operation.service_model.service_name == "dynamodb":
                raise EndpointConnectionError(endpoint_url=request["url"])
            return original(endpoint, operation, request)

        with monkeypatch.context() as patch, quiet_retries():
            patch.setattr(Endpoint, "make_request", make_request)
            yield

    return away


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

    def test_what_comes_while_dynamodb_is_away_is_settled_later(self, confirmed, dynamodb_away):
        confirmed()
        with dynamodb_away():
            settling.take_registrations()
        assert not Tenant.objects.exists()
        SignUp.objects.update(updated_at=timezone.now() - timedelta(minutes=2))

        settling.settle_left_over()
        assert self.has_one_account()

    def test_who_came_without_our_pages_is_kept_meanwhile(self, dynamodb_away):
        person = {"user_id": "0c9b6f0e-6d3f-4f6f-9a53-0d5a4f6f1c11", "email": EMAIL}
        with dynamodb_away():
            settling.take(json.dumps(person))
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

    def test_who_came_with_a_code_meanwhile_has_that_account_alone(
        self, client, confirmed, make_campaign
    ):
        row = confirmed()
        sign_up(email=EMAIL, code=put_code(make_campaign()))

        settling.take_registrations()

        assert Tenant.objects.count() == 1
        row.refresh_from_db()
        assert row.state == SignUp.State.KNOWN
        assert client.get(f"/register/{row.pk}/").url == f"/signup/{row.pk}/"

    def test_with_a_program_of_their_own_nobody_needs_our_pages(self, cloud, run_tasks, code_of):
        cognito = boto3.client("cognito-idp")
        client_id = cloud.addresses.client_id
        cognito.sign_up(ClientId=client_id, Username=EMAIL, Password="Correct-horse-7-battery")
        cognito.confirm_sign_up(ClientId=client_id, Username=EMAIL, ConfirmationCode=code_of())

        settling.take_registrations()
        run_tasks()

        assert self.has_one_account()
        assert Tenant.objects.get().company == "newcomer.example"


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
