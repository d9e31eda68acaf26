"""What a key and a person may do, as stored for the gateway and the token trigger."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from adapters import reading_many, transactions
from adapters.aws import client
from adapters.definitions import name_of
from adapters.errors import Refused, TryLater
from adapters.rights import (
    AccessItem,
    PermissionItem,
    delete_access,
    delete_permission,
    read_access,
    read_permission,
    read_rights,
    write_access,
    write_permission,
    write_rights,
)

KEY = AccessItem("key-1", "tenant-1", "open", "pro", "", "grant:1")
ALICE = PermissionItem(
    "sub-1", "tenant-1", "owner", ("me", "solve"), ("example.com",), "pro", "open"
)
BUSY = {"__type": "InternalServerError"}


def test_access_is_read_as_it_was_written():
    write_access(KEY)

    assert read_access("key-1") == KEY


def test_the_end_of_a_key_is_read_as_it_was_written():
    ending = replace(KEY, ends_at=datetime(2026, 12, 1, 8, 30, 15, tzinfo=UTC))
    write_access(ending)

    assert read_access("key-1") == ending


def test_writing_access_again_replaces_it():
    write_access(KEY)

    write_access(replace(KEY, state="closed", reason="held"))
    write_access(replace(KEY, state="closed", reason="held"))

    assert read_access("key-1") == replace(KEY, state="closed", reason="held")


def test_an_unknown_key_has_no_access():
    assert read_access("key-9") is None


def test_deleting_access_twice_is_no_error():
    write_access(KEY)

    delete_access("key-1")
    delete_access("key-1")

    assert read_access("key-1") is None


def test_a_state_of_a_later_version_reads_as_closed():
    item = {name: {"S": "x"} for name in ("tenant_id", "tier", "reason", "billing_source")}
    item |= {"api_key_id": {"S": "key-1"}, "state": {"S": "half-open"}}
    client("dynamodb").put_item(TableName=name_of("access"), Item=item)

    access = read_access("key-1")

    assert access is not None
    assert access.state == "closed"


@pytest.mark.parametrize(
    ("operation", "call"),
    [
        ("PutItem", lambda: write_access(KEY)),
        ("GetItem", lambda: read_access("key-1")),
        ("DeleteItem", lambda: delete_access("key-1")),
        ("PutItem", lambda: write_permission(ALICE)),
        ("GetItem", lambda: read_permission("sub-1")),
        ("DeleteItem", lambda: delete_permission("sub-1")),
        ("BatchGetItem", lambda: read_rights("sub-1", "key-1")),
        ("TransactWriteItems", lambda: write_rights(ALICE, KEY)),
    ],
)
def test_a_busy_table_says_try_later(dynamodb_answers, operation, call):
    dynamodb_answers(operation, 400, BUSY)

    with pytest.raises(TryLater):
        call()


@pytest.mark.parametrize("read", [lambda: read_access("key-1"), lambda: read_permission("sub-1")])
def test_a_read_is_never_of_a_stale_copy(dynamodb_answers, read):
    asked = dynamodb_answers("GetItem", 200, {})

    read()

    assert json.loads(asked[0])["ConsistentRead"] is True


def test_rights_are_never_read_from_a_stale_copy(dynamodb_answers):
    asked = dynamodb_answers("BatchGetItem", 200, {"Responses": {}})

    read_rights("sub-1", "key-1")

    wanted = json.loads(asked[0])["RequestItems"]
    assert all(table["ConsistentRead"] for table in wanted.values())
    assert len(wanted) == 2


def test_permissions_are_read_as_they_were_written():
    write_permission(ALICE)
    write_permission(ALICE)

    assert read_permission("sub-1") == ALICE


def test_nothing_permitted_and_no_domain_can_be_stored():
    nobody = replace(ALICE, permissions=(), domains=())

    write_permission(nobody)

    assert read_permission("sub-1") == nobody


def test_permissions_are_stored_as_the_token_carries_them():
    write_permission(ALICE)

    key = {"user_id": {"S": "sub-1"}}
    item = client("dynamodb").get_item(TableName=name_of("permissions"), Key=key)["Item"]
    assert item["permissions"] == {"S": "me solve"}


def test_a_permission_of_two_words_is_refused():
    with pytest.raises(ValueError, match="one word"):
        replace(ALICE, permissions=("me solve",))


def test_deleting_a_permission_twice_is_no_error():
    write_permission(ALICE)

    delete_permission("sub-1")
    delete_permission("sub-1")

    assert read_permission("sub-1") is None


def test_both_rights_are_written_and_read_together():
    write_rights(ALICE, KEY)
    write_rights(ALICE, KEY)

    assert read_rights("sub-1", "key-1") == (ALICE, KEY)


def test_rights_that_are_not_there_read_as_none():
    write_rights(None, KEY)
    write_rights(None, None)

    assert read_rights("sub-1", "key-1") == (None, KEY)


def test_keys_left_unprocessed_are_asked_for_again(dynamodb_answers):
    write_rights(ALICE, KEY)
    left = {name_of("access"): {"Keys": [{"api_key_id": {"S": "key-1"}}], "ConsistentRead": True}}
    dynamodb_answers("BatchGetItem", 200, {"Responses": {}, "UnprocessedKeys": left}, times=1)

    _, access = read_rights("sub-1", "key-1")

    assert access == KEY


def test_keys_that_stay_unprocessed_say_try_later(dynamodb_answers):
    left = {name_of("access"): {"Keys": [{"api_key_id": {"S": "key-1"}}], "ConsistentRead": True}}
    asked = dynamodb_answers("BatchGetItem", 200, {"Responses": {}, "UnprocessedKeys": left})

    with pytest.raises(TryLater):
        read_rights("sub-1", "key-1")

    assert len(asked) == reading_many.READ_ATTEMPTS


def test_a_conflict_is_waited_out(dynamodb_answers, cancelled):
    conflict = cancelled("None", "TransactionConflict")
    asked = dynamodb_answers("TransactWriteItems", 400, conflict, times=2)

    write_rights(ALICE, KEY)

    assert len(asked) == 2
    assert read_rights("sub-1", "key-1") == (ALICE, KEY)


def test_a_conflict_that_stays_says_try_later(dynamodb_answers, cancelled):
    asked = dynamodb_answers("TransactWriteItems", 400, cancelled("TransactionConflict"))

    with pytest.raises(TryLater):
        write_rights(ALICE, KEY)

    assert len(asked) == transactions.ATTEMPTS


def test_a_cancellation_for_another_reason_is_not_repeated(dynamodb_answers, cancelled):
    mixed = cancelled("TransactionConflict", "ValidationError")
    asked = dynamodb_answers("TransactWriteItems", 400, mixed)

    with pytest.raises(Refused):
        write_rights(ALICE, KEY)

    assert len(asked) == 1
