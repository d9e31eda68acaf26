from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _

# What the pages call the rows of Django and axes, which have names of their own for them.
STAFF_WORDS = {
    "auth.User": (_("person of the staff"), _("people of the staff")),
    "auth.Group": (_("role"), _("roles")),
    "axes.AccessAttempt": (_("locked name"), _("locked names")),
}


class BackofficeConfig(AppConfig):
    name = "backoffice"
    verbose_name = _("Backoffice")

    def ready(self) -> None:
        from backoffice import audit_export, bulk_results  # need the models

        audit_export.register()
        bulk_results.register()
        _name_staff()


def _name_staff() -> None:
    """Only for the pages: migrations go by what the models were declared with."""
    for label, (one, many) in STAFF_WORDS.items():
        meta = apps.get_model(label)._meta
        meta.verbose_name, meta.verbose_name_plural = one, many
        meta.app_config.verbose_name = _("Staff")
