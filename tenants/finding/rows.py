"""The words by which a company is found: a row for each, so that no search reads every name."""

from typing import ClassVar

from django.db import models


class CompanyWord(models.Model):
    """Follows the customer's company (Tenant.save): folded, as whoever searches folds."""

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="words")
    word = models.CharField(max_length=100, db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "word"], name="one_row_a_word")
        ]

    def __str__(self) -> str:
        return self.word
