"""Who of a customer's people sees and does what in the account: one table."""

from tenants.models import Member

OWNER, DEVELOPER = Member.Role.OWNER, Member.Role.DEVELOPER
BILLING, READ_ONLY = Member.Role.BILLING, Member.Role.READ_ONLY

_EVERYBODY = frozenset(Member.Role)

RIGHTS: dict[str, frozenset[Member.Role]] = {
    "see overview": _EVERYBODY,
    "see usage": _EVERYBODY,
    "see subscription": _EVERYBODY,
    "attach subscription": frozenset({OWNER}),
    "see keys": _EVERYBODY,
    "change keys": frozenset({OWNER, DEVELOPER}),
    "redeem code": frozenset({OWNER, BILLING}),
    "see people": frozenset({OWNER}),
    "change people": frozenset({OWNER}),
    "see domains": frozenset({OWNER}),
    "change domains": frozenset({OWNER}),
    "change own settings": _EVERYBODY,
    "close account": frozenset({OWNER}),
}


def may(member: Member, right: str) -> bool:
    """Raises KeyError for a right that the table does not have."""
    return member.role in RIGHTS[right]
