"""What tests of staff pages share."""

import pytest
from django.contrib.auth.models import User


@pytest.fixture
def superuser(client, db):
    user = User.objects.create_superuser("root", "root@gatehouse.example")
    client.force_login(user)
    return client
