/*
 * The migrations of Django's own apps, for projects whose Django is not installed here. What they do to models, and
 * nothing else: texts, validators and managers are left out. They are the same from Django 3.2 to 6.1; a test compares
 * them with the real ones.
 */
#include "framework/django/project.h"

/* clang-format off */
const struct django_contrib_file iw_django_contrib_files[] = {
	{"admin", "0001_initial",
	 "import django.contrib.admin.models\n"
	 "from django.conf import settings\n"
	 "from django.db import migrations, models\n"
	 "class Migration(migrations.Migration):\n"
	 " dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL), ('contenttypes', "
	 "'__first__')]\n"
	 " operations = [migrations.CreateModel(name='LogEntry', fields=[('id', "
	 "models.AutoField(serialize=False, auto_created=True, primary_key=True)), ('action_time', "
	 "models.DateTimeField(auto_now=True)), ('object_id', models.TextField(null=True, blank=True)), "
	 "('object_repr', models.CharField(max_length=200)), ('action_flag', "
	 "models.PositiveSmallIntegerField()), ('change_message', models.TextField(blank=True)), "
	 "('content_type', models.ForeignKey(on_delete=models.SET_NULL, blank=True, null=True, "
	 "to='contenttypes.ContentType')), ('user', models.ForeignKey(to=settings.AUTH_USER_MODEL, "
	 "on_delete=models.CASCADE))], options={'ordering': ['-action_time'], 'db_table': "
	 "'django_admin_log'}, bases=(models.Model,))]\n"
	},
	{"admin", "0002_logentry_remove_auto_add",
	 "from django.db import migrations, models\n"
	 "from django.utils import timezone\n"
	 "class Migration(migrations.Migration):\n"
	 " dependencies = [('admin', '0001_initial')]\n"
	 " operations = [migrations.AlterField(model_name='logentry', name='action_time', "
	 "field=models.DateTimeField(default=timezone.now, editable=False))]\n"
	},
	{"admin", "0003_logentry_add_action_flag_choices",
	 "from django.db import migrations, models\n"
	 "class Migration(migrations.Migration):\n"
	 " dependencies = [('admin', '0002_logentry_remove_auto_add')]\n"
	 " operations = [migrations.AlterField(model_name='logentry', name='action_flag', "
	 "field=models.PositiveSmallIntegerField(choices=[(1, 'Addition'), (2, 'Change'), (3, 'Deletion')]))]\n"
	},
	{"auth", "0001_initial",
	 "import django.contrib.auth.models\n"
	 "from django.contrib.auth import validators\n"
	 "from django.db import migrations, models\n"
	 "from django.utils import timezone\n"
	 "class Migration(migrations.Migration):\n"
	 " dependencies = [('contenttypes', '__first__')]\n"
	 " operations = [migrations.CreateModel(name='Permission', fields=[('id', "
	 "models.AutoField(serialize=False, auto_created=True, primary_key=True)), ('name', "
	 "models.CharField(max_length=50)), ('content_type', models.ForeignKey(to='contenttypes.ContentType', "
	 "on_delete=models.CASCADE)), ('codename', models.CharField(max_length=100))], options={'ordering': "
	 "['content_type__app_label', 'content_type__model', 'codename'], 'unique_together': "
	 "{('content_type', 'codename')}}), migrations.CreateModel(name='Group', fields=[('id', "
	 "models.AutoField(serialize=False, auto_created=True, primary_key=True)), ('name', "
	 "models.CharField(unique=True, max_length=80)), ('permissions', "
	 "models.ManyToManyField(to='auth.Permission', blank=True))], options={}), "
	 "migrations.CreateModel(name='User', fields=[('id', models.AutoField(serialize=False, "
	 "auto_created=True, primary_key=True)), ('password', models.CharField(max_length=128)), "
	 "('last_login', models.DateTimeField(default=timezone.now)), ('is_superuser', "
	 "models.BooleanField(default=False)), ('username', models.CharField(unique=True, max_length=30)), "
	 "('first_name', models.CharField(max_length=30, blank=True)), ('last_name', "
	 "models.CharField(max_length=30, blank=True)), ('email', models.EmailField(max_length=75, "
	 "blank=True)), ('is_staff', models.BooleanField(default=False)), ('is_active', "
	 "models.BooleanField(default=True)), ('date_joined', models.DateTimeField(default=timezone.now)), "
	 "('groups', models.ManyToManyField(to='auth.Group', blank=True, related_name='user_set', "
	 "related_query_name='user')), ('user_permissions', models.ManyToManyField(to='auth.Permission', "
	 "blank=True, related_name='user_set', related_query_name='user'))], options={'swappable': "
	 "'AUTH_USER_MODEL'})]\n"
	},
	{"auth", "0002_alter_permission_name_max_length",
	 "from django.db import migrations, models\n"
	 "class Migration(migrations.Migration):\n"
	 " dependencies = [('auth', '0001_initial')]\n"
	 " operations = [migrations.AlterField(model_name='permission', name='name', "
	 "field=models.CharField(max_length=255))]\n"
	},
	{"auth", "0003_alter_user_email_max_length",
	 "from django.db import migrations, models\n"
	 "class Migration(migrations.Migration):\n"
	 " dependencies = [('auth', '0002_alter_permission_name_max_length')]\n"
	 " operations = [migrations.AlterField(model_name='user', name='email', "
	 "field=models.EmailField(max_length=254, blank=True))]\n"
	},
	{"auth", "0004_alter_user_username_opts",
	 "from django.contrib.auth import validators\n"
	 "from django.db import migrations, models\n"
	 "class Migration(migrations.Migration):\n"
	 " dependencies = [('auth', '0003_alter_user_email_max_length')]\n"
	 " operations = [migrations.AlterField(model_name='user', name='username', "
	 "field=models.CharField(max_length=30, unique=True))]\n"
	},
	{"auth", "0005_alter_user_last_login_null",
	 "from django.db import migrations, models\n"
	 "class Migration(migrations.Migration):\n"
	 " dependencies = [('auth', '0004_alter_user_username_opts')]\n"
	 " operations = [migrations.AlterField(model_name='user', name='last_login', "
	 "field=models.DateTimeField(null=True, blank=True))]\n"
	},
	{"auth", "0006_require_contenttypes_0002",
	 "from django.db import migrations\n"
	 "class Migration(migrations.Migration):\n"
	 " dependencies = [('auth', '0005_alter_user_last_login_null'), ('contenttypes', "
	 "'0002_remove_content_type_name')]\n"
	 " operations = []\n"
	},
	{"auth", "0007_alter_validators_add_error_messages",
	 "from django.contrib.auth import validators\n"
	 "from django.db import migrations, models\n"
	 "class Migration(migrations.Migration):\n"
	 " dependencies = [('auth', '0006_require_contenttypes_0002')]\n"
	 " operations = [migrations.AlterField(model_name='user', name='username', "
	 "field=models.CharField(max_length=30, unique=True))]\n"
	},
	{"auth", "0008_alter_user_username_max_length",
	 "from django.contrib.auth import validators\n"
	 "from django.db import migrations, models\n"
	 "class Migration(migrations.Migration):\n"
	 " dependencies = [('auth', '0007_alter_validators_add_error_messages')]\n"
	 " operations = [migrations.AlterField(model_name='user', name='username', "
	 "field=models.CharField(max_length=150, unique=True))]\n"
	},
	{"auth", "0009_alter_user_last_name_max_length",
	 "from django.db import migrations, models\n"
	 "class Migration(migrations.Migration):\n"
	 " dependencies = [('auth', '0008_alter_user_username_max_length')]\n"
	 " operations = [migrations.AlterField(model_name='user', name='last_name', "
	 "field=models.CharField(blank=True, max_length=150))]\n"
	},
	{"auth", "0010_alter_group_name_max_length",
	 "from django.db import migrations, models\n"
	 "class Migration(migrations.Migration):\n"
	 " dependencies = [('auth', '0009_alter_user_last_name_max_length')]\n"
	 " operations = [migrations.AlterField(model_name='group', name='name', "
	 "field=models.CharField(max_length=150, unique=True))]\n"
	},
	{"auth", "0011_update_proxy_permissions",
	 "import sys\n"
	 "from django.core.management.color import color_style\n"
	 "from django.db import IntegrityError, migrations, transaction\n"
	 "from django.db.models import Q\n"
	 "WARNING = '\\n A problem arose migrating proxy model permissions for {old} to {new}.\\n\\n   "
	 "Permission(s) for {new} already existed.\\n   Codenames Q: {query}\\n\\n Ensure to audit ALL "
	 "permissions for {old} and {new}.\\n'\n"
	 "def update_proxy_model_permissions(apps, schema_editor, reverse=False):\n"
	 " \"\"\"\n"
	 " Update the content_type of proxy model permissions to use the ContentType\n"
	 " of the proxy model.\n"
	 " \"\"\"\n"
	 " style = color_style()\n"
	 " Permission = apps.get_model('auth', 'Permission')\n"
	 " ContentType = apps.get_model('contenttypes', 'ContentType')\n"
	 " alias = schema_editor.connection.alias\n"
	 " for Model in apps.get_models():\n"
	 "  opts = Model._meta\n"
	 "  if not opts.proxy:\n"
	 "   continue\n"
	 "  proxy_default_permissions_codenames = ['%s_%s' % (action, opts.model_name) for action in "
	 "opts.default_permissions]\n"
	 "  permissions_query = Q(codename__in=proxy_default_permissions_codenames)\n"
	 "  for codename, name in opts.permissions:\n"
	 "   permissions_query |= Q(codename=codename, name=name)\n"
	 "  content_type_manager = ContentType.objects.db_manager(alias)\n"
	 "  concrete_content_type = content_type_manager.get_for_model(Model, for_concrete_model=True)\n"
	 "  proxy_content_type = content_type_manager.get_for_model(Model, for_concrete_model=False)\n"
	 "  old_content_type = proxy_content_type if reverse else concrete_content_type\n"
	 "  new_content_type = concrete_content_type if reverse else proxy_content_type\n"
	 "  try:\n"
	 "   with transaction.atomic(using=alias):\n"
	 "    Permission.objects.using(alias).filter(permissions_query, "
	 "content_type=old_content_type).update(content_type=new_content_type)\n"
	 "  except IntegrityError:\n"
	 "   old = '{}_{}'.format(old_content_type.app_label, old_content_type.model)\n"
	 "   new = '{}_{}'.format(new_content_type.app_label, new_content_type.model)\n"
	 "   sys.stdout.write(style.WARNING(WARNING.format(old=old, new=new, query=permissions_query)))\n"
	 "def revert_proxy_model_permissions(apps, schema_editor):\n"
	 " \"\"\"\n"
	 " Update the content_type of proxy model permissions to use the ContentType\n"
	 " of the concrete model.\n"
	 " \"\"\"\n"
	 " update_proxy_model_permissions(apps, schema_editor, reverse=True)\n"
	 "class Migration(migrations.Migration):\n"
	 " dependencies = [('auth', '0010_alter_group_name_max_length'), ('contenttypes', "
	 "'0002_remove_content_type_name')]\n"
	 " operations = [migrations.RunPython(update_proxy_model_permissions, revert_proxy_model_permissions)]\n"
	},
	{"auth", "0012_alter_user_first_name_max_length",
	 "from django.db import migrations, models\n"
	 "class Migration(migrations.Migration):\n"
	 " dependencies = [('auth', '0011_update_proxy_permissions')]\n"
	 " operations = [migrations.AlterField(model_name='user', name='first_name', "
	 "field=models.CharField(blank=True, max_length=150))]\n"
	},
	{"contenttypes", "0001_initial",
	 "import django.contrib.contenttypes.models\n"
	 "from django.db import migrations, models\n"
	 "class Migration(migrations.Migration):\n"
	 " dependencies = []\n"
	 " operations = [migrations.CreateModel(name='ContentType', fields=[('id', "
	 "models.AutoField(serialize=False, auto_created=True, primary_key=True)), ('name', "
	 "models.CharField(max_length=100)), ('app_label', models.CharField(max_length=100)), ('model', "
	 "models.CharField(max_length=100))], options={'ordering': ('name',), 'db_table': "
	 "'django_content_type'}, bases=(models.Model,)), migrations.AlterUniqueTogether(name='contenttype', "
	 "unique_together={('app_label', 'model')})]\n"
	},
	{"contenttypes", "0002_remove_content_type_name",
	 "from django.db import migrations, models\n"
	 "def add_legacy_name(apps, schema_editor):\n"
	 " alias = schema_editor.connection.alias\n"
	 " ContentType = apps.get_model('contenttypes', 'ContentType')\n"
	 " for ct in ContentType.objects.using(alias):\n"
	 "  try:\n"
	 "   ct.name = apps.get_model(ct.app_label, ct.model)._meta.object_name\n"
	 "  except LookupError:\n"
	 "   ct.name = ct.model\n"
	 "  ct.save()\n"
	 "class Migration(migrations.Migration):\n"
	 " dependencies = [('contenttypes', '0001_initial')]\n"
	 " operations = [migrations.AlterModelOptions(name='contenttype', options={}), "
	 "migrations.AlterField(model_name='contenttype', name='name', field=models.CharField(max_length=100, "
	 "null=True)), migrations.RunPython(migrations.RunPython.noop, add_legacy_name, hints={'model_name': "
	 "'contenttype'}), migrations.RemoveField(model_name='contenttype', name='name')]\n"
	},
	{"flatpages", "0001_initial",
	 "from django.db import migrations, models\n"
	 "class Migration(migrations.Migration):\n"
	 " dependencies = [('sites', '0001_initial')]\n"
	 " operations = [migrations.CreateModel(name='FlatPage', fields=[('id', "
	 "models.AutoField(serialize=False, auto_created=True, primary_key=True)), ('url', "
	 "models.CharField(max_length=100, db_index=True)), ('title', models.CharField(max_length=200)), "
	 "('content', models.TextField(blank=True)), ('enable_comments', models.BooleanField(default=False)), "
	 "('template_name', models.CharField(max_length=70, blank=True)), ('registration_required', "
	 "models.BooleanField(default=False)), ('sites', models.ManyToManyField(to='sites.Site'))], "
	 "options={'ordering': ['url'], 'db_table': 'django_flatpage'}, bases=(models.Model,))]\n"
	},
	{"redirects", "0001_initial",
	 "from django.db import migrations, models\n"
	 "class Migration(migrations.Migration):\n"
	 " dependencies = [('sites', '0001_initial')]\n"
	 " operations = [migrations.CreateModel(name='Redirect', fields=[('id', "
	 "models.AutoField(serialize=False, auto_created=True, primary_key=True)), ('site', "
	 "models.ForeignKey(to='sites.Site', on_delete=models.CASCADE)), ('old_path', "
	 "models.CharField(max_length=200, db_index=True)), ('new_path', models.CharField(max_length=200, "
	 "blank=True))], options={'ordering': ['old_path'], 'unique_together': {('site', 'old_path')}, "
	 "'db_table': 'django_redirect'}, bases=(models.Model,))]\n"
	},
	{"redirects", "0002_alter_redirect_new_path_help_text",
	 "from django.db import migrations, models\n"
	 "class Migration(migrations.Migration):\n"
	 " dependencies = [('redirects', '0001_initial')]\n"
	 " operations = [migrations.AlterField(model_name='redirect', name='new_path', "
	 "field=models.CharField(blank=True, max_length=200))]\n"
	},
	{"sessions", "0001_initial",
	 "import django.contrib.sessions.models\n"
	 "from django.db import migrations, models\n"
	 "class Migration(migrations.Migration):\n"
	 " dependencies = []\n"
	 " operations = [migrations.CreateModel(name='Session', fields=[('session_key', "
	 "models.CharField(max_length=40, serialize=False, primary_key=True)), ('session_data', "
	 "models.TextField()), ('expire_date', models.DateTimeField(db_index=True))], options={'abstract': "
	 "False, 'db_table': 'django_session'})]\n"
	},
	{"sites", "0001_initial",
	 "import django.contrib.sites.models\n"
	 "from django.contrib.sites.models import _simple_domain_name_validator\n"
	 "from django.db import migrations, models\n"
	 "class Migration(migrations.Migration):\n"
	 " dependencies = []\n"
	 " operations = [migrations.CreateModel(name='Site', fields=[('id', models.AutoField(serialize=False, "
	 "auto_created=True, primary_key=True)), ('domain', models.CharField(max_length=100)), ('name', "
	 "models.CharField(max_length=50))], options={'ordering': ['domain'], 'db_table': 'django_site'}, "
	 "bases=(models.Model,))]\n"
	},
	{"sites", "0002_alter_domain_unique",
	 "import django.contrib.sites.models\n"
	 "from django.db import migrations, models\n"
	 "class Migration(migrations.Migration):\n"
	 " dependencies = [('sites', '0001_initial')]\n"
	 " operations = [migrations.AlterField(model_name='site', name='domain', "
	 "field=models.CharField(max_length=100, unique=True))]\n"
	},
	{NULL},
};
/* clang-format on */
