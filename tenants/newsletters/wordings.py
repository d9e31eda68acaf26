"""The sentences to which people say yes. A sentence that somebody read is never changed: write a
new one under a new name, and let the form show that."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

SIGN_UP = "sign-up-1"
ACCOUNT = "account-1"

WORDINGS: Mapping[str, Any] = {
    "sign-up-1": _("Send me product news by e-mail. I can stop this at any time."),
    "account-1": _("Send me product news"),
}
