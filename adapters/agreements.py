"""What the agreement and entitlement APIs of AWS Marketplace say, of one agreement and of all."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters.aws import speaking_to
from adapters.marketplace_notices import Entitled, Names, license_id_of
from adapters.seller import seller_client

# https://docs.aws.amazon.com/marketplace/latest/APIReference/API_marketplace-agreements_SearchAgreements.html
MOST_A_PAGE = 50
# What happens at the end: another agreement follows by itself, or none does.
_FOLLOWED = {"RENEW": True, "REPLACE": True, "EXPIRE": False}


@dataclass(frozen=True)
class Found:
    """A line of a search. `facts` are those of a `Told`, as far as a search says them."""

    names: Names
    updated_at: datetime
    facts: dict[str, Any]

    @property
    def is_active(self) -> bool:
        return bool(self.facts["status"] == "ACTIVE")


def search(
    product_id: str, *, since: datetime | None = None, role_arn: str = ""
) -> Iterator[list[Found]]:
    """Return pages of agreements with us as proposer, the one that changed longest ago first.

    `since`: only those that changed after it. Raises TryLater or Refused.
    """
    asked = _asked(
        ResourceIdentifier=product_id, **({"AfterLastUpdateTime": since} if since else {})
    )
    asked["sort"] = {"sortBy": "LastUpdateTime", "sortOrder": "ASCENDING"}
    return _pages(asked, role_arn)


def of_account(product_id: str, account_id: str, *, role_arn: str = "") -> dict[str, Any]:
    """Return what is said of the agreement that counts of this buyer account: the active one, else
    the one accepted last; nothing if there is none. Raises TryLater or Refused."""
    asked = _asked(ResourceIdentifier=product_id, AcceptorAccountId=account_id)
    lines = [line for page in _pages(asked, role_arn) for line in page]
    found = [line for line in lines if line.facts["accepted_at"]]
    found.sort(key=lambda line: (line.is_active, line.facts["accepted_at"]))
    return found[-1].facts if found else {}


def names_of(agreement_id: str, *, product_id: str, account_id: str, role_arn: str = "") -> Names:
    """Return all names of one agreement, its license among them, which no notice prints as AWS
    wants it back; empty ones if there is none yet. Raises TryLater or Refused."""
    asked = _asked(ResourceIdentifier=product_id, AcceptorAccountId=account_id)
    for page in _pages(asked, role_arn):
        for line in page:
            if line.names.agreement_id == agreement_id:
                return line.names
    return Names()


def _pages(asked: dict[str, Any], role_arn: str) -> Iterator[list[Found]]:
    while True:
        answer = _search(asked, role_arn)
        yield [_found(one) for one in answer.get("agreementViewSummaries", [])]
        if not answer.get("nextToken"):
            return
        asked["nextToken"] = answer["nextToken"]


def _search(asked: dict[str, Any], role_arn: str) -> dict[str, Any]:
    with speaking_to("marketplace-agreement"):
        answer: dict[str, Any] = seller_client(
            "marketplace-agreement", role_arn=role_arn
        ).search_agreements(**asked)
    return answer


def _asked(**filters: Any) -> dict[str, Any]:
    wanted = {"PartyType": "Proposer", "AgreementType": "PurchaseAgreement", **filters}
    return {
        "catalog": "AWSMarketplace",
        "maxResults": MOST_A_PAGE,
        "filters": [{"name": name, "values": [_text(value)]} for name, value in wanted.items()],
    }


def _text(value: Any) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else str(value)


def _found(summary: dict[str, Any]) -> Found:
    proposal = summary.get("proposalSummary", {})
    arn = next((one.get("licenseArn", "") for one in summary.get("entitlements", [])), "")
    return Found(
        names=Names(
            agreement_id=summary["agreementId"],
            license_id=license_id_of(arn),
            license_arn=arn,
            product_id=next((one.get("id", "") for one in proposal.get("resources", [])), ""),
            account_id=summary.get("acceptor", {}).get("accountId", ""),
        ),
        updated_at=summary["lastUpdateTime"],
        facts={
            **_shared(summary),
            "trial_ends_at": summary.get("freeTrialEndTime"),
            "auto_renews": _FOLLOWED.get(summary.get("endTimeBehaviorType", "")),
        },
    )


def _shared(answer: dict[str, Any]) -> dict[str, Any]:
    """What a description and a line of a search say alike."""
    return {
        "status": answer.get("status", ""),
        "offer_id": answer.get("proposalSummary", {}).get("offerId", ""),
        "initial_agreement_id": answer.get("initialAgreementId", ""),
        "accepted_at": answer.get("acceptanceTime"),
        "starts_at": answer.get("startTime"),
        "ends_at": answer.get("endTime"),
    }


def describe(agreement_id: str, *, role_arn: str = "") -> dict[str, Any]:
    """Return the facts of a `Told`, as far as AWS says them. Raises NotThere, TryLater, Refused."""
    with speaking_to("marketplace-agreement"):
        answer = seller_client("marketplace-agreement", role_arn=role_arn).describe_agreement(
            agreementId=agreement_id
        )
    return {
        **_shared(answer),
        "trial_ends_at": answer.get("freeTrialSummary", {}).get("trialEndTime"),
        "auto_renews": _FOLLOWED.get(answer.get("endTimeBehavior", {}).get("type", "")),
    }


def entitlements(
    product_code: str, filters: dict[str, str], *, license_id: str = "", role_arn: str = ""
) -> tuple[Entitled, ...]:
    """Return all that is entitled, page by page: a page may be empty and not the last one.

    With `license_id` only what that license gives: an account may have several.
    """
    asked = {"ProductCode": product_code, "Filter": {k: [v] for k, v in filters.items()}}
    found: list[Entitled] = []
    api = seller_client("marketplace-entitlement", role_arn=role_arn)
    while True:
        with speaking_to("marketplace-entitlement"):
            answer = api.get_entitlements(**asked)
        found += [
            _entitled(one)
            for one in answer.get("Entitlements", [])
            if license_id in one.get("LicenseArn", license_id)
        ]
        if not answer.get("NextToken"):
            return tuple(sorted(found, key=lambda one: one.dimension))
        asked["NextToken"] = answer["NextToken"]


def _entitled(one: dict[str, Any]) -> Entitled:
    value = next(iter(one.get("Value", {}).values()), "")
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return Entitled(one["Dimension"], text, one.get("ExpirationDate"))
