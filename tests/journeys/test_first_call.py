"""The whole walk: code → sign-up → mail → password → key → authenticated, metered call."""

import re
import time
import uuid

import pytest
import requests
from django.conf import settings
from django.test import Client

from adapters import usage
from adapters.aws import client as aws
from backoffice.audit import SYSTEM
from tenants import accounts, mail, reconcile
from tenants.models import ApiKey, SignUp, Tenant
from tests.celery_worker import running_worker

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "Correct-horse-battery-1"


class Customer:
    """A person with a browser and a terminal."""

    def __init__(self, email: str, cloud, run_tasks) -> None:
        self.email, self.cloud, self.run_tasks = email, cloud, run_tasks
        self.browser = Client()

    def sign_up(self, code: str):
        form = {
            "email": self.email,
            "full_name": "A Person",
            "company": "A Company",
            "code": code,
            "accept_terms": "on",
            "form_key": str(uuid.uuid4()),
        }
        return self.browser.post("/signup/", form)

    def wait_for_mail(self) -> None:
        """A message may be lost to a worker that another test killed: send what is due again."""
        self.run_tasks()
        for _ in range(10):
            if self.cloud.mails(self.email):
                return
            time.sleep(1)
            for tenant in reconcile.due_tenants():
                reconcile.send_worker(tenant)
            for message in mail.due_messages():
                mail.send_worker(message)
            self.run_tasks()

    def open_mail(self) -> None:
        link = re.search(r"/welcome/[\w-]+/", self.cloud.mails(self.email)[0]["text"])
        answer = self.browser.get(link[0], follow=True)
        assert datum(answer, "set-password-form") is not None

    def choose_password(self):
        form = {"password": PASSWORD, "repeated": PASSWORD}
        return self.browser.post("/welcome/", form, follow=True)

    def see_key(self) -> str:
        return datum(self.browser.post("/welcome/key/"), "api-key")

    def get_in(self, code: str) -> "Customer":
        self.sign_up(code)
        self.wait_for_mail()
        self.open_mail()
        self.choose_password()
        self.key = self.see_key()
        self.token = self.sign_in()
        return self

    def sign_in(self) -> str:
        answer = requests.post(
            settings.IDENTITY_URL,
            json={
                "AuthFlow": "USER_PASSWORD_AUTH",
                "ClientId": settings.USER_POOL_CLIENT_ID,
                "AuthParameters": {"USERNAME": self.email, "PASSWORD": PASSWORD},
            },
            headers={
                "X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth",
                "Content-Type": "application/x-amz-json-1.1",
            },
            timeout=10,
        )
        return answer.json()["AuthenticationResult"]["IdToken"]

    def call(self, path: str = "/v1/me", *, token=..., key=..., json=None) -> requests.Response:
        headers = {
            "Authorization": self.token if token is ... else token,
            "x-api-key": self.key if key is ... else key,
        }
        headers = {name: value for name, value in headers.items() if value}
        method = "POST" if json is not None else "GET"
        return requests.request(
            method, settings.API_URL + path, headers=headers, json=json, timeout=30
        )


@pytest.fixture
def make_customer(cloud, run_tasks, make_code):
    def make(email: str = "alice@example.com") -> Customer:
        return Customer(email, cloud, run_tasks).get_in(make_code())

    return make


@pytest.fixture(params=["Lambda", "Celery"])
def do_tasks(request, run_tasks):
    """Let the queue be worked off as Lambda does it, or by a worker process that waits for it."""
    if request.param == "Lambda":
        yield run_tasks
        return
    with running_worker() as wait_for_worker:
        yield wait_for_worker


def datum(answer, name: str) -> str | None:
    found = re.search(rf'data-testid="{name}"[^>]*>([^<]*)<', answer.content.decode())
    return found[1] if found else None


def test_a_code_becomes_an_authenticated_metered_call(make_code, cloud, do_tasks):
    alice = Customer("alice@example.com", cloud, do_tasks).get_in(make_code())

    answer = alice.call("/v1/solve", json={"qubo": [[-1, 2], [0, -1]], "seed": 1})

    tenant = Tenant.objects.get()
    assert answer.status_code == 200, answer.text
    assert answer.json()["energy"] == -1
    [hour] = usage.hours_of(tenant.pk, tenant.created_at)
    assert (hour.calls, hour.units) == (1, answer.json()["units"])


def test_me_answers_the_claims(make_customer):
    alice = make_customer()

    claims = alice.call().json()

    assert claims["tenant_id"] == Tenant.objects.get().pk
    assert claims["permissions"] == "me solve"


def test_without_a_token_the_answer_is_401(make_customer):
    assert make_customer().call(token=None).status_code == 401


def test_without_a_key_the_answer_is_403(make_customer):
    assert make_customer().call(key=None).status_code == 403


def test_with_another_tenants_key_the_answer_is_403(make_customer):
    alice, bob = make_customer("alice@example.com"), make_customer("bob@example.com")

    assert alice.call(key=bob.key).status_code == 403
    assert alice.call().status_code == 200


def test_a_suspended_tenant_is_refused_at_once_although_the_token_is_valid(
    make_customer, run_tasks
):
    alice = make_customer()
    accounts.suspend(Tenant.objects.get(), SYSTEM)
    run_tasks()
    # The key is switched on again by hand, to see that the access item alone refuses.
    key = ApiKey.objects.get()
    aws("apigateway").update_api_key(
        apiKey=key.key_id,
        patchOperations=[{"op": "replace", "path": "/enabled", "value": "true"}],
    )

    answer = alice.call()

    assert answer.status_code == 403
    assert answer.json()["code"] == "access_closed"


def test_over_the_tiers_rate_the_answer_is_429(make_customer, run_tasks):
    alice = make_customer()
    accounts.change_tier(Tenant.objects.get(), "free", SYSTEM)
    run_tasks()

    answers = [alice.call().status_code for _ in range(20)]

    assert 429 in answers
    assert answers[0] == 200


def test_a_malformed_body_is_400_with_a_reason_in_json(make_customer):
    answer = make_customer().call("/v1/solve", json={"qubo": "no matrix"})

    assert answer.status_code == 400
    assert answer.json()["message"]


def test_the_key_is_shown_to_one_of_many_readers(make_customer, cloud, run_tasks, make_code):
    alice = make_customer()

    again = alice.browser.post("/welcome/key/")

    assert datum(again, "api-key") is None
    assert ApiKey.objects.get().shown_at


def test_after_a_reset_the_old_password_and_the_old_key_are_useless(make_customer, run_tasks):
    alice = make_customer()

    accounts.request_reset(Tenant.objects.get(), SYSTEM)
    run_tasks()

    assert alice.call().status_code == 403
    with pytest.raises(KeyError):
        alice.sign_in()


def test_a_reset_leads_back_in_with_a_new_password_and_key(make_customer, run_tasks):
    alice = make_customer()
    old_key = alice.key
    accounts.request_reset(Tenant.objects.get(), SYSTEM)
    run_tasks()

    alice.open_mail()
    alice.choose_password()
    alice.key = alice.see_key()
    alice.token = alice.sign_in()

    assert alice.key != old_key
    assert alice.call().status_code == 200


def test_the_loser_of_a_race_gets_the_form_again(make_code, cloud, run_tasks):
    code = make_code()
    Customer("alice@example.com", cloud, run_tasks).sign_up(code)

    answer = Customer("bob@example.com", cloud, run_tasks).sign_up(code)

    assert answer.status_code == 422
    assert "has been used" in answer.content.decode()
    assert SignUp.objects.get(email="bob@example.com").state == SignUp.State.REFUSED
