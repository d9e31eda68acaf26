"""What a customer's people see of their usage, and the same as a file."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from tenants import account_pages, usage_csv, usage_page, usage_rollup
from tenants.account_access import MemberRequest, signed_in


@require_GET
@signed_in(may="see usage")
def usage(request: MemberRequest) -> HttpResponse:
    tenant = request.member.tenant
    usage_rollup.ask_for_look(tenant)
    context = usage_page.page_of(tenant, wanted=request.GET.get("day", ""))
    return account_pages.page(request, "tenants/account/usage.html", context)


@require_GET
@signed_in(may="see usage")
def usage_file(request: MemberRequest) -> HttpResponse:
    page = usage_page.page_of(request.member.tenant, wanted=request.GET.get("day", ""))
    return usage_csv.answer(page["usage"])
