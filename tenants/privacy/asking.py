"""What a customer's person asks for their own data: the export, and to be erased."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from backoffice import audit
from backoffice.audit import Act
from backoffice.models import Job
from tenants.errors import NotPossible
from tenants.models import ErasureRequest, Member
from tenants.privacy import exporting


def own_exports(member: Member) -> QuerySet[Job, Any]:
    """Exports that this person asked for, newest first."""
    return Job.objects.filter(kind=exporting.KIND, arguments__for_member=member.pk)


def ask_for_export(member: Member, act: Act) -> None:
    """Have their own data collected. Raises NotPossible while it is being done."""
    if any(job.is_unfinished for job in own_exports(member)[:1]):
        raise NotPossible(_("Your data is being collected already."))
    exporting.export_person(member.email, act, for_member=member.pk)


@transaction.atomic
def ask_for_erasure(member: Member, act: Act) -> None:
    """Tell staff. Safe to repeat."""
    _row, made = ErasureRequest.objects.get_or_create(member=member)
    if made:
        audit.record(act, "ask for erasure", member.tenant, after={"email": member.email})


@transaction.atomic
def withdraw(member: Member, act: Act) -> None:
    """Safe to repeat."""
    deleted, _rows = ErasureRequest.objects.filter(member=member).delete()
    if deleted:
        audit.record(act, "withdraw wish for erasure", member.tenant)


def waiting() -> QuerySet[ErasureRequest]:
    return ErasureRequest.objects.all()
