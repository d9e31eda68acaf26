"""A custom domain leads to a stage by its base path mappings.

https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html
"""

import pytest

DOMAIN = "api.customer-portal.example"


@pytest.fixture
def map_domain(gateway):
    (api,) = gateway.get_rest_apis()["items"]

    def map_domain(base_path="", stage="local"):
        if DOMAIN not in [each["domainName"] for each in gateway.get_domain_names()["items"]]:
            gateway.create_domain_name(
                domainName=DOMAIN, endpointConfiguration={"types": ["REGIONAL"]}
            )
        mapping = {"basePath": base_path} if base_path else {}
        mapping |= {"stage": stage} if stage else {}
        gateway.create_base_path_mapping(domainName=DOMAIN, restApiId=api["id"], **mapping)

    return map_domain


@pytest.fixture
def call_domain(call, token, make_key):
    """Call a path of the domain: the address is the gateway's, the Host header the domain's."""
    key = make_key().value
    # The fixture's address ends in the stage; on the domain the path begins where it ends.
    return lambda path: call(
        path="/.." + path, token=token, key=key, headers={"Host": DOMAIN}, allow_redirects=False
    )


def paths(event):
    return event["path"], event["requestContext"]["path"], event["requestContext"]["stage"]


def test_a_domain_without_base_path_leads_to_its_stage(map_domain, call_domain, echo):
    map_domain()

    assert call_domain("/v1/me").status_code == 200
    assert paths(echo[0]) == ("/v1/me", "/v1/me", "local")
    assert echo[0]["resource"] == "/v1/me"
    assert echo[0]["requestContext"]["domainName"] == DOMAIN
    assert echo[0]["requestContext"]["domainPrefix"] == "api"


def test_a_base_path_chooses_and_stays_in_what_the_function_is_told(map_domain, call_domain, echo):
    map_domain("optimiser")

    assert call_domain("/optimiser/v1/me").status_code == 200
    assert paths(echo[0]) == ("/optimiser/v1/me", "/optimiser/v1/me", "local")
    assert echo[0]["resource"] == "/v1/me"


def test_a_mapping_without_a_stage_takes_it_from_the_path(map_domain, call_domain, echo):
    map_domain("optimiser", stage="")

    assert call_domain("/optimiser/local/v1/me").status_code == 200
    assert paths(echo[0])[:2] == ("/optimiser/local/v1/me", "/optimiser/local/v1/me")


@pytest.mark.parametrize("path", ["/v1/me", "/other/v1/me", "/"])
def test_a_path_without_a_mapping_is_forbidden(map_domain, call_domain, echo, path):
    map_domain("optimiser")

    response = call_domain(path)

    assert (response.status_code, response.json()) == (403, {"message": "Forbidden"})
    assert response.headers["x-amzn-ErrorType"] == "ForbiddenException"
    assert echo == []


def test_the_stage_is_no_part_of_a_mapped_path(map_domain, call_domain, echo):
    """https://repost.aws/knowledge-center/api-gateway-403-custom-domain"""
    map_domain()

    assert call_domain("/local/v1/me").status_code == 404


def test_a_domain_that_is_gone_leads_nowhere(map_domain, call_domain, gateway, echo):
    map_domain()
    gateway.delete_domain_name(domainName=DOMAIN)

    assert call_domain("/v1/me").status_code == 403


def test_the_document_names_the_domain_that_it_was_asked_at(map_domain, call_domain):
    map_domain("optimiser")

    document = call_domain("/optimiser/v1/openapi.json").json()

    assert document["servers"] == [{"url": f"http://{DOMAIN}/optimiser"}]


def test_a_slash_at_the_end_is_told_to_the_function(map_domain, call_domain, echo):
    """A portal behind {proxy+} has pages that end so, and sends away whoever asks without it."""
    map_domain()

    assert call_domain("/v1/me/").status_code == 200
    assert paths(echo[0])[:2] == ("/v1/me/", "/v1/me/")
    assert echo[0]["resource"] == "/v1/me"
