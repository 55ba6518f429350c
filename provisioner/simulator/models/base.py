"""What the tables have in common: dates from the simulated clock, and whose rows they are."""

from typing import Any, ClassVar

from django.db import models

from provisioner.simulator.runtime import now


class Row(models.Model):
    """A table; OWNER is the lookup that leads from a row to the user who sees it."""

    OWNER: ClassVar[str] = "user"

    class Meta:
        abstract = True


class DatedRow(Row):
    """A row that knows when it was made and last saved."""

    created_date = models.DateTimeField(default=now, editable=False)
    updated_date = models.DateTimeField(default=now, editable=False)

    class Meta:
        abstract = True

    def save(self, **options: Any) -> None:
        self.updated_date = now()
        super().save(**options)


def visible(model: type[Row], user: Any) -> models.QuerySet:
    """The rows of a table that belong to a user; a superuser's are everybody's (docs/alice-api.md#owners)."""
    rows = model.objects.all()
    return rows if user.is_superuser else rows.filter(**{model.OWNER: user})
