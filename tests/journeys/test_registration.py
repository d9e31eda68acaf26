"""Without a code: sign up at Cognito, prove the address, sign in, and be let in by claims."""

import base64
import json
import re

import boto3
import pytest
import requests
from botocore.exceptions import ClientError

from adapters import rights, usage_plans
from tenants import reconcile
from tenants.models import ApiKey, Member
from tenants.registering import settling

pytestmark = pytest.mark.django_db(transaction=True)

EMAIL = "nina@newcomer.example"
PASSWORD = "Correct-horse-battery-1"


@pytest.fixture
def cognito(cloud):
    return boto3.client("cognito-idp")


@pytest.fixture
def client_id(cloud):
    return {"ClientId": cloud.addresses.client_id}


@pytest.fixture
def claims_and_token(cognito, client_id):
    def sign_in():
        answer = cognito.initiate_auth(
            **client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": EMAIL, "PASSWORD": PASSWORD},
        )
        token = answer["AuthenticationResult"]["IdToken"]
        body = token.split(".")[1]
        return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))), token

    return sign_in


def test_from_sign_up_at_cognito_to_calls_that_are_allowed_and_refused_by_claim(
    cloud, cognito, client_id, claims_and_token, run_tasks
):
    cognito.sign_up(**client_id, Username=EMAIL, Password=PASSWORD)
    code = re.search(r"\d{6}", cloud.mails(EMAIL)[0]["text"])[0]
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    with pytest.raises(ClientError, match="CodeMismatch"):
        cognito.confirm_sign_up(**client_id, Username=EMAIL, ConfirmationCode=wrong)

    cognito.confirm_sign_up(**client_id, Username=EMAIL, ConfirmationCode=code)

    # The trigger ran: the first token says whose they are, and nothing is granted yet.
    claims, _token = claims_and_token()
    row = rights.read_permission(claims["sub"])
    assert row.state == "lapsed"
    assert "permissions" not in claims

    settling.take_registrations()
    run_tasks()

    assert cloud.mails(EMAIL)[0]["subject"] == "Choose your password for Gatehouse"
    claims, token = claims_and_token()
    assert claims["tenant_id"] == row.tenant_id
    assert (claims["role"], claims["tier"], claims["permissions"]) == ("owner", "free", "me solve")
    key = usage_plans.key_value(ApiKey.objects.get(tenant_id=row.tenant_id).key_id)
    headers = {"Authorization": token, "x-api-key": key}
    body = {"qubo": [[-1, 2], [0, -2]], "seed": 1}
    solve = f"{cloud.addresses.api}/v1/solve"
    assert requests.post(solve, json=body, headers=headers, timeout=10).json()["energy"] == -2

    Member.objects.filter(email=EMAIL).update(role=Member.Role.READ_ONLY)
    reconcile.request_reconcile(Member.objects.get(email=EMAIL).tenant)
    run_tasks()
    claims, token = claims_and_token()

    assert claims["permissions"] == "me"
    refused = requests.post(
        solve, json=body, headers={**headers, "Authorization": token}, timeout=10
    )
    assert refused.status_code == 403
