"""Bios are encrypted where they lie; every person gets a subject id."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import project.encryption

_AT_ONCE = 500


def encrypt_bios(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Read each bio as the plain text it was and write it encrypted, under the newest key."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT recipient_id, bio FROM profiles_profile WHERE bio <> ''")
        while rows := cursor.fetchmany(_AT_ONCE):
            with schema_editor.connection.cursor() as writing:
                writing.executemany(
                    "UPDATE profiles_profile SET bio = %s WHERE recipient_id = %s",
                    [(project.encryption.encrypted(bio), pk) for pk, bio in rows],
                )


def give_subjects(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """PostgreSQL makes a random id for each row that has none."""
    schema_editor.execute("UPDATE profiles_profile SET subject = gen_random_uuid() WHERE subject IS NULL")


class Migration(migrations.Migration):
    dependencies = [("profiles", "0001_initial")]

    operations = [
        migrations.AlterField("profile", "bio", project.encryption.EncryptedTextField(blank=True)),
        migrations.RunPython(encrypt_bios, migrations.RunPython.noop),
        migrations.AddField("profile", "subject", models.UUIDField(null=True)),
        migrations.RunPython(give_subjects, migrations.RunPython.noop),
    ]
