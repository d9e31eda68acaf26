"""What a person puts where deployments find it, of a stage that lacks nothing."""

GIVEN = {
    "SECRET_KEY": "s" * 50,
    "DATABASE_URL": "postgres://somebody@nowhere/none",
    "ALLOWED_HOSTS": "portal.example",
    "PORTAL_URL": "https://portal.example",
    "MAIL_FROM": "hello@gatehouse.example",
    "SUPPORT_ADDRESS": "support@gatehouse.example",
}
