"""Dead letters are found by when they died, and may be tried again by who has the permission."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("delivery", "0001_initial"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="outboxmessage",
            options={"permissions": [("retry_outboxmessage", "Can send again what could not be delivered")]},
        ),
        migrations.AddIndex(
            model_name="outboxmessage",
            index=models.Index(condition=models.Q(("state", "dead")), fields=["closed_at"], name="outbox_dead_by_time"),
        ),
    ]
