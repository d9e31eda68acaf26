"""What is on sale here: the listings of infra/definitions/products.json, as AWS knows them."""

from dataclasses import dataclass, field, fields

from adapters.definitions import definition


@dataclass(frozen=True)
class Product:
    code: str
    id: str
    title: str
    model: str
    pricing: str
    tier: str = ""
    tiers: dict[str, str] = field(default_factory=dict)
    metered: dict[str, str] = field(default_factory=dict)

    @property
    def is_legacy(self) -> bool:
        return self.model == "legacy"

    @property
    def is_contract(self) -> bool:
        """Whether something is paid in advance: a contract, with or without consumption."""
        return self.pricing != "subscription"

    @property
    def is_metered(self) -> bool:
        return bool(self.metered)


def listed_products() -> dict[str, Product]:
    """What AWS does not know of, such as what a contract includes, is left out."""
    known = {each.name for each in fields(Product)}
    return {
        code: Product(code=code, **{name: listing[name] for name in listing if name in known})
        for code, listing in definition("products").items()
    }
