"""What an agreement costs and says: GetAgreementTerms, and its value elsewhere."""

from datetime import datetime
from typing import Any

from localcloud.marketplace.agreements import Agreement
from localcloud.marketplace.products import Product

CURRENCY = "USD"
_UNIT_PRICE = "0.0100"
_CHEAPEST, _STEP = 1200, 5
_EULA = "https://d7umqicpi7263.cloudfront.net/eula/product/standard.txt"


def price_of(product: Product, dimension: str) -> int:
    """Return what one of it costs for the whole term: each level five times the one below."""
    return _CHEAPEST * int(_STEP ** list(product.tiers).index(dimension))


def value_of(agreement: Agreement) -> str:
    if agreement.trial_ends_at:
        return "0.00"
    prices = [price_of(agreement.product, name) * n for name, n in agreement.dimensions.items()]
    return f"{sum(prices)}.00"


def terms_of(agreement: Agreement) -> list[dict[str, Any]]:
    product = agreement.product
    terms = [_legal(), {"supportTerm": {"refundPolicy": "Write to us within 48 hours."}}]
    if agreement.trial_ends_at:
        terms.append(_trial(agreement))
    elif product.is_contract and agreement.is_private:
        terms += _private(agreement)
    elif product.is_contract:
        terms += [_configurable(agreement), _renewal(agreement)]
    if product.is_metered:
        terms.append(_by_use(product))
    if agreement.ends_at:
        terms.append(_validity(agreement, agreement.ends_at))
    return [_named(term, number) for number, term in enumerate(terms, start=1)]


def _named(term: dict[str, Any], number: int) -> dict[str, Any]:
    ((name, content),) = term.items()
    kind = name[0].upper() + name[1:]
    return {name: {"type": kind, "id": f"term-{number}", **content}}


def _legal() -> dict[str, Any]:
    return {"legalTerm": {"documents": [{"type": "StandardEula", "url": _EULA, "version": "1"}]}}


def _configurable(agreement: Agreement) -> dict[str, Any]:
    selector = _duration(agreement)
    cards = [
        {"dimensionKey": name, "price": f"{price_of(agreement.product, name)}.00"}
        for name in agreement.product.tiers
    ]
    chosen = [
        {"dimensionKey": name, "dimensionValue": quantity}
        for name, quantity in agreement.dimensions.items()
    ]
    constraints = {"multipleDimensionSelection": "Allowed", "quantityConfiguration": "Allowed"}
    return {
        "configurableUpfrontPricingTerm": {
            "currencyCode": CURRENCY,
            "rateCards": [
                {
                    "selector": {"type": "Duration", "value": selector},
                    "constraints": constraints,
                    "rateCard": cards,
                }
            ],
            "configuration": {"selectorValue": selector, "dimensions": chosen},
        }
    }


def _renewal(agreement: Agreement) -> dict[str, Any]:
    return {"renewalTerm": {"configuration": {"enableAutoRenew": agreement.auto_renews}}}


def _private(agreement: Agreement) -> list[dict[str, Any]]:
    charge = {"chargeDate": agreement.starts_at, "chargeAmount": value_of(agreement)}
    upfront = {
        "currencyCode": CURRENCY,
        "duration": _duration(agreement),
        "price": value_of(agreement),
        "grants": _grants(agreement),
    }
    return [
        {"fixedUpfrontPricingTerm": upfront},
        {"paymentScheduleTerm": {"currencyCode": CURRENCY, "schedule": [charge]}},
        {"netPaymentTerm": {"paymentDuePeriod": "P30D"}},
    ]


def _trial(agreement: Agreement) -> dict[str, Any]:
    end = agreement.trial_ends_at or agreement.starts_at
    lasts = f"P{(end - agreement.starts_at).days}D"
    return {"freeTrialPricingTerm": {"duration": lasts, "grants": _grants(agreement)}}


def _grants(agreement: Agreement) -> list[dict[str, Any]]:
    return [
        {"dimensionKey": name, "maxQuantity": quantity}
        for name, quantity in agreement.dimensions.items()
    ]


def _by_use(product: Product) -> dict[str, Any]:
    cards = [{"dimensionKey": name, "price": _UNIT_PRICE} for name in product.metered]
    return {"usageBasedPricingTerm": {"currencyCode": CURRENCY, "rateCards": [{"rateCard": cards}]}}


def _validity(agreement: Agreement, ends_at: datetime) -> dict[str, Any]:
    return {
        "validityTerm": {
            "agreementDuration": _duration(agreement),
            "agreementStartDate": agreement.starts_at,
            "agreementEndDate": ends_at,
        }
    }


def _duration(agreement: Agreement) -> str:
    end = agreement.ends_at or agreement.starts_at
    return f"P{(end - agreement.starts_at).days}D"
