"""The first page of the account."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from tenants import account_overview, account_pages
from tenants.account_access import MemberRequest, signed_in


@require_GET
@signed_in(may="see overview")
def overview(request: MemberRequest) -> HttpResponse:
    context = account_overview.overview_of(request.member)
    return account_pages.page(request, "tenants/account/overview.html", context)
