"""How far each system of AWS agrees with a customer's rows, in words."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tenants.models import Tenant
from tenants.timeline import SYSTEMS, Entry


@dataclass(frozen=True)
class System:
    """`last` is the newest step there, and what it ran into, if it failed."""

    name: str
    holds: str
    colour: str
    word: str
    last: Entry | None = None


def systems_of(tenant: Tenant, last_steps: Iterable[Entry]) -> list[System]:
    steps = {step.source: step for step in last_steps}
    holds = dict(zip(SYSTEMS, (_("logins"), _("keys and plans"), _("who may call")), strict=True))
    return [
        System(name, holds[name], *_word(tenant, steps.get(name)), steps.get(name))
        for name in SYSTEMS
    ]


def _word(tenant: Tenant, last: Entry | None) -> tuple[str, str]:
    """A failed step is the newest in its system until a later attempt comes further."""
    if tenant.is_reconciled:
        return "success", _("Agrees")
    if last and last.detail:
        failed = _("Failed, and waits for staff"), _("Failed, is tried again")
        return ("danger", failed[0]) if tenant.stuck else ("warning", failed[1])
    return "info", _("A change may be on its way")
