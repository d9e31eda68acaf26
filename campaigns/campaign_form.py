"""The form in which staff set the terms of a campaign."""

from datetime import time
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminTextareaWidget,
)

from campaigns import domains, gatekeeping
from campaigns.domains import NotADomain
from campaigns.models import MOST_USES, Campaign

KINDS = Campaign.CodeKind


class BeginningField(forms.SplitDateTimeField):
    """A moment; a date alone is its first minute."""

    time_of_a_date = time(0, 0)

    def compress(self, data_list: Any) -> Any:
        if data_list and data_list[0] and data_list[1] is None:
            data_list = [data_list[0], self.time_of_a_date]
        return super().compress(data_list)


class EndField(BeginningField):
    """A moment; a date alone is its last minute."""

    time_of_a_date = time(23, 59)


MOMENTS: dict[str, dict[str, Any]] = {
    "starts_at": {
        "form_class": BeginningField,
        "help_text": gettext_lazy("Empty: at once. A date alone: from 00:00 on."),
    },
    "ends_at": {
        "form_class": EndField,
        "help_text": gettext_lazy("Empty: never. A date alone: until 23:59."),
    },
}


class CampaignForm(forms.ModelForm):  # type: ignore[type-arg]
    """The terms of a campaign. Changing them needs a reason; making it is its own."""

    code_kind = forms.ChoiceField(
        label=gettext_lazy("Kind of codes"),
        choices=KINDS.choices,
        widget=UnfoldAdminRadioSelectWidget,
        error_messages={"invalid_choice": gatekeeping.LOCKED_SENTENCE},
    )
    default_max_uses = forms.IntegerField(
        label=gettext_lazy("Uses of a shared code"),
        required=False,
        min_value=1,
        max_value=MOST_USES,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=gettext_lazy(
            "For shared codes only: after so many customers the code is used up. "
            "What a new batch starts from; the batch has the last word."
        ),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=gettext_lazy("Kept in the audit trail, for whoever asks later."),
    )

    class Meta:
        model = Campaign
        fields = (
            "name",
            "slug",
            "tier",
            "access_days",
            "new_customers_only",
            "allowed_domains",
            "refused_domains",
            "confirm_first",
            "starts_at",
            "ends_at",
            "default_max_uses",
            "prefix",
            "cap",
            "tags",
        )
        labels: ClassVar = {"slug": gettext_lazy("Short name")}
        widgets: ClassVar = {
            name: UnfoldAdminTextareaWidget(attrs={"rows": 3})
            for name in ("allowed_domains", "refused_domains")
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = self.instance
        self.locked = gatekeeping.locked_fields(row) if row.pk else ()
        if "reason" in self.fields:
            self.fields["reason"].required = bool(row.pk)
        if "code_kind" in self.fields:
            self._offer_kinds(row)

    def clean_allowed_domains(self) -> str:
        return _one_a_line(self.cleaned_data["allowed_domains"])

    def clean_refused_domains(self) -> str:
        return _one_a_line(self.cleaned_data["refused_domains"])

    def clean(self) -> dict[str, Any] | None:
        super().clean()
        self._refuse_what_is_locked()
        self._read_kind()
        self._refuse_contradictions()
        return self.cleaned_data

    def _offer_kinds(self, row: Campaign) -> None:
        field: Any = self.fields["code_kind"]
        field.initial = row.code_kind
        if "once_per_customer" in self.locked:
            field.choices = [
                each for each in field.choices if KINDS(each[0]).is_once == row.once_per_customer
            ]
        if not KINDS(row.code_kind).is_shared:
            self.initial["default_max_uses"] = None

    def _read_kind(self) -> None:
        """Turn the kind into the two terms that it stands for."""
        if "code_kind" not in self.cleaned_data:
            return
        kind = KINDS(self.cleaned_data["code_kind"])
        self.instance.once_per_customer = kind.is_once
        if not kind.is_shared:
            self.cleaned_data["default_max_uses"] = 1
        elif (self.cleaned_data.get("default_max_uses") or 0) < 2:
            self.add_error("default_max_uses", _("Say how many customers may share one code."))

    def _refuse_what_is_locked(self) -> None:
        """Staff opened the form before the first redemption, or somebody forged one."""
        for name in set(self.locked) & set(self.changed_data):
            self.add_error(name, gatekeeping.LOCKED_SENTENCE)
        cap = self.cleaned_data.get("cap")
        if self.locked and gatekeeping.is_lowered(self.initial.get("cap"), cap):
            self.add_error("cap", _("A code was redeemed: this may only grow."))

    def _refuse_contradictions(self) -> None:
        both = set(self.cleaned_data.get("allowed_domains", "").split())
        both &= set(self.cleaned_data.get("refused_domains", "").split())
        for domain in sorted(both):
            words = _("%(domain)s stands in both lists of domains.")
            self.add_error("refused_domains", words % {"domain": domain})


def _one_a_line(text: str) -> str:
    """Return the domains as the gate has them, each once. Raises ValidationError per wrong line."""
    found: list[str] = []
    wrong: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            found += [domains.ascii_domain(line)] if line.strip() else []
        except NotADomain:
            words = _("Line %(number)d: “%(line)s” is no domain. %(hint)s")
            wrong.append(words % {"number": number, "line": line.strip()[:60], "hint": _hint(line)})
    if wrong:
        raise ValidationError(wrong)
    return "\n".join(dict.fromkeys(found))


def _hint(line: str) -> str:
    if "@" in line:
        return _("Write what stands after the @.")
    if "*" in line:
        return _("Leave the star out: subdomains are included.")
    return _("Write one a line, such as example.com.")
