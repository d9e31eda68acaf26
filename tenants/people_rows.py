"""Invitations that cannot become a person, because the address has an account elsewhere."""

from typing import ClassVar

from django.db import models


class Invitation(models.Model):
    """To the customer who sent it, it looks as any other: who has an account is not told."""

    tenant = models.ForeignKey(
        "tenants.Tenant", on_delete=models.CASCADE, related_name="invitations"
    )
    email = models.EmailField(max_length=150, db_index=True)
    full_name = models.CharField(max_length=150)
    role = models.CharField(max_length=10)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "email"], name="one_invitation_per_address")
        ]

    def __str__(self) -> str:
        return self.email
