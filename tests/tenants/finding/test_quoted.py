"""Whatever a customer quotes leads to their page: from the list, the page and Ctrl+K alike."""

import hashlib
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from adapters import key_values
from backoffice import audit
from backoffice.request_ids import current_request_id
from tenants.models import (
    ApiKey,
    Domain,
    DomainClaim,
    Invitation,
    Member,
    Promotion,
    SignUp,
    SupportRequest,
    Tenant,
)
from tests.backoffice import rows
from tests.backoffice.doors import list_url, page_url
from tests.customers import wish

pytestmark = pytest.mark.django_db(transaction=True)

KEY = key_values.draw_value("test")
SUB = "8f14e45f-ceea-467f-a1c5-0d6f4d6f1a2b"
FIND = reverse("admin:tenants_find")


def a_sign_up(tenant: Tenant | None = None, email: str = "alice@example.com", **fields) -> SignUp:
    values = wish(email=email, code="AUTUMN-1").columns()
    return SignUp.objects.create(**{**values, "tenant": tenant, "form_key": uuid.uuid4(), **fields})


@pytest.fixture
def ames():
    """A customer who can quote a lot, beside one who can quote as much of their own."""
    rows.a_customer("Burr Tools", "bob@burr.example")
    ApiKey.objects.update(last4="qq11")
    tenant = rows.a_customer("Ämes & Söhne Optics", "alice@ames.example")
    member = tenant.members.get()
    Member.objects.filter(pk=member.pk).update(user_id=SUB, identity="alice@old.example")
    tenant.keys.update(sha256=hashlib.sha256(KEY.encode()).hexdigest(), key_id="k3yid00001")
    Invitation.objects.create(tenant=tenant, email="carl@else.example", full_name="C", role="owner")
    rows.a_request(member, pk=4711)
    rows.an_agreement(
        tenant=tenant, agreement_id="agmt-Quoted", license_id="l-0123", account_id="444455556666"
    )
    sign_up = a_sign_up(tenant, pk=uuid.UUID(int=7))
    batch = rows.a_batch()
    rows.a_redemption(batch, code="AUTVMNC0DE1234X", redeemed_by=str(sign_up.pk))
    promotion = Promotion.objects.create(
        tenant=tenant, member=member, code="W1NTER", pk=uuid.UUID(int=9)
    )
    rows.a_redemption(batch, code="W1NTER2026", redeemed_by=str(promotion.pk))
    token = current_request_id.set("req-12345678")
    audit.record(audit.SYSTEM, "suspend", tenant)
    current_request_id.reset(token)
    Domain.objects.create(tenant=tenant, name="lenses.example")
    member = tenant.members.first()
    later = timezone.now() + timedelta(days=1)
    DomainClaim.objects.create(
        tenant=tenant, name="prisms.example", asked_by=member, expires_at=later
    )
    return tenant


QUOTED = {
    "company": "ämes",
    "company without accents": "AMES sohne",
    "a word of the company": "opti",
    "e-mail": "alice@ames.example",
    "e-mail in capitals": "ALICE@Ames.example",
    "beginning of the e-mail": "alice@am",
    "an address with a tag": "alice@old.example",
    "an invitation": "Carl@else",
    "domain": "ames.example",
    "a domain that they hold": "lenses.example",
    "a domain that they are proving": "@Prisms.example",
    "domain with its sign": "@AMES.example",
    "last four": "yz89",
    "last four in capitals": "YZ89",
    "masked key": "ab12…yz89",
    "whole key": KEY,
    "hash of the key": hashlib.sha256(KEY.encode()).hexdigest(),
    "key id": "k3yid00001",
    "Cognito user": SUB.upper(),
    "support request": "#4711",
    "AWS account": "444455556666",
    "agreement": "agmt-Quoted",
    "licence": "arn:aws:license-manager::294406891311:license:l-0123",
    "sign-up": str(uuid.UUID(int=7)),
    "code": "autvmn-cOde-1234-x",
    "promotion": "winter 2026",
    "request id": "req-12345678",
}


@pytest.mark.parametrize("term", QUOTED.values(), ids=QUOTED)
def test_every_door_leads_to_whom_it_is_of(staff, ames, term):
    client = staff("support")

    listed = client.get(list_url(ames), {"q": term}, follow=True)
    found = client.post(FIND, {"quoted": f" {term} "})
    palette = client.get("/admin/search/", {"s": term, "extended": "1"}).content.decode()

    assert listed.redirect_chain[-1][0] == page_url(ames)
    assert "Found by " in listed.content.decode()
    assert found.url == page_url(ames)
    assert page_url(ames) in palette
    assert "Burr Tools" not in palette


def test_a_customer_is_found_by_their_id(staff, ames):
    assert staff("support").post(FIND, {"quoted": ames.pk}).url == page_url(ames)


def test_several_are_listed_with_what_matched(staff, ames):
    burr = Tenant.objects.get(company="Burr Tools")
    Member.objects.create(tenant=burr, email="alice@burr.example", full_name="Al")

    client = staff("support")
    page = client.post(FIND, {"quoted": "alice"}).content.decode()
    listed = client.get(list_url(ames), {"q": "alice"}).content.decode()

    for words in ("E-mail: alice@ames.example", "E-mail: alice@burr.example"):
        assert words in page
        assert words in listed


def test_a_customer_found_by_two_things_is_one_line(staff, ames):
    Member.objects.create(tenant=ames, email="opti@ames.example", full_name="O")
    rows.a_customer("Optimal", "dora@optimal.example")

    page = staff("support").post(FIND, {"quoted": "opti"})

    names = [line["name"] for line in page.context["lines"]]
    assert sorted(names) == ["Optimal", "Ämes & Söhne Optics"]
    [line] = [each for each in page.context["lines"] if each["name"] == ames.company]
    assert len(line["hits"]) == 2


def test_a_sign_up_that_is_nobody_s_account_is_found(staff, ames):
    row = a_sign_up(email="newcomer@example.com")

    assert staff("support").post(FIND, {"quoted": "newcomer@"}).url == page_url(row)


def test_nothing_found_says_what_was_looked_for_and_what_helps(staff, ames):
    page = staff("support").post(FIND, {"quoted": "zzz.example"}).content.decode()

    assert "Nothing matches" in page
    assert "Domain of e-mail" in page
    assert "Ask for another of their e-mail addresses" in page


def test_the_list_offers_to_look_everywhere(staff, ames):
    row = a_sign_up(email="newcomer@example.com")
    client = staff("support")

    page = client.get(list_url(ames), {"q": "newcomer"}).content.decode()

    assert "Look everywhere" in page
    assert 'name="quoted" value="newcomer"' in page
    assert client.post(FIND, {"quoted": "newcomer"}).url == page_url(row)


def test_the_palette_leads_to_the_page_where_nothing_matches(staff, ames):
    page = staff("support").get("/admin/search/", {"s": "zzz", "extended": "1"}).content.decode()

    assert f'href="{FIND}"' in page


def test_of_one_letter_find_asks_for_another(staff, ames):
    page = staff("support").post(FIND, {"quoted": "a"}).content.decode()

    assert "type two or more" in page


def test_a_whole_key_leaves_the_address_before_anything_is_shown(staff, ames):
    answer = staff("support").get(list_url(ames), {"q": KEY})

    assert KEY not in answer.url
    assert hashlib.sha256(KEY.encode()).hexdigest() in answer.url


def test_a_key_that_nobody_has_is_not_shown_again(staff, ames):
    unknown = key_values.draw_value("test")

    page = staff("support").post(FIND, {"quoted": unknown}).content.decode()

    assert "It was looked for as: API key." in page
    assert unknown not in page


def test_marketing_finds_nobody(staff, ames):
    assert staff("marketing").post(FIND, {"quoted": "ames"}).status_code == 403


def test_what_one_may_not_see_is_not_looked_at(staff, ames, django_user_model):
    from django.contrib.auth.models import Permission

    client = staff("support")
    client.user.groups.clear()
    client.user.user_permissions.add(Permission.objects.get(codename="view_tenant"))

    page = client.post(FIND, {"quoted": "444455556666"}).content.decode()

    assert "Nothing matches" in page
    assert "Agreement" not in page


def test_a_renamed_company_is_found_by_its_new_name_alone(staff, ames):
    ames.company = "Zeta Lenses"
    ames.save(update_fields=["company"])
    client = staff("support")

    assert client.post(FIND, {"quoted": "zeta"}).url == page_url(ames)
    assert client.post(FIND, {"quoted": "optics"}).status_code == 200


def test_a_filter_keeps_the_list(staff, ames):
    page = staff("support").get(list_url(ames), {"q": "ames", "status": "open"})

    assert list(page.context["cl"].result_list) == [ames]


def test_support_requests_of_others_are_left_alone(staff, ames):
    assert SupportRequest.objects.get().pk == 4711
    assert staff("support").post(FIND, {"quoted": "4712"}).status_code == 200
