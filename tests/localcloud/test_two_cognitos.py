"""The same questions to our Cognito and to one of others' making, and the same answers."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
import jwt
import pytest
from botocore.exceptions import ClientError

from adapters import rights
from adapters.registrations import Registration, own_place
from localcloud.mailbox import MAILBOX
from tests import cognito_local
from tests.localcloud.conftest import PASSWORD

pytestmark = pytest.mark.node

STRANGER = "stranger@example.com"


@dataclass
class Identity:
    """One Cognito, whichever it is."""

    cognito: Any
    pool_id: str
    client_id: str
    code: Callable[[], str]

    def sign_up(self, email: str = STRANGER) -> str:
        given = {"ClientId": self.client_id, "Username": email, "Password": PASSWORD}
        attributes = [{"Name": "email", "Value": email}]
        return self.cognito.sign_up(**given, UserAttributes=attributes)["UserSub"]

    def confirm(self, code: str) -> None:
        self.cognito.confirm_sign_up(
            ClientId=self.client_id, Username=STRANGER, ConfirmationCode=code
        )

    def sign_in(self, password: str = PASSWORD) -> dict[str, Any]:
        return self.cognito.initiate_auth(
            AuthFlow="USER_PASSWORD_AUTH",
            ClientId=self.client_id,
            AuthParameters={"USERNAME": STRANGER, "PASSWORD": password},
        )

    def status(self) -> str:
        user = self.cognito.admin_get_user(UserPoolId=self.pool_id, Username=STRANGER)
        return user["UserStatus"]

    def error(self, work: Callable[..., Any], *args: Any) -> str:
        with pytest.raises(ClientError) as refused:
            work(*args)
        return refused.value.response["Error"]["Code"]


@pytest.fixture(scope="module")
def other_address(tmp_path_factory):
    from tests.local_cloud import running_cloud

    folder = tmp_path_factory.mktemp("cognito-local")
    with cognito_local.running(folder, functions_at=running_cloud().addresses.aws) as address:
        yield address


@pytest.fixture(params=["the local cloud", "cognito-local"])
def identity(request, cloud, cognito):
    if request.param == "the local cloud":
        mails = lambda: MAILBOX.mails(STRANGER)[0]["text"]  # noqa: E731
        pool_id, client_id = cloud.addresses.user_pool_id, cloud.addresses.client_id
        return Identity(cognito, pool_id, client_id, lambda: re.search(r"\d{6}", mails())[0])
    other = boto3.client("cognito-idp", endpoint_url=request.getfixturevalue("other_address"))
    pool = other.create_user_pool(PoolName="customers", UsernameAttributes=["email"])["UserPool"]
    client = other.create_user_pool_client(UserPoolId=pool["Id"], ClientName="api")
    client_id = client["UserPoolClient"]["ClientId"]
    return Identity(other, pool["Id"], client_id, lambda: cognito_local.CODE)


def test_who_signs_up_is_not_confirmed_and_cannot_sign_in(identity):
    identity.sign_up()

    assert identity.status() == "UNCONFIRMED"
    assert identity.error(identity.sign_in) == "UserNotConfirmedException"


def test_a_wrong_code_confirms_nobody(identity):
    identity.sign_up()
    wrong = f"{(int(identity.code()) + 1) % 1_000_000:06d}"

    assert identity.error(identity.confirm, wrong) == "CodeMismatchException"
    assert identity.status() == "UNCONFIRMED"


def test_the_right_code_confirms_and_tells_our_trigger(identity):
    sub = identity.sign_up()

    identity.confirm(identity.code())

    assert identity.status() == "CONFIRMED"
    row = rights.read_permission(sub)
    assert row.tenant_id == own_place(Registration(sub, STRANGER)).tenant_id


def test_an_address_is_had_once(identity):
    identity.sign_up()

    assert identity.error(identity.sign_up) == "UsernameExistsException"


def test_the_token_says_who_it_is(identity):
    sub = identity.sign_up()
    identity.confirm(identity.code())

    token = identity.sign_in()["AuthenticationResult"]["IdToken"]

    claims = jwt.decode(token, options={"verify_signature": False})
    assert (claims["sub"], claims["email"]) == (sub, STRANGER)
    assert (claims["token_use"], claims["aud"]) == ("id", identity.client_id)


def test_who_was_invited_must_choose_a_password(identity):
    identity.cognito.admin_create_user(
        UserPoolId=identity.pool_id,
        Username=STRANGER,
        TemporaryPassword=PASSWORD,
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": "email", "Value": STRANGER}],
    )

    assert identity.sign_in()["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    assert identity.status() == "FORCE_CHANGE_PASSWORD"
