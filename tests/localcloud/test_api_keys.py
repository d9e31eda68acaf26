"""API keys and usage plans as API Gateway keeps them."""

import pytest


@pytest.fixture
def put_on(gateway):
    def put_on(plan_id, key_id):
        gateway.create_usage_plan_key(usagePlanId=plan_id, keyId=key_id, keyType="API_KEY")

    return put_on


@pytest.fixture
def plans_of(gateway):
    return lambda key: [plan["id"] for plan in gateway.get_usage_plans(keyId=key.id)["items"]]


def test_a_key_is_found_by_the_start_of_its_name(gateway, make_key):
    make_key(name="tenant-1")
    make_key(name="tenant-12")
    make_key(name="other-tenant-1")

    found = gateway.get_api_keys(nameQuery="tenant-1")["items"]

    assert [key["name"] for key in found] == ["tenant-1", "tenant-12"]


def test_keys_come_in_pages(gateway):
    for number in range(30):
        gateway.create_api_key(name=f"key-{number}")

    first = gateway.get_api_keys()
    second = gateway.get_api_keys(position=first["position"])

    assert [len(first["items"]), len(second["items"])] == [25, 5]
    assert "position" not in second


def test_a_paginator_sees_every_key_once(gateway):
    names = {gateway.create_api_key(name=f"key-{number}")["name"] for number in range(7)}

    pages = gateway.get_paginator("get_api_keys").paginate(PaginationConfig={"PageSize": 3})

    found = [key["name"] for page in pages for key in page["items"]]
    assert sorted(found) == sorted(names)


def test_a_key_shows_its_value_only_when_asked(gateway, make_key):
    key = make_key()

    plain = gateway.get_api_key(apiKey=key.id)
    shown = gateway.get_api_key(apiKey=key.id, includeValue=True)

    assert "value" not in plain
    assert shown["value"] == key.value


def test_the_plans_of_a_key_are_found(make_key, make_plan, plans_of):
    key = make_key()
    make_plan()

    assert plans_of(key) == [key.plan_id]


def test_a_key_is_on_one_plan_of_a_stage(gateway, make_key, make_plan, put_on, plans_of):
    key = make_key()

    with pytest.raises(gateway.exceptions.ConflictException):
        put_on(make_plan(), key.id)

    assert plans_of(key) == [key.plan_id]


def test_a_key_is_on_a_plan_once(gateway, make_key, put_on):
    key = make_key()

    with pytest.raises(gateway.exceptions.ConflictException):
        put_on(key.plan_id, key.id)


def test_a_key_can_move_to_another_plan(gateway, make_key, make_plan, put_on, plans_of):
    key, other = make_key(), make_plan()

    gateway.delete_usage_plan_key(usagePlanId=key.plan_id, keyId=key.id)
    put_on(other, key.id)

    assert plans_of(key) == [other]


def test_a_key_that_is_not_on_a_plan_cannot_leave_it(gateway, make_key, make_plan):
    key = make_key()

    with pytest.raises(gateway.exceptions.NotFoundException):
        gateway.delete_usage_plan_key(usagePlanId=make_plan(), keyId=key.id)


def test_a_deleted_key_leaves_its_plan(gateway, make_key):
    key = make_key()

    gateway.delete_api_key(apiKey=key.id)

    assert gateway.get_usage_plan_keys(usagePlanId=key.plan_id)["items"] == []
