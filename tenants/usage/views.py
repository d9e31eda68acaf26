"""What a customer's people see of their usage, and the same as a file."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from tenants.account import pages
from tenants.account.sessions import MemberRequest, signed_in
from tenants.usage import csv_file, rollup
from tenants.usage import page as usage_page


@require_GET
@signed_in(may="see usage")
def usage(request: MemberRequest) -> HttpResponse:
    tenant = request.member.tenant
    rollup.refresh(tenant)
    context = usage_page.page_of(tenant, wanted=request.GET.get("day", ""))
    return pages.page(request, "tenants/account/usage.html", context)


@require_GET
@signed_in(may="see usage")
def usage_file(request: MemberRequest) -> HttpResponse:
    tenant = request.member.tenant
    rollup.refresh(tenant)
    page = usage_page.page_of(tenant, wanted=request.GET.get("day", ""))
    return csv_file.answer(page["usage"])
