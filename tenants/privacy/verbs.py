"""What staff do with all that is kept about somebody."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from backoffice.audit import Act
from backoffice.job_pages import page_of
from backoffice.models import Job
from backoffice.roles import EXPORT_PERSON as MAY_EXPORT
from backoffice.verbs import Verb
from tenants.privacy import exporting
from tenants.privacy.pseudonyms import is_erased
from tenants.staff_verbs import CUSTOMER_TROUBLES


def _export(row: Any, act: Act) -> Job:
    return exporting.export_person(row.email, act)


_FILE = [
    _("A job writes a ZIP file of JSON. You see its progress and may leave the page."),
    _("Staff who may export people can download it for 7 days; then it is deleted."),
    _("Each download is in the audit trail. Make sure whom you hand it to."),
]

EXPORT_PERSON = Verb(
    name="export-person",
    label=_("Export the person's data"),
    permission=MAY_EXPORT,
    run=_export,
    effects=[
        _("Everything about the person is collected, under all spellings of the address:"),
        _("rows, sign-in, permissions, mails, consents, redeemed codes, and the audit trail."),
        _("Of the customer it has what is about nobody else, usage and agreements included."),
        *_FILE,
    ],
    done=ngettext_lazy("%d export is being made.", "%d exports are being made."),
    icon="folder_zip",
    fits=lambda row: not is_erased(row.email),
    troubles=CUSTOMER_TROUBLES,
    leads_to=page_of,
)
EXPORT_CUSTOMER = Verb(
    name="export-data",
    label=_("Export all data"),
    permission=MAY_EXPORT,
    run=exporting.export_tenant,
    effects=[
        _("Everything about the customer and everything about each of its people is collected."),
        *_FILE,
    ],
    done=ngettext_lazy("%d export is being made.", "%d exports are being made."),
    icon="folder_zip",
    troubles=CUSTOMER_TROUBLES,
    leads_to=page_of,
)
PERSON_VERBS = (EXPORT_PERSON,)
