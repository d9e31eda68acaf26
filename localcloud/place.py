"""Where the local cloud says it is, and whose account it serves: moto's own."""

REGION = "eu-central-1"
ACCOUNT = "123456789012"
