"""Signing in to RDS by the role that this process has at AWS, without a password."""

from adapters.aws import client


def login_token(*, host: str, port: int, user: str) -> str:
    """Return what PostgreSQL takes for this user's password for 15 minutes.

    It is signed here: AWS is not asked, and hears of it when the database does.
    """
    token: str = client("rds").generate_db_auth_token(DBHostname=host, Port=port, DBUsername=user)
    return token
