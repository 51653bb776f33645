"""The pairs of who waits already; tables that churn are vacuumed by the hundred rows, not by the fifth of their size."""

from django.db import migrations

_CHURNING = (
    "matching_poolentry",
    "matching_poolpair",
    "matching_seat",
    "matching_searchmessage",
    "delivery_outboxmessage",
)
_SETTINGS = {
    "autovacuum_vacuum_scale_factor": 0.01,
    "autovacuum_vacuum_threshold": 500,
    "autovacuum_vacuum_cost_delay": 0,
    "autovacuum_analyze_scale_factor": 0.02,
    "autovacuum_analyze_threshold": 500,
}
_OFTEN = ", ".join(f"{name} = {value}" for name, value in _SETTINGS.items())
_AS_BEFORE = ", ".join(_SETTINGS)


class Migration(migrations.Migration):
    dependencies = [
        ("delivery", "0001_initial"),
        ("matching", "0002_pairs_listeners_reunions_and_tallies"),
    ]

    operations = [
        migrations.RunSQL("UPDATE matching_poolentry SET since = since", migrations.RunSQL.noop),
        *(
            migrations.RunSQL(f"ALTER TABLE {table} SET ({_OFTEN})", f"ALTER TABLE {table} RESET ({_AS_BEFORE})")
            for table in _CHURNING
        ),
    ]
