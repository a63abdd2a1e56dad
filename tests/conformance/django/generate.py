"""Cases that are made of lists: each field alone, each field altered into each other, each condition, each default."""

import itertools

# (arguments of a field, a default for it, tags)
FIELDS = [
    ("models.AutoField(primary_key=True)", None, ""),
    ("models.BigAutoField(primary_key=True)", None, ""),
    ("models.SmallAutoField(primary_key=True)", None, ""),
    ("models.BigIntegerField()", "7", ""),
    ("models.BinaryField()", 'b"a\\x00b"', ""),
    ("models.BinaryField(max_length=16)", 'b""', ""),
    ("models.BooleanField()", "True", ""),
    ("models.CharField(max_length=10)", '"x"', ""),
    ("models.CharField(max_length=255)", '""', ""),
    ("models.CharField()", '"x"', "postgres | >=4.2"),
    ("models.CharField(max_length=None)", '"x"', "sqlite | >=5.2"),
    ('models.CharField(choices=[("a", "A"), ("b", "B")], max_length=1)', '"a"', ""),
    ("models.DateField()", "datetime.date(2020, 1, 2)", ""),
    ("models.DateTimeField()", "datetime.datetime(2020, 1, 2, 3, 4, 5, 6, tzinfo=datetime.timezone.utc)", ""),
    ("models.TimeField()", "datetime.time(3, 4, 5)", ""),
    ("models.DecimalField(decimal_places=2, max_digits=10)", 'decimal.Decimal("1.50")', ""),
    ("models.DecimalField(decimal_places=0, max_digits=1)", "0", ""),
    ("models.DurationField()", "datetime.timedelta(days=1, seconds=7200)", ""),
    ("models.EmailField(max_length=254)", '"a@b.c"', ""),
    ('models.FileField(upload_to="x/")', '"x"', ""),
    ("models.FilePathField()", '"/x"', ""),
    ("models.FloatField()", "1.5", ""),
    ("models.GenericIPAddressField()", '"10.0.0.1"', ""),
    ('models.GenericIPAddressField(protocol="IPv4")', '"10.0.0.1"', ""),
    ("models.IPAddressField()", '"10.0.0.1"', ""),
    ("models.IntegerField()", "-1", ""),
    ("models.JSONField()", '{"a": [1, None, True, "it\'s"]}', ""),
    ("models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder)", "dict", ""),
    ("models.NullBooleanField()", "True", "<4.0"),
    ("models.PositiveBigIntegerField()", "5", ""),
    ("models.PositiveIntegerField()", "5", ""),
    ("models.PositiveSmallIntegerField()", "5", ""),
    ("models.SlugField()", '"x"', ""),
    ("models.SlugField(max_length=100, allow_unicode=True)", '"x"', ""),
    ("models.SmallIntegerField()", "5", ""),
    ("models.TextField()", '"zz"', ""),
    ("models.TextField(max_length=50)", '""', ""),
    ("models.URLField()", '"http://x.y"', ""),
    ("models.UUIDField()", 'uuid.UUID("12345678-1234-5678-1234-567812345678")', ""),
    ("pg.fields.ArrayField(base_field=models.IntegerField(), size=None)", "list", "postgres"),
    ("pg.fields.ArrayField(base_field=models.CharField(max_length=5), size=3)", '["a", "b\'c"]', "postgres"),
    ("pg.fields.ArrayField(base_field=pg.fields.ArrayField(base_field=models.IntegerField(), size=2), size=None)", "[[1, 2]]", "postgres"),
    ("pg.fields.ArrayField(base_field=models.DecimalField(decimal_places=2, max_digits=5), size=None)", "list", "postgres"),
    ("pg.fields.ArrayField(base_field=models.PositiveIntegerField(), size=None)", "list", "postgres"),
    ("pg.fields.ArrayField(base_field=models.UUIDField(), size=None)", "list", "postgres"),
    ("pg.fields.ArrayField(base_field=models.DateTimeField(), size=None)", "list", "postgres"),
    ("pg.fields.IntegerRangeField()", None, "postgres"),
    ("pg.fields.BigIntegerRangeField()", None, "postgres"),
    ("pg.fields.DecimalRangeField()", None, "postgres"),
    ("pg.fields.DateTimeRangeField()", None, "postgres"),
    ("pg.fields.DateRangeField()", None, "postgres"),
    ("pg.fields.ranges.IntegerRangeField()", None, "postgres"),
    ("pg.search.SearchVectorField()", None, "postgres"),
    ('models.CharField(db_collation="C", max_length=10)', '"x"', "postgres"),
    ('models.TextField(db_collation="C")', '"x"', "postgres"),
    ('models.CharField(db_collation="nocase", max_length=10)', '"x"', "sqlite"),
    ('models.TextField(db_collation="nocase")', '"x"', "sqlite"),
    ('models.CharField(db_collation="utf8mb4_bin", max_length=10)', '"x"', "mysql"),
    ('models.TextField(db_collation="utf8mb4_bin")', '"x"', "mysql"),
    ('models.IntegerField(db_comment="it\'s \\"x\\"")', "1", ">=4.2"),
    ('models.TextField(db_comment="c", db_collation="C")', '"x"', "postgres | >=4.2"),
    ('models.PositiveIntegerField(db_comment="c", unique=True)', "1", ">=4.2"),
]


def with_option(field, option):
    return field[:-1] + ("" if field.endswith("()") else ", ") + option + ")"


def field_cases():
    for field, default, tags in FIELDS:
        title = f"# Field: {field}" + (f" | {tags}" if tags else "")
        if "AutoField" in field:
            yield f'{title}\nCreateModel("A", [("id", {field}), ("n", models.IntegerField())])\n--\nDeleteModel("a")'
            continue
        lines = [title, f'CreateModel("A", [ID, ("f", {field})])', "--", f'AddField("a", "g", {with_option(field, "null=True")})']
        if default is not None:
            lines += ["--", f'AddField("a", "h", {with_option(field, "default=" + default)})',
                      "--", f'AddField("a", "i", {with_option(field, "default=" + default)}, preserve_default=False)',
                      "--", f'AddField("a", "j", {with_option(field, "null=True, default=" + default)})']
        lines += ["--", 'RemoveField("a", "f")', "--", 'RemoveField("a", "g")', "--", 'DeleteModel("A")']
        yield "\n".join(lines)


OPTIONED = ["models.IntegerField()", "models.CharField(max_length=10)", "models.TextField()", "models.SlugField()",
            "models.UUIDField()", "models.BooleanField()", "models.DecimalField(decimal_places=2, max_digits=5)",
            "models.PositiveIntegerField()", "models.DateTimeField()", "models.JSONField()", "FK(o)", "O2O(o)", 'FK(o, to_field="code")']
OPTIONS = ["unique=True", "db_index=True", "unique=True, db_index=True", 'db_column="Odd"', "null=True, unique=True",
           "null=True, db_index=True", "db_index=False", 'null=True, db_column="select"', "blank=True, editable=False"]
OTHER = 'CreateModel("O", [ID, ("code", models.CharField(max_length=9, unique=True))])'


def is_allowed(field, option):
    """MySQL's indexes want lengths; O2O is unique by itself."""
    return not (field.startswith("O2O") and option.startswith(("unique", "null=True, unique")))


def option_cases():
    for field in OPTIONED:
        other = [OTHER, "--"] if "(o" in field else []
        chosen = [option for option in OPTIONS if is_allowed(field, option)]
        tags = " | not-mysql" if "Text" in field or "JSON" in field else ""
        columns = ", ".join(f'("f{index}", {with_option(related(field, index, "c"), option)})' for index, option in enumerate(chosen))
        lines = [f"# Create with options: {field}{tags}", *other, f'CreateModel("A", [ID, {columns}])']
        yield "\n".join(lines)
        lines = [f"# Add and remove with options: {field}{tags}", *other, 'CreateModel("A", [ID])']
        for index, option in enumerate(chosen):
            nullable = option if "null=" in option else "null=True, " + option
            lines += ["--", f'AddField("a", "f{index}", {with_option(related(field, index, "a"), nullable)})']
        for index in range(len(chosen)):
            lines += ["--", f'RemoveField("a", "f{index}")']
        yield "\n".join(lines)


def related(field, index, prefix):
    return with_option(field, f'related_name="{prefix}{index}"') if "(o" in field else field


# Fields that are altered into each other
PAIRED = ["models.SmallIntegerField()", "models.IntegerField()", "models.BigIntegerField()", "models.PositiveIntegerField()",
          "models.PositiveSmallIntegerField()", "models.CharField(max_length=10)", "models.CharField(max_length=20)",
          "models.CharField(max_length=10, unique=True)", "models.CharField(db_index=True, max_length=30)", "models.TextField()",
          "models.SlugField()", "models.BooleanField()", "models.FloatField()",
          "models.DecimalField(decimal_places=2, max_digits=5)", "models.DecimalField(decimal_places=4, max_digits=9)",
          "models.DateField()", "models.DateTimeField()", "models.TimeField()", "models.DurationField()", "models.UUIDField()",
          "models.BinaryField()", "models.JSONField()", "models.GenericIPAddressField()", "models.URLField(null=True)",
          "models.IntegerField(null=True, unique=True)"]


def pair_cases():
    for source in PAIRED:
        targets = [field for field in PAIRED if field != source]
        columns = ", ".join(f'("f{index}", {source})' for index in range(len(targets)))
        lines = [f"# Alter from {source}", f'CreateModel("A", [ID, {columns}])']
        for index, target in enumerate(targets):
            lines += ["--", f'AlterField("a", "f{index}", {target})']
        yield "\n".join(lines)


TOGGLED = [("models.IntegerField()", "5"), ("models.CharField(max_length=10)", '"it\'s"'), ("models.TextField()", '"a%b"'),
           ("models.BooleanField()", "False"), ("models.JSONField()", "list"), ("FK(o)", "1"),
           ("models.DateTimeField()", "datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone.utc)"),
           ("models.DecimalField(decimal_places=2, max_digits=5)", 'decimal.Decimal("0.10")'),
           ("models.PositiveIntegerField()", "3"), ("models.BinaryField()", 'b"x"'),
           ("models.DurationField()", "datetime.timedelta(0)"), ("models.UUIDField()", 'uuid.UUID(int=5)')]


def toggle_cases():
    for field, default in TOGGLED:
        steps = ["null=True", "", "null=True", f"default={default}", f"default={default}, help_text='x'", "", f"null=True, default={default}",
                 f"default={default}", "null=True", "blank=True", "blank=True, null=True", f"default={default}, null=True", ""]
        other = [OTHER, "--"] if "(o" in field else []
        lines = [f"# Null and default of {field}", *other, f'CreateModel("A", [ID, ("f", {field})])']
        for step in steps:
            lines += ["--", f'AlterField("a", "f", {with_option(field, step) if step else field})']
        lines += ["--", f'AlterField("a", "f", {with_option(field, "null=True")})',
                  "--", f'AlterField("a", "f", {with_option(field, "default=" + default)}, preserve_default=False)']
        yield "\n".join(lines)


def every_edge(count):
    """A walk over all ordered pairs of different states, from state 0."""
    left = {state: [other for other in range(count) if other != state] for state in range(count)}
    stack, walk = [0], []
    while stack:
        if left[stack[-1]]:
            stack.append(left[stack[-1]].pop())
        else:
            walk.append(stack.pop())
    return walk[::-1]


INDEXED = ["models.IntegerField()", "models.CharField(max_length=10)", "models.TextField()", "models.SlugField()", "FK(o)",
           'FK(o, db_constraint=False)', 'FK(o, to_field="code")', "models.GenericIPAddressField()"]


def index_cases():
    states = ["db_index=False", "db_index=True", "unique=True, db_index=False", "unique=True, db_index=True"]
    for field in INDEXED:
        other = [OTHER, "--"] if "(o" in field else []
        tags = " | not-mysql" if "Text" in field else ""
        walk = every_edge(len(states))
        lines = [f"# Index and unique of {field}{tags}", *other, f'CreateModel("A", [ID, ("f", {with_option(field, states[0])})])']
        for state in walk[1:]:
            lines += ["--", f'AlterField("a", "f", {with_option(field, states[state])})']
        yield "\n".join(lines)
    for first, second in itertools.permutations(["models.CharField(max_length=10)", "models.TextField()", "models.IntegerField()"], 2):
        lines = [f"# Index and unique while {first} becomes {second} | not-mysql"]
        edges = list(itertools.product(range(4), repeat=2))
        columns = ", ".join(f'("f{index}", {with_option(first, states[a])})' for index, (a, _) in enumerate(edges))
        lines.append(f'CreateModel("A", [ID, {columns}])')
        for index, (_, b) in enumerate(edges):
            lines += ["--", f'AlterField("a", "f{index}", {with_option(second, states[b])})']
        yield "\n".join(lines)


MODEL = ('CreateModel("A", [ID, ("n", models.IntegerField()), ("m", models.IntegerField(null=True)), ("s", models.CharField(max_length=20)), '
         '("t", models.TextField(null=True)), ("b", models.BooleanField()), ("d", models.DateField()), ("dt", models.DateTimeField()), '
         '("p", models.PositiveIntegerField()), ("dec", models.DecimalField(decimal_places=2, max_digits=5)), ("u", models.UUIDField()), '
         '("du", models.DurationField()), ("f", models.FloatField()), ("j", models.JSONField()), ("parent", FK(a, null=True))])')
LOOKUPS = """
n=1|n__exact=1|n__gt=0|n__gte=0|n__lt=5|n__lte=5|n__in=[1, 2, 3]|n__in=(1,)|n__range=(1, 5)|m__isnull=True|m__isnull=False|m=None
s="x"|s="it's 5% \\\\ x"|s__exact="x"|s__iexact="x"|s__contains="a_b%c"|s__icontains="x"|s__startswith="x"|s__istartswith="x"|s__endswith="x"|s__iendswith="x"
s__in=["a", "b"]|s__regex="^a+$"|s__iregex="^a+$"|s__gt="a"|s__lte="b"|s=""|t__isnull=True|t__contains="x"
b=True|b=False|b__exact=True|b__in=[True, False]|b__isnull=False
d=datetime.date(2020, 1, 2)|d__gt=datetime.date(2020, 1, 2)|d__year=2020|d__month=5|d__year__gte=2000|dt__lte=datetime.datetime(2020, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
dt__date=datetime.date(2020, 1, 2)|d__range=(datetime.date(2020, 1, 2), datetime.date(2021, 1, 2))|d__week_day=1
p__gte=0|p__gte=1|p__lte=100|p__in=[1, 2]|p__range=(1, 2)
dec__gt=decimal.Decimal("1.5")|dec__gte=0|dec=5|f__gt=1.5|f__lte=1|f__gte=0.1
u=uuid.UUID("12345678-1234-5678-1234-567812345678")|u__in=[uuid.UUID("12345678-1234-5678-1234-567812345678")]
du__gt=datetime.timedelta(days=1)|du__gte=datetime.timedelta(0)
parent=1|parent__isnull=True|parent_id=1|parent_id__isnull=False|pk=1|pk__gt=1|id__in=[1, 2]
n=models.F("m")|n__gt=models.F("m")|n__lte=models.F("m") + 1|n__lt=models.F("m") * 2 - models.F("p")|d__lte=models.F("dt")|s=models.F("t")
n__gt=models.F("m") + models.F("p") / 2|n=models.F("m") % 2|n__gte=-models.F("m")|n__gt=models.Value(3)|s=models.Value("x")
s=fn.Lower("s")|s=fn.Upper(models.F("t"))|s__startswith=models.F("t")|n__gte=fn.Length("s")|n=fn.Coalesce("m", 0)|dt__lt=fn.Now()
n__exact=fn.Abs("m")|s=fn.Concat("s", models.Value("x"))|n__lte=fn.Greatest("m", "p")|s=fn.Trim("s")|n__gt=fn.Mod("m", 3)
""".strip()
CONDITIONS = """
models.Q(("n__gt", 0))
models.Q(n__gt=0)
models.Q(("n__gt", 0), ("m__lt", 5))
models.Q(("m__lt", 5), ("n__gt", 0), _connector="OR")
models.Q(("n__gt", 0), _negated=True)
models.Q(("n__gt", 0), ("m__lt", 5), _negated=True)
models.Q(("m__gt", 0), _negated=True)
models.Q(("m__isnull", True), ("t__isnull", False), _connector="OR")
models.Q(("m", 1), _negated=True)
models.Q(("t", "x"), _negated=True)
models.Q(("m__in", [1, 2]), _negated=True)
models.Q(models.Q(("n", 1), ("m", 2)), models.Q(("n", 2), ("m__isnull", True)), _connector="OR")
models.Q(models.Q(("n", 1), _negated=True), ("m", 2))
models.Q(models.Q(("n", 1), ("m", 2), _negated=True), ("p__gt", 2), _connector="OR")
models.Q(models.Q(models.Q(("n", 1), ("m", 2), _connector="OR"), ("p", 3)), ("b", True), _connector="OR")
models.Q(n=1) & models.Q(m=2)
models.Q(n=1) | models.Q(m=2) | models.Q(p=3)
~models.Q(n=1)
~(models.Q(n=1) | models.Q(m=2)) & models.Q(b=True)
models.Q(n=1) & ~models.Q(m=2)
models.Q(("n__in", []), ("m", 1), _connector="OR")
models.Q(("n__gte", models.F("m")), ("s__in", ["x", "y%"]))
models.Q(b=True, n=1, s="x")
""".strip()
NEVER_OR_ALWAYS = ['models.Q(("n__in", []))', 'models.Q(("n__in", []), _negated=True)', 'models.Q(("p__gt", -5))', 'models.Q(("p__lt", -1))',
                   'models.Q(("n__lt", 1 << 40))', 'models.Q(("n__gt", 1 << 40))', 'models.Q(("p__gte", 0), ("p__lt", -1))', 'models.Q()']
CONDITIONS_40 = """
models.Q(django.db.models.lookups.GreaterThan(models.F("n"), models.F("m")))
models.Q(django.db.models.lookups.Exact(fn.Lower("s"), models.F("s")))
models.Q(models.ExpressionWrapper(models.Q(("n__gt", 0)), output_field=models.BooleanField()))
models.Q(models.Q(("n", 1), ("m", 2), _connector="XOR"))
""".strip()


def lookup_lines():
    for line in LOOKUPS.splitlines():
        parts = line.split("|")
        yield "models.Q(" + parts[0].partition("=")[0].split("__")[0] + ")", ["models.Q(%s)" % part for part in parts]


def condition_cases():
    groups = [(f"lookups {index + 1}", conditions, "") for index, (_, conditions) in enumerate(lookup_lines())]
    groups.append(("combinations", CONDITIONS.splitlines(), ""))
    groups.append(("expressions", CONDITIONS_40.splitlines(), " | >=4.1"))
    for name, conditions, tags in groups:
        lines = [f"# Check: {name}{tags}", MODEL]
        for index, condition in enumerate(conditions):
            lines += ["--", f'AddConstraint("a", models.CheckConstraint(CHECK={condition}, name="APP_c{index}"))']
        yield "\n".join(lines)
        lines = [f"# Partial index: {name}{tags}", MODEL]
        for index, condition in enumerate(conditions):
            lines += ["--", f'AddIndex("a", models.Index(condition={condition}, fields=["n"], name="APP_i{index}"))']
        yield "\n".join(lines)
    for condition in NEVER_OR_ALWAYS:
        yield f'# Check of {condition}\n{MODEL}\n--\nAddConstraint("a", models.CheckConstraint(CHECK={condition}, name="APP_c0"))'
        yield f'# Index with {condition}\n{MODEL}\n--\nAddIndex("a", models.Index(condition={condition}, fields=["n"], name="APP_i0"))'
    yield "\n".join([f"# Unique with each combination", MODEL] + [
        f'--\nAddConstraint("a", models.UniqueConstraint(condition={condition}, fields=("n", "s"), name="APP_u{index}"))'
        for index, condition in enumerate(CONDITIONS.splitlines())])
    yield "\n".join([f"# Create with each combination as a check"] + [MODEL[:-1] + ', options={"constraints": [' + ", ".join(
        f'models.CheckConstraint(CHECK={condition}, name="APP_c{index}")'
        for index, condition in enumerate(CONDITIONS.splitlines()[:12])) + "]})"])


EXPRESSIONS = """
fn.Lower("s")|fn.Upper("s")|fn.Lower("s").desc()|models.F("n").desc()|models.F("n").asc()|models.F("n").desc(nulls_last=True)|models.F("n").asc(nulls_first=True)
fn.Length("s")|fn.Abs("n")|fn.Coalesce("m", "n")|fn.Coalesce("m", models.Value(0))|fn.Concat("s", "t", output_field=models.TextField())|fn.Concat("s", models.Value(" "), "t", output_field=models.TextField())
fn.Cast("n", models.CharField(max_length=10))|fn.Cast("s", models.IntegerField())|fn.Cast("n", output_field=models.TextField())|fn.Cast("dec", models.FloatField())
models.F("n") + models.F("m")|models.F("n") + 1|models.F("n") * models.F("m") - 2|-models.F("n")|models.F("n") % 3|models.ExpressionWrapper(models.F("n") * 2, output_field=models.BigIntegerField())
fn.Left("s", 3)|fn.Right("s", 3)|fn.Substr("s", 2)|fn.Substr("s", 2, 3)|fn.Trim("s")|fn.LTrim("s")|fn.Reverse("s")|fn.Repeat("s", 2)|fn.LPad("s", 5)|fn.Replace("s", models.Value("a"), models.Value("b"))
fn.Greatest("n", "m")|fn.Least("n", "m")|fn.NullIf("n", "m")|fn.Mod("n", 3)|fn.Power("n", 2)|fn.Round("f")|fn.Floor("f")|fn.Ceil("f")|fn.Sqrt("f")|fn.Sign("n")|fn.MD5("s")|fn.SHA256("s")
fn.Extract("d", "year")|fn.ExtractYear("d")|fn.ExtractMonth("d")|fn.TruncDate("dt")|fn.TruncMonth("d")|fn.TruncYear("d")
models.Case(models.When(n__gt=0, then=models.Value(1)), default=models.Value(0))|models.Case(models.When(models.Q(("b", True)), then=models.F("n")), default=None, output_field=models.IntegerField())
models.Case(models.When(s="x", then="s"), models.When(models.Q(("s__in", ["a", "b"])), then=models.Value("y")), default=models.Value("z"), output_field=models.CharField())
models.Func(models.F("s"), function="lower")|models.Func("s", function="substr", template="%(function)s(%(expressions)s, 1, 2)")|fn.Chr("n")|fn.Ord("s")|fn.StrIndex("s", models.Value("x"))
fn.JSONObject(a="n")|models.F("j__a")|fn.Collate("s", "C")
""".strip()


def expression_cases():
    for index, line in enumerate(EXPRESSIONS.splitlines()):
        lines = [f"# Index on expressions {index + 1}", MODEL]
        for number, expression in enumerate(line.split("|")):
            lines += ["--", f'AddIndex("a", models.Index({expression}, name="APP_i{number}"))']
        yield "\n".join(lines)
        lines = [f"# Unique on expressions {index + 1} | >=4.0", MODEL]
        for number, expression in enumerate(line.split("|")):
            lines += ["--", f'AddConstraint("a", models.UniqueConstraint({expression}, "p", name="APP_u{number}"))']
        yield "\n".join(lines)
    yield from generated_cases()


GENERATED = [
    ('models.F("n") + models.F("m")', "models.IntegerField()"), ('models.F("n") * 2', "models.BigIntegerField()"),
    ('fn.Upper("s")', "models.CharField(max_length=20)"), ('fn.Lower("t")', "models.TextField()"),
    ('fn.Concat("s", models.Value(" it\'s "), "t", output_field=models.TextField())', "models.TextField()"), ('fn.Coalesce("m", 0)', "models.IntegerField()"),
    ('models.F("n")', "models.IntegerField(db_index=True)"),
    ('models.Case(models.When(n__gt=0, then=models.Value("a")), default=models.Value("b"))', "models.CharField(max_length=1)"),
    ('models.Q(("n__gt", 0))', "models.BooleanField()"), ('fn.Length("s")', "models.PositiveIntegerField()"),
    ('models.F("dec") / 2', "models.DecimalField(decimal_places=2, max_digits=7)"), ('models.Value(5)', "models.IntegerField()"),
    ('fn.Round("f", precision=2)', "models.FloatField()"), ('fn.Cast("n", models.CharField(max_length=9))', "models.CharField(max_length=9, unique=True)"),
]


def generated_cases():
    for persist, tags in (("True", "not-sqlite"), ("True", "sqlite"), ("False", "not-postgres"), ("False", "postgres | >=6.0 | pg>=18")):
        name = f"db_persist={persist} " + tags.split(" ")[0]
        columns = ", ".join(f'("g{index}", models.GeneratedField(db_persist={persist}, expression={expression}, output_field={field}))'
                            for index, (expression, field) in enumerate(GENERATED))
        yield f"# Create generated fields, {name} | >=5.0 | {tags}\n" + MODEL.replace("[ID,", f"[ID, {columns},")
        lines = [f"# Add generated fields, {name} | >=5.0 | {tags}", MODEL]
        for index, (expression, field) in enumerate(GENERATED):
            lines += ["--", f'AddField("a", "g{index}", models.GeneratedField(db_persist={persist}, expression={expression}, output_field={field}))']
        lines += ["--", 'RemoveField("a", "g0")', "--", 'RemoveField("a", "g6")']
        yield "\n".join(lines)


# (field, db_default)
DATABASE_DEFAULTS = [
    ("models.IntegerField(%s)", "5"), ("models.IntegerField(%s)", "models.Value(2)"), ("models.IntegerField(%s)", "models.Value(2) + 3"),
    ("models.IntegerField(%s)", "-1"), ("models.BooleanField(%s)", "True"), ("models.BooleanField(%s)", "models.Value(False)"),
    ("models.CharField(max_length=20, %s)", '"it\'s 5%"'), ("models.CharField(max_length=20, %s)", '""'),
    ("models.CharField(max_length=20, %s)", 'models.Value("x")'), ("models.CharField(max_length=20, %s)", 'fn.Lower(models.Value("X"))'),
    ("models.TextField(%s)", '"zz"'), ("models.DateTimeField(%s)", "fn.Now()"), ("models.DateField(%s)", "fn.Now()"),
    ("models.DateField(%s)", "datetime.date(2020, 1, 2)"), ("models.DateTimeField(%s)", "datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone.utc)"),
    ("models.DecimalField(decimal_places=2, max_digits=5, %s)", 'decimal.Decimal("1.50")'), ("models.FloatField(%s)", "1.5"),
    ("models.FloatField(%s)", "fn.Pi()"), ("models.UUIDField(%s)", 'uuid.UUID(int=5)'), ("models.DurationField(%s)", "datetime.timedelta(hours=1)"),
    ("models.JSONField(%s)", '{"a": 1}'), ("models.JSONField(%s)", 'models.Value({"a": 1}, models.JSONField())'), ("models.JSONField(%s)", "[]"), ("models.BinaryField(%s)", 'b"ab"'), ("models.PositiveIntegerField(%s)", "1"),
    ("models.IntegerField(null=True, %s)", "5"), ("models.IntegerField(null=True, %s)", "None"), ("models.IntegerField(unique=True, %s)", "5"),
    ("models.IntegerField(db_index=True, %s)", "5"), ("models.IntegerField(default=4, %s)", "5"), ("models.SlugField(%s)", '"x"'),
]


def database_default_cases():
    for index, (field, default) in enumerate(DATABASE_DEFAULTS):
        title = f"{field % '…'} db_default={default}"
        with_default, without = field % f"db_default={default}", (field % "").replace(", )", ")")
        yield "\n".join([f"# Database default: {title} | >=5.0", f'CreateModel("A", [ID, ("f", {with_default})])',
                         "--", f'AddField("a", "g", {with_default})', "--", f'AlterField("a", "g", {without})',
                         "--", f'AlterField("a", "f", {without})', "--", f'AlterField("a", "f", {with_default})',
                         "--", 'RemoveField("a", "g")'])


def text():
    return "\n\n".join(itertools.chain(field_cases(), option_cases(), pair_cases(), toggle_cases(), index_cases(),
                                       condition_cases(), expression_cases(), database_default_cases()))
