"""Which customers AWS goes on billing, whatever staff do to their access."""

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from marketplace.models import Agreement
from tenants.models import Tenant


def warnings_of(tenants: Sequence[Tenant]) -> Iterator[str]:
    """Only an active agreement goes on; one sentence a customer, however many they have."""
    active = Agreement.objects.filter(tenant__in=tenants, state=Agreement.State.ACTIVE)
    billed = set(active.values_list("tenant", flat=True))
    for tenant in tenants:
        if tenant.pk in billed:
            words = _("AWS goes on billing %(customer)s until they cancel there.")
            yield words % {"customer": tenant.company}
