"""Cognito's users: one per address in any case, within the schema of the pool."""

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def pool(cloud):
    return {"UserPoolId": cloud.addresses.user_pool_id}


@pytest.fixture
def create(cognito, pool):
    def create(email="alice@example.com", *, action="SUPPRESS", password="", **attributes):
        options = {"TemporaryPassword": password} if password else {}
        return cognito.admin_create_user(
            **pool,
            Username=email,
            MessageAction=action,
            UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
            **options,
        )["User"]

    return create


@pytest.fixture
def users(cognito, pool):
    return lambda: cognito.list_users(**pool)["Users"]


@pytest.mark.parametrize("name", ["ALICE@example.com", "alice@EXAMPLE.com", "Alice@Example.com"])
def test_an_address_is_found_in_any_case(cognito, pool, create, name):
    created = create("Alice@Example.com")

    found = cognito.admin_get_user(**pool, Username=name)

    assert found["Username"] == created["Username"]


def test_a_user_is_found_by_sub(cognito, pool, create):
    sub = create()["Username"]

    assert cognito.admin_get_user(**pool, Username=sub)["Username"] == sub


def test_an_address_in_another_case_is_taken(cognito, create, users):
    create("alice@example.com")

    with pytest.raises(cognito.exceptions.UsernameExistsException):
        create("ALICE@example.com")

    assert len(users()) == 1


def test_the_address_of_a_deleted_user_is_free(cognito, pool, create):
    create()
    cognito.admin_delete_user(**pool, Username="alice@example.com")

    create("Alice@example.com")

    assert cognito.admin_get_user(**pool, Username="alice@example.com")


def test_sending_an_invitation_again_makes_no_second_user(create, users):
    first = create()

    again = create("ALICE@example.com", action="RESEND")

    assert again["Username"] == first["Username"]
    assert len(users()) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("custom:tenant_id", "tiny"),
        ("custom:tenant_id", "x" * 256),
        ("custom:unknown", "value"),
        ("unheard_of", "value"),
    ],
)
def test_an_attribute_outside_the_schema_is_refused(cognito, create, users, name, value):
    with pytest.raises(cognito.exceptions.InvalidParameterException):
        create(**{name: value})

    assert users() == []


@pytest.mark.parametrize("email", ["a@b.cd", f"{'x' * 141}@example.com"])
def test_an_address_of_the_wrong_length_is_refused(cognito, create, users, email):
    with pytest.raises(cognito.exceptions.InvalidParameterException):
        create(email)

    assert users() == []


def test_an_address_cannot_be_changed(cognito, pool, create):
    create()

    with pytest.raises(cognito.exceptions.InvalidParameterException, match="cannot be updated"):
        cognito.admin_update_user_attributes(
            **pool,
            Username="alice@example.com",
            UserAttributes=[{"Name": "email", "Value": "mallory@example.com"}],
        )


def test_a_temporary_password_follows_the_policy(cognito, create, users):
    with pytest.raises(cognito.exceptions.InvalidPasswordException):
        create(password="too-short")

    assert users() == []


def test_a_customer_cannot_move_to_another_tenant(cognito, make_customer, log_in):
    make_customer()
    tokens = log_in()

    with pytest.raises(cognito.exceptions.NotAuthorizedException, match="unauthorized attribute"):
        cognito.update_user_attributes(
            AccessToken=tokens["AccessToken"],
            UserAttributes=[{"Name": "custom:tenant_id", "Value": "tenant-2"}],
        )


def test_strangers_cannot_sign_up_where_staff_alone_make_users(cloud, cognito, pool, users):
    cognito.update_user_pool(**pool, AdminCreateUserConfig={"AllowAdminCreateUserOnly": True})

    with pytest.raises(cognito.exceptions.NotAuthorizedException, match="not permitted"):
        cognito.sign_up(
            ClientId=cloud.addresses.client_id,
            Username="mallory@example.com",
            Password="Correct-horse-7-battery",
        )

    assert users() == []


def test_a_protected_pool_is_not_deleted(cognito, pool):
    cognito.update_user_pool(**pool, DeletionProtection="ACTIVE")

    with pytest.raises(ClientError, match="deletion protection"):
        cognito.delete_user_pool(**pool)

    assert cognito.describe_user_pool(**pool)


def test_an_address_with_an_apostrophe_is_an_address(create):
    assert create("o'brien@example.com")
