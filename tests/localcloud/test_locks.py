"""One call of a service at a time, and never a wait behind a long poll."""

import threading
import time

import pytest

from localcloud.locks import LOCKS, OneAtATime, service_of

COGNITO = {"HTTP_X_AMZ_TARGET": "AWSCognitoIdentityProviderService.InitiateAuth"}


def signed_for(service):
    credential = f"Credential=local/20261121/eu-central-1/{service}/aws4_request"
    return {"HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 {credential}, Signature=0"}


@pytest.fixture
def most_at_once(in_threads):
    """Return how many of eight calls are inside the application at the same moment."""

    def most_at_once(*requests):
        inside, seen = [], []

        def application(environ, start_response):
            inside.append(environ)
            time.sleep(0.02)
            seen.append(len(inside))
            inside.pop()
            return []

        locked = OneAtATime(application)
        in_threads(8, lambda number: locked(dict(requests[number % len(requests)]), None))
        return max(seen)

    return most_at_once


@pytest.mark.parametrize("request_of", [signed_for("dynamodb"), signed_for("ses"), COGNITO])
def test_calls_of_a_service_come_one_after_another(most_at_once, request_of):
    assert most_at_once(request_of) == 1


def test_signed_and_unsigned_calls_of_cognito_share_a_lock(most_at_once):
    assert most_at_once(signed_for("cognito-idp"), COGNITO) == 1


def test_long_polls_wait_for_nobody(most_at_once):
    assert most_at_once(signed_for("sqs")) > 1


def test_services_do_not_wait_for_each_other(most_at_once):
    assert most_at_once(signed_for("dynamodb"), signed_for("s3")) == 2


def test_a_call_that_fails_gives_its_lock_back(most_at_once):
    def broken(environ, start_response):
        raise RuntimeError

    with pytest.raises(RuntimeError):
        OneAtATime(broken)(signed_for("dynamodb"), None)

    assert most_at_once(signed_for("dynamodb")) == 1


def test_a_lock_can_be_let_go_for_a_while():
    entered = threading.Event()

    def other():
        with LOCKS.held("test"):
            entered.set()

    with LOCKS.held("test"):
        thread = threading.Thread(target=other)
        thread.start()
        waited = not entered.wait(0.05)
        with LOCKS.let_go("test"):
            came_in = entered.wait(5)
        thread.join()

    assert (waited, came_in) == (True, True)


def test_a_presigned_address_tells_its_service():
    credential = "local%2F20261121%2Feu-central-1%2Fs3%2Faws4_request"

    assert service_of({"QUERY_STRING": f"X-Amz-Credential={credential}&X-Amz-Date=0"}) == "s3"


def test_a_request_of_nobody_has_no_service():
    assert service_of({"QUERY_STRING": "", "PATH_INFO": "/"}) == ""
