"""What staff type and choose to import codes."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from backoffice.verbs import VerbForm
from campaigns import import_lines
from campaigns.import_lines import FileRefused
from campaigns.models import MOST_USES, Campaign


class ImportForm(VerbForm):
    """The file, read far enough to say at once when nothing of it can be used."""

    file = forms.FileField(
        label=_("File"),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv,text/plain"}),
        help_text=_("CSV or text in UTF-8, at most 100,000 lines and 5 MB."),
    )
    max_uses = forms.IntegerField(
        label=_("Uses per code"),
        min_value=1,
        max_value=MOST_USES,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("For lines that do not say otherwise."),
    )
    label = forms.CharField(
        label=_("Label"),
        max_length=100,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("For you, to tell batches apart: partner codes 2026."),
    )

    def __init__(
        self,
        data: Any = None,
        files: "MultiValueDict[str, UploadedFile[Any]] | None" = None,
        *,
        campaign: Campaign,
    ) -> None:
        super().__init__(data, rows=[campaign])
        self.files = files or MultiValueDict()
        self.fields["max_uses"].initial = campaign.default_max_uses

    def clean_file(self) -> "UploadedFile[Any]":
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > import_lines.MOST_BYTES:
            most = filesizeformat(import_lines.MOST_BYTES)
            raise forms.ValidationError(gettext("The file is larger than %s.") % most)
        try:
            self.text = import_lines.decode(file.read())
            self.lines = import_lines.count_lines(self.text)
        except FileRefused as error:
            raise forms.ValidationError(str(error)) from error
        return file

    def arguments(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "lines": self.lines,
            "file_name": self.cleaned_data["file"].name,
            "label": self.cleaned_data["label"],
            "max_uses": self.cleaned_data["max_uses"],
        }
