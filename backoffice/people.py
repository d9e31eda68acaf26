"""Staff pages of people: users, groups, and names that are locked after wrong passwords."""

from typing import Any

from axes.models import AccessAttempt
from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextareaWidget

from backoffice import audit, rights
from backoffice.audit import Act, Thing
from backoffice.columns import column, moment
from backoffice.roles import RESET_FACTOR, ROLES, UNLOCK
from backoffice.sign_in import identities, second_factors
from backoffice.staff_pages import ReadOnlyAdmin, StaffAdmin
from backoffice.verbs import Verb

admin.site.unregister(User)
admin.site.unregister(Group)

SIGNED_IN = moment("last_login", _("Last sign-in"))
LAST_TRY = moment("attempt_time", _("Last try"))


def reason_field() -> forms.CharField:
    return forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=_("Kept in the audit trail, for whoever asks later."),
    )


class RightsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Rights to be ticked, each in words."""

    def label_from_instance(self, obj: Any) -> str:
        return rights.words_of(obj)


class StaffAddForm(UserCreationForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["usable_password"].help_text = _(
            "Disabled: they come in by the company's identity provider alone."
        )


class StaffForm(UserChangeForm):  # type: ignore[misc]
    reason = reason_field()

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        words = {
            "is_active": _("Switched off they are out with their next click. Nobody is deleted."),
            "is_staff": _("Without it nobody comes into the backoffice."),
            "groups": _("One for each person. What a group may do stands under Roles."),
        }
        for name in words.keys() & self.fields.keys():
            self.fields[name].help_text = words[name]


class GroupForm(forms.ModelForm):  # type: ignore[type-arg]
    reason = reason_field()

    class Meta:
        model = Group
        fields = ("name", "permissions")


class AuditedAdmin(StaffAdmin):
    """Rows without a service of their own: saving the form writes the audit line."""

    def rights_of(self, row: Any) -> dict[str, Any]:
        return {}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        form.rights_before = self.rights_of(type(obj).objects.get(pk=obj.pk)) if change else {}
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        row: Model = form.instance
        act = Act.of(request.user, form.cleaned_data.get("reason", ""))
        verb = f"{'change' if change else 'create'} {row._meta.model_name}"
        audit.record(act, verb, row, before=form.rights_before, after=self.rights_of(row))


RESET_SECOND_FACTOR = Verb(
    name="reset-second-factor",
    label=_("Reset second factor"),
    permission=RESET_FACTOR,
    run=second_factors.reset,
    effects=[
        _("The authenticator app and the recovery codes stop working; the person is signed out."),
        _("Whoever signs in next with the password sets up another app: make sure it is them."),
    ],
    done=ngettext_lazy("%d second factor is reset.", "%d second factors are reset."),
    icon="phonelink_erase",
    is_danger=True,
    fits=lambda user: second_factors.factor_of(user) is not None,
)


FORGET_SIGN_ON = Verb(
    name="forget-single-sign-on",
    label=_("Forget single sign-on"),
    permission=RESET_FACTOR,
    run=identities.forget,
    effects=[
        _("Whoever the provider says has this person's address is them at the next sign-in."),
        _("Do it when they got a new account there; they stay signed in here."),
    ],
    done=ngettext_lazy(
        "Single sign-on of %d person is forgotten.", "Single sign-on of %d people is forgotten."
    ),
    icon="link_off",
    is_danger=True,
    fits=lambda user: user.identities.exists(),
)


@admin.register(User)
class StaffUserAdmin(AuditedAdmin, UserAdmin):  # type: ignore[type-arg]
    form = StaffForm
    add_form = StaffAddForm
    change_password_form = AdminPasswordChangeForm
    list_display = (
        "username",
        "email",
        "roles",
        "is_active",
        "is_staff",
        moment("last_login", _("Last sign-in")),
    )
    list_filter = ("is_active", "is_staff")
    verbs = (RESET_SECOND_FACTOR, FORGET_SIGN_ON)
    readonly_fields = ("second_factor_state", "sign_on_state")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password", "email", "first_name", "last_name")}),
        (_("Rights"), {"fields": ("is_active", "is_staff", "groups")}),
        (_("Sign-in"), {"fields": ("second_factor_state", "sign_on_state")}),
        (None, {"fields": ("reason",)}),
    )
    add_fieldsets = ((None, {"fields": ("username", "usable_password", "password1", "password2")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only a superuser touches a superuser: a password is as good as the account."""
        is_above = obj is not None and obj.is_superuser and not request.user.is_superuser
        return super().has_change_permission(request, obj) and not is_above

    @column(_("Roles"))
    def roles(self, row: User) -> str:
        return ", ".join(sorted(group.name for group in row.groups.all()))

    @column(_("Authenticator app"))
    def second_factor_state(self, row: User) -> str:
        return second_factors.words_of(row)

    @column(_("Single sign-on"))
    def sign_on_state(self, row: User) -> str:
        return identities.words_of(row)

    def rights_of(self, row: User) -> dict[str, Any]:
        return {
            "email": row.email,
            "is_active": row.is_active,
            "is_staff": row.is_staff,
            "groups": sorted(row.groups.values_list("name", flat=True)),
            "permissions": sorted(row.user_permissions.values_list("codename", flat=True)),
        }

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """A new password has its own page in Django, and this is its only hook."""
        if "password1" in request.POST:
            audit.record(Act.of(request.user), "set password", obj)
        return super().log_change(request, obj, message)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        choice = UnfoldAdminCheckboxSelectMultipleWidget()
        return super().formfield_for_manytomany(db_field, request, **{"widget": choice, **kwargs})


@admin.register(Group)
class StaffGroupAdmin(AuditedAdmin, GroupAdmin):
    form = GroupForm
    filter_horizontal = ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if self.has_change_permission(request, obj):
            return ("name", "permissions", "reason")
        return ("name", "what_they_may")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("what_they_may",)

    def formfield_for_manytomany(
        self, db_field: Any, request: HttpRequest | None = None, **kwargs: Any
    ) -> Any:
        choice = UnfoldAdminCheckboxSelectMultipleWidget()
        kwargs |= {"widget": choice, "form_class": RightsField, "queryset": rights.in_use()}
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    @column(_("What they may do"))
    def what_they_may(self, row: Group) -> str:
        return format_html_join("", "<p>{}</p>", ((line,) for line in rights.lines_of(row)))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The five roles are written in code and set anew by each deploy."""
        return super().has_change_permission(request, obj) and (not obj or obj.name not in ROLES)

    def rights_of(self, row: Group) -> dict[str, Any]:
        codenames = row.permissions.values_list("codename", flat=True)
        return {"name": row.name, "permissions": sorted(codenames)}


def _unlock(attempt: AccessAttempt, act: Act) -> None:
    with transaction.atomic():
        before = {
            "name": attempt.username,
            "from": attempt.ip_address,
            "failures": attempt.failures_since_start,
        }
        # The row of axes calls itself by its time, which names nobody.
        thing = Thing(attempt._meta.label, str(attempt.pk), attempt.username or "")
        audit.record_outside(act, "unlock name", thing, before=before)
        AccessAttempt.objects.filter(pk=attempt.pk).delete()


UNLOCK_NAME = Verb(
    name="unlock",
    label=_("Unlock"),
    permission=UNLOCK,
    run=_unlock,
    effects=[_("The failed tries are forgotten, and the person may sign in at once.")],
    done=ngettext_lazy("%d name is unlocked.", "%d names are unlocked."),
    icon="lock_open",
    leads_to=lambda results: reverse("admin:axes_accessattempt_changelist"),
)


class LockedNameAdmin(ReadOnlyAdmin):
    list_display = ("username", "ip_address", "failures_since_start", "stands", LAST_TRY)
    fields = ("username", "ip_address", "failures_since_start", "stands", LAST_TRY, "user_agent")
    verbs = (UNLOCK_NAME,)
    when_empty = _("No name is locked. Whoever types wrong passwords stands here.")

    def name_row(self, row: AccessAttempt) -> str:
        return row.username or str(row)

    def describe_row(self, row: AccessAttempt) -> str:
        state = {"state": self.stands(row), "address": row.ip_address}
        return gettext("%(state)s, from %(address)s") % state

    @column(_("Now"))
    def stands(self, row: AccessAttempt) -> str:
        until = row.attempt_time + settings.AXES_COOLOFF_TIME
        if row.failures_since_start < settings.AXES_FAILURE_LIMIT or timezone.now() >= until:
            return gettext("not locked")
        at = timezone.localtime(until).strftime("%H:%M %Z")
        return gettext("locked until %(at)s") % {"at": at}
