13
from django.db import migrations, models
import django.contrib.postgres.fields, django.contrib.postgres.indexes, django.db.models.functions
class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel("A", [("id", models.BigAutoField(primary_key=True)), ("n", models.PositiveIntegerField(db_index=True, default=3)),
            ("s", models.CharField(max_length=20, unique=True)), ("t", models.DateTimeField(auto_now=True)), ("j", models.JSONField(default=dict)),
            ("d", models.DecimalField(max_digits=5, decimal_places=2, null=True))],
            options={"unique_together": {("n", "s")}, "indexes": [models.Index(fields=["-n"], name="i1", condition=models.Q(n__gt=1) | ~models.Q(s="x"))],
                     "constraints": [models.CheckConstraint(check=models.Q(n__lte=models.F("n") + 1), name="c1")]}),
        migrations.CreateModel("B", [("id", models.AutoField(primary_key=True)), ("a", models.ForeignKey(on_delete=models.CASCADE, to="shop.a")),
            ("many", models.ManyToManyField(to="shop.A"))]),
        migrations.AddField("B", "x", models.UUIDField(default="00000000000000000000000000000000")),
        migrations.AlterField("A", "s", models.TextField(null=True)),
        migrations.AlterField("A", "n", models.BigIntegerField()),
        migrations.RenameField("A", "n", "m"),
        migrations.RenameModel("A", "C"),
        migrations.AlterUniqueTogether("C", set()),
        migrations.AddConstraint("C", models.UniqueConstraint(django.db.models.functions.Lower("s"), name="u1")),
        migrations.AddIndex("C", django.contrib.postgres.indexes.GinIndex(fields=["j"], name="g1")),
        migrations.RemoveField("B", "a"),
        migrations.RunSQL(["SELECT 1", ("INSERT INTO t VALUES (%s)", [1])], migrations.RunSQL.noop),
        migrations.SeparateDatabaseAndState(database_operations=[migrations.AlterModelTable("C", "c")], state_operations=[]),
        migrations.RemoveConstraint("C", "c1"),
        migrations.DeleteModel("B"),
    ]
