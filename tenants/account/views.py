"""The first page of the account."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from tenants.account import overview as account_overview
from tenants.account import pages
from tenants.account.sessions import MemberRequest, signed_in
from tenants.usage import rollup


@require_GET
@signed_in(may="see overview")
def overview(request: MemberRequest) -> HttpResponse:
    rollup.refresh(request.member.tenant)
    context = account_overview.overview_of(request.member)
    return pages.page(request, "tenants/account/overview.html", context)
