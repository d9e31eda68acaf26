"""Fields of staff forms that work without JavaScript."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.widgets import DATETIME_CLASSES


class MomentInput(forms.DateTimeInput):
    """The browser's own date and time picker."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(attrs={"class": " ".join(DATETIME_CLASSES)}, format="%Y-%m-%dT%H:%M")


class MomentField(forms.DateTimeField):
    """A date and time of day in the reader's time zone, which the form names."""

    widget = MomentInput

    def __init__(self, *, help_text: Any, **kwargs: Any) -> None:
        super().__init__(help_text=help_text, **kwargs)

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> forms.BoundField:
        bound = super().get_bound_field(form, field_name)
        bound.help_text = f"{bound.help_text} {in_zone()}"
        return bound


def not_over(at: datetime) -> None:
    """Refuse a moment that is over."""
    if at <= timezone.now():
        raise ValidationError(_("That moment is over."))


def in_zone() -> str:
    """Name the time zone in which staff read and write moments."""
    return _("Time zone: %(zone)s.") % {"zone": timezone.get_current_timezone_name()}
