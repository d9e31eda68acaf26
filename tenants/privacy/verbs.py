"""What staff do with all that is kept about somebody."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from backoffice.audit import Act
from backoffice.job_pages import page_of
from backoffice.models import Job
from backoffice.roles import ERASE_PERSON as MAY_ERASE
from backoffice.roles import EXPORT_PERSON as MAY_EXPORT
from backoffice.verbs import Verb, VerbForm
from tenants.models import NewsletterSubscription
from tenants.newsletters.kinds import Kind
from tenants.privacy import erasing, exporting, leaving
from tenants.privacy.decisions import reasons_to_keep
from tenants.privacy.persons import person_of
from tenants.privacy.pseudonyms import is_erased
from tenants.staff_verbs import CUSTOMER_TROUBLES


class EraseForm(VerbForm):
    typed = forms.EmailField(
        label=_("E-mail address of the person"),
        help_text=_("Type it as it stands above, so that nobody else is meant."),
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_typed(self) -> str:
        if len(self.rows) != 1:
            raise forms.ValidationError(_now("One person at a time: choose one row."))
        typed = str(self.cleaned_data["typed"]).casefold()
        if typed != self.rows[0].email:
            raise forms.ValidationError(_now("This is not the address. Nobody was erased."))
        return typed

    def arguments(self) -> dict[str, Any]:
        return {}


def _erase(row: Any, act: Act) -> Job:
    return erasing.erase_person(row.email, act)


def _consequences(rows: Sequence[Any]) -> Iterator[str]:
    """What holds for this very person, then what is kept of anybody."""
    for row in rows[:1]:
        person = person_of(row.email)
        yield from leaving.consequences(person)
        there = NewsletterSubscription.objects.filter(
            member__in=person.members, connection__kind=Kind.KIT
        ).exclude(tried_at=None)
        for each in there.select_related("connection"):
            yield _now(
                "%(newsletter)s only lets us unsubscribe: delete the person there by hand."
            ) % {"newsletter": each.connection}
    for reason in reasons_to_keep():
        yield _now("Kept: %(what)s") % {"what": reason}


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
ERASE_PERSON = Verb(
    name="erase-person",
    label=_("Erase the person"),
    permission=MAY_ERASE,
    run=_erase,
    form=EraseForm,
    effects=[
        _("The person is out at once, and a job erases them from every store."),
        _("Sign-in, permissions, mails, links, requests and newsletters are deleted."),
        _("In what stays, name and address give way to a pseudonym, the audit trail included."),
        _("Redemptions of codes stay counted. Mail to the address stays held back if it was."),
        _("This cannot be undone. Export the person's data first if they want it."),
    ],
    done=ngettext_lazy("%d person is being erased.", "%d people are being erased."),
    icon="person_remove",
    is_danger=True,
    fits=lambda row: not is_erased(row.email),
    warnings=_consequences,
    troubles=CUSTOMER_TROUBLES,
    leads_to=page_of,
)
PERSON_VERBS = (EXPORT_PERSON, ERASE_PERSON)
