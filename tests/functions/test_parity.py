"""Portal and functions give the same reason, for every reason there is."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.utils import timezone

from backoffice.audit import SYSTEM
from campaigns import gatekeeping, redemptions, wording
from campaigns.eligibility import Customer
from campaigns.errors import CodeRefused
from campaigns.models import Batch, Campaign
from functions import redeem_code, validate_code
from tenants.models import Message
from tests.customers import sign_up
from tests.functions.direct import invoked

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)
# The page says nothing of these to a stranger, who only knows an address: a mail does.
TOLD_BY_MAIL = {"new_customers_only", "once_per_customer"}


@dataclass
class Scene:
    """Codes of a campaign, and what can become of them."""

    make_campaign: object
    make_code: object
    max_uses: int

    def code(self, **terms):
        self.campaign = self.make_campaign(**terms)
        return self.another()

    def another(self, **fields):
        return self.make_code(self.campaign, max_uses=self.max_uses, **fields)

    def used_by(self, code, *names, until=None):
        for name in names:
            who = {"customer": Customer(f"{name}@example.com"), "now": timezone.now()}
            if until:
                redemptions.hold_code(code, held_by=name, until=until, **who)
            else:
                redemptions.redeem_code(code, redeemed_by=name, **who)
        return code

    def everybody(self):
        return [f"customer-{number}" for number in range(self.max_uses)]


def misspelled(scene):
    return scene.code()[:-3] + "UUU"


def unknown(scene):
    return "NEVERMADE"


def not_started(scene):
    return scene.code(starts_at=timezone.now() + DAY)


def expired(scene):
    return scene.code(ends_at=timezone.now() - DAY)


def expired_of_itself(scene):
    scene.code()
    return scene.another(expires_at=timezone.now() - DAY)


def used_up(scene):
    return scene.used_by(scene.code(), *scene.everybody())


def held(scene):
    return scene.used_by(scene.code(), *scene.everybody(), until=timezone.now() + DAY)


def paused(scene):
    code = scene.code()
    gatekeeping.pause_campaign(scene.campaign, SYSTEM)
    return code


def revoked(scene):
    code = scene.code()
    Batch.objects.update(state=Batch.State.REVOKED)
    Campaign.objects.update(generation=9)
    gatekeeping.put_in_force(scene.campaign)
    return code


def wrong_domain(scene):
    return scene.code(allowed_domains="optics.example")


def campaign_full(scene):
    scene.used_by(scene.code(cap=1), "customer-1")
    return scene.another()


def new_customers_only(scene):
    code = scene.code(slug="first")
    sign_up(code=code, email="alice@example.com")
    return scene.code(new_customers_only=True)


def once_per_customer(scene):
    scene.used_by(scene.code(once_per_customer=True), "alice")
    return scene.another()


def good(scene):
    return scene.code()


SCENES = [
    misspelled, unknown, not_started, expired, expired_of_itself, used_up, held, paused, revoked,
    wrong_domain, campaign_full, new_customers_only, once_per_customer, good,
]  # fmt: skip

of_every_scene = pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
of_both_kinds = pytest.mark.parametrize("max_uses", [1, 2])


@pytest.fixture
def stage(make_campaign, make_code, max_uses):
    return Scene(make_campaign, make_code, max_uses)


def redeemed_by_the_portal(code, email):
    try:
        sign_up(code=code, email=email)
    except CodeRefused as error:
        return wording.reason(error)
    return "mail" if Message.objects.filter(kind=Message.Kind.NOT_AGAIN).exists() else None


def redeemed_by_the_function(code, email, *, is_known):
    event = {"code": code, "redeemed_by": "order-1", "email": email, "is_known": is_known}
    return invoked(redeem_code, **event)["reason"]


@of_both_kinds
@of_every_scene
def test_a_check_gives_the_same_reason(client, stage, scene):
    code = scene(stage)

    asked = {"code": code, "email": "alice@example.com"}
    page = client.post("/signup/check-code/", asked, headers={"accept": "application/json"}).json()
    told = invoked(validate_code, **asked)

    assert {name: told[name] for name in ("valid", "reason", "tier")} == {
        name: page[name] for name in ("valid", "reason", "tier")
    }
    assert told["valid"] is (told["reason"] is None)


@of_both_kinds
@of_every_scene
def test_a_redemption_is_refused_for_the_same_reason(stage, scene):
    code = scene(stage)
    # Not the very address: whoever has an account gets a mail, whatever the code is.
    email, is_known = "alice+2@example.com", scene is new_customers_only

    # The function first: what it refuses is unspent, and what it spends the portal cannot have.
    function = redeemed_by_the_function(code, email, is_known=is_known)
    if function is None:
        invoked(redeem_code, code=code, redeemed_by="order-1", release=True)
    portal = redeemed_by_the_portal(code, email)

    if function in TOLD_BY_MAIL or scene.__name__ in TOLD_BY_MAIL:
        assert portal == "mail"
    else:
        assert portal == function


def test_every_reason_has_its_scene(make_campaign, make_code):
    names = {scene.__name__ for scene in SCENES}

    assert {kind.code for kind in CodeRefused.__subclasses__()} <= names


@pytest.mark.parametrize("scene", SCENES[:-1], ids=lambda scene: scene.__name__)
@pytest.mark.parametrize("max_uses", [1])
def test_a_scene_is_what_it_is_called(stage, scene):
    reason = redeemed_by_the_function(
        scene(stage), "alice@example.com", is_known=scene is new_customers_only
    )

    wanted = {"unknown": "unusable", "expired_of_itself": "expired"}
    assert reason == wanted.get(scene.__name__, scene.__name__)
