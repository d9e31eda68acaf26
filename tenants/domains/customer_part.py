"""What staff see of a customer's domains on the customer's page: held, claimed, and who asks."""

from django.http import HttpRequest

from tenants.customer_parts import Part
from tenants.domains import looking_times
from tenants.what_waits import Waiting


def part_of(request: HttpRequest, waiting: Waiting) -> Part | None:
    """Return nothing for a customer who never named a domain."""
    if not request.user.has_perm("tenants.view_domain"):
        return None
    held = [(domain, looking_times.released_at(domain)) for domain in waiting.domains]
    if not held and not waiting.claims:
        return None
    facts = {"held": held, "claims": waiting.claims, "asking": waiting.asking}
    return Part("backoffice/_customer_domains.html", facts)
