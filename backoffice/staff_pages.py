"""What every staff page is made of: lists that stay fast, and verbs behind two doors."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import quote, unquote
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from backoffice import bulk_pages
from backoffice.audit import Act
from backoffice.bulk_pages import Choice
from backoffice.paging import CappedPaginator
from backoffice.related import Link, links_of
from backoffice.verbs import Verb, VerbForm, carry_out

if TYPE_CHECKING:
    UnfoldAdmin = ModelAdmin[Any]
    PlainAdmin = ModelAdmin[Any]
    from django.contrib.admin.views.main import ChangeList
else:
    PlainAdmin = ModelAdmin
    from unfold.admin import ModelAdmin as UnfoldAdmin
    from unfold.views import ChangeList


class StaffList(ChangeList):
    """Says how many rows there are once, below the list, where a capped count is called one."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.full_result_count = self.result_count


class StaffAdmin(UnfoldAdmin):
    """A list that never counts or sorts a whole table, and verbs instead of deletion."""

    verbs: ClassVar[Sequence[Verb]] = ()
    # What the list says, to whoever may see it, while there is no row.
    when_empty: ClassVar[Any] = ""
    paginator = CappedPaginator
    show_full_result_count = False
    sortable_by: ClassVar[tuple[str, ...]] = ()
    list_per_page = 50
    list_max_show_all = 0
    list_disable_select_all = True
    change_form_outer_before_template: str | None = "backoffice/_verb_buttons.html"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[Any]:
        door = self.admin_site.admin_view(self.verb_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_verb"
        return [path("<path:object_id>/do/<slug:verb_name>/", door, name=name), *super().get_urls()]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A form chooses among rows that are there: none is made in a window beside it."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return StaffList

    def allowed_verbs(self, request: HttpRequest) -> list[Verb]:
        """The verbs that this person may use, dangerous ones last."""
        return self._usable(request, None)

    def may_use(self, request: HttpRequest, verb: Verb, row: Any) -> bool:
        """Whether this person may use the verb: on the row, or on any if there is none."""
        return bool(request.user.has_perm(verb.permission))

    def _usable(self, request: HttpRequest, row: Any) -> list[Verb]:
        usable = [verb for verb in self.verbs if self.may_use(request, verb, row)]
        return sorted(usable, key=lambda verb: verb.is_danger)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {
            verb.name: (partial(act_on_list, verb=verb), verb.name, str(verb.label))
            for verb in self.allowed_verbs(request)
        }

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        allowed = {verb.name for verb in self.allowed_verbs(request)}
        asked = set(request.POST.getlist("action"))
        if asked & {verb.name for verb in self.verbs} - allowed:
            raise PermissionDenied
        return super().changelist_view(request, extra_context)

    def verb_view(self, request: HttpRequest, object_id: str, verb_name: str) -> HttpResponse:
        """The row's door: GET shows what would happen, only a POST does it."""
        verb = next((verb for verb in self.verbs if verb.name == verb_name), None)
        if verb is None:
            raise Http404
        row = self.get_object(request, unquote(object_id))
        if not self.may_use(request, verb, row) or not self.has_view_permission(request, row):
            raise PermissionDenied
        if row is None:
            raise Http404
        back = reverse(f"{self._url_name}_change", args=(quote(row.pk),))
        return self.confirm_or_run(request, verb, [row], back=back)

    def confirm_or_run(
        self,
        request: HttpRequest,
        verb: Verb,
        rows: list[Any],
        *,
        back: str,
        choice: Choice | None = None,
    ) -> HttpResponse:
        """Ask, or do it to the rows; a `choice` of more than these is done by a job."""
        is_confirmed = request.method == "POST" and "confirmed" in request.POST
        form = verb.form(request.POST if is_confirmed else None, rows=rows)
        is_preview = "preview" in request.POST
        if is_preview:
            # Whoever only looks owes no reason yet.
            form.errors.pop("reason", None)
        has_changed = bool(choice and choice.has_changed(request))
        if not is_confirmed or is_preview or has_changed or not form.is_valid():
            return self._confirmation(request, verb, rows, form, back, choice)
        act = Act.of(request.user, form.cleaned_data["reason"])
        if choice and choice.is_job:
            return redirect(bulk_pages.start(request, verb, choice, act, form, back=back))
        outcome = carry_out(verb, rows, act, **form.arguments())
        if outcome.results:
            self.message_user(request, verb.done % len(outcome.results), messages.SUCCESS)
        for row, why in outcome.refused:
            refusal = _("%(row)s: %(why)s") % {"row": self.name_row(row), "why": why}
            self.message_user(request, refusal, messages.WARNING)
        leads_to = verb.leads_to(outcome.results) if verb.leads_to and outcome.results else ""
        return redirect(leads_to or back)

    def _confirmation(
        self,
        request: HttpRequest,
        verb: Verb,
        rows: list[Any],
        form: VerbForm,
        back: str,
        choice: Choice | None,
    ) -> HttpResponse:
        shown = rows[: bulk_pages.AT_ONCE] if choice and choice.is_job else rows
        context = {
            **self.admin_site.each_context(request),
            "title": verb.label,
            "verb": verb,
            "warnings": verb.warnings(rows),
            "rows": [
                (self.name_row(row), self.row_url(row), self.describe_row(row)) for row in shown
            ],
            "first_key": shown[0].pk if choice and shown else None,
            "form": form,
            "back": back,
            "checkbox": ACTION_CHECKBOX_NAME,
            "count": choice.count if choice else len(rows),
            "left_out": choice.count - len(shown) if choice else 0,
            "is_list": choice is not None,
            "keys": [row.pk for row in rows] if choice else [],
            "filters": back.partition("?")[2],
            **(choice.shown(request) if choice else {}),
        }
        status = 422 if form.errors else 200
        return TemplateResponse(request, "backoffice/confirm_verb.html", context, status=status)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = kwargs.get("obj")
        if row is not None:
            context["verb_buttons"] = self.verb_buttons(request, row)
            context["row_links"] = self.links(request, row)
            context.update(self.page_context(request, row))
        return super().render_change_form(request, context, *args, **kwargs)

    def verb_buttons(self, request: HttpRequest, row: Any) -> list[dict[str, Any]]:
        return [
            {
                "verb": verb,
                "url": reverse(f"{self._url_name}_verb", args=(quote(row.pk), verb.name)),
            }
            for verb in self._usable(request, row)
            if verb.fits(row)
        ]

    def page_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """Return what the row's page shows besides its fields."""
        return {}

    def links(self, request: HttpRequest, row: Any) -> list[Link]:
        """Return the pages that somebody who looks at this row goes to next."""
        return links_of(request, row)

    def name_row(self, row: Any) -> str:
        """Say what people call this row."""
        return str(row)

    def describe_row(self, row: Any) -> str:
        """Say what tells this row from others of the same name."""
        return ""

    def row_url(self, row: Any) -> str:
        return reverse(f"{self._url_name}_change", args=(quote(row.pk),))

    @property
    def _url_name(self) -> str:
        return f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}"


class ReadOnlyAdmin(StaffAdmin):
    """Rows that services write and staff read."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ServiceSaves(PlainAdmin):
    """For rows that a service saves: Django would open a transaction around it, and the service
    talks to AWS, which never happens inside one. Name it last among the parents."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        view: Any = self
        response: HttpResponse = view._changeform_view(request, *args, **kwargs)
        return response


def act_on_list(page: StaffAdmin, request: HttpRequest, queryset: Any, *, verb: Verb) -> Any:
    """The list's door. It leads back to the list as it was filtered."""
    back = f"{request.path}?{request.POST.get('filters', request.GET.urlencode())}".rstrip("?")
    choice = Choice(page, verb, queryset)
    if trouble := choice.trouble():
        page.message_user(request, trouble, messages.ERROR)
        return redirect(back)
    if job := choice.begun(request):
        return redirect(bulk_pages.page_for(request, job, back=back))
    rows = list(queryset[: bulk_pages.MOST_ROWS])
    return page.confirm_or_run(request, verb, rows, back=back, choice=choice)
