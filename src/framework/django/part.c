/*
 * A migration, or one operation of it, run by Django alone: `manage.py shell -c` of the program below, which gives it
 * the models that Django itself would give it (MigrationExecutor's state, and the operations before it), runs it
 * through MigrationExecutor, or Migration.apply() or unapply(), and writes Inchworm's journal in the same transaction;
 * see framework.h. `manage.py migrate` would send pre_migrate and post_migrate, too, whose receivers work with the
 * tables of the last migration and fail in the middle of a history. What Django's own apps make of a renamed model is
 * part of the migration all the same.
 */
#include "framework/django/project.h"

#include <string.h>

/* The models are made before the migration begins, as MigrationExecutor.migrate() does it: the order of columns in
 * tables that are made anew hangs on that. The journal is written first: its row is locked until the end, so that
 * nobody else can run the same operation, and its absence shows another database before anything has run. */
static const char program[] =
	"import os\n"
	"from contextlib import nullcontext\n"
	"from django.apps import apps\n"
	"from django.db import connections\n"
	"from django.db.migrations.executor import MigrationExecutor\n"
	"from django.db.migrations.operations import RenameModel\n"
	"from django.db.transaction import atomic\n"
	"\n"
	"def rename_content_types(state, plan, alias):\n"
	"    if apps.is_installed('django.contrib.contenttypes'):\n"
	"        from django.contrib.contenttypes.management import inject_rename_contenttypes_operations\n"
	"        inject_rename_contenttypes_operations(plan=plan, apps=state.apps, using=alias)\n"
	"\n"
	"def rename_permissions(state, plan, alias):\n"
	"    if apps.is_installed('django.contrib.auth'):\n"
	"        from django.contrib.auth import management\n"
	"        rename = getattr(management, 'rename_permissions_after_model_rename', None)\n"
	"        config = apps.get_app_config(plan[0][0].app_label)\n"
	"        if rename is not None and config.models_module is not None:\n"
	"            rename(config, verbosity=0, plan=plan, using=alias, apps=state.apps)\n"
	"\n"
	"def run_whole(executor, state, migration, is_up, write):\n"
	"    connection, plan = executor.connection, [(migration, not is_up)]\n"
	"    is_renaming = any(isinstance(one, RenameModel) for one in migration.operations)\n"
	"    connection.prepare_database()\n"
	"    state.apps\n"
	"    if is_renaming:\n"
	"        rename_content_types(state, plan, connection.alias)\n"
	"    is_inside = migration.atomic and connection.features.can_rollback_ddl\n"
	"    if is_inside and connection.vendor == 'sqlite':\n"
	"        connection.disable_constraint_checking()\n"
	"    with atomic(connection.alias) if is_inside else nullcontext():\n"
	"        if is_inside:\n"
	"            write()\n"
	"        state = (executor.apply_migration if is_up else executor.unapply_migration)(state, migration)\n"
	"        if is_renaming:\n"
	"            rename_permissions(state, plan, connection.alias)\n"
	"\n"
	"def run(given):\n"
	"    alias, key = given['DATABASE'], (given['APP'], given['NAME'])\n"
	"    is_up, index = given['DIRECTION'] == 'up', int(given['OPERATION']) - 1\n"
	"    connection = connections[alias]\n"
	"    def send(sql):\n"
	"        with connection.cursor() as cursor:\n"
	"            cursor.execute(sql)\n"
	"            return cursor.rowcount\n"
	"    def write():\n"
	"        if send(given['JOURNAL']) != 1:\n"
	"            raise SystemExit('the journal of Inchworm is not in this database, or has gone on')\n"
	"    for sql in filter(None, given['SESSION'].split(';')):\n"
	"        send(sql)\n"
	"    executor = MigrationExecutor(connection)\n"
	"    loader = executor.loader\n"
	"    if key not in loader.graph.nodes:\n"
	"        loader.replace_migrations = False\n"
	"        loader.build_graph()\n"
	"    migration = loader.graph.nodes[key]\n"
	"    state = executor._create_project_state()\n"
	"    for other, _ in executor.migration_plan(loader.graph.leaf_nodes(), clean_start=True):\n"
	"        if other is migration and not is_up:\n"
	"            break\n"
	"        if other is not migration and (other.app_label, other.name) in loader.applied_migrations:\n"
	"            other.mutate_state(state, preserve=False)\n"
	"    if index < 0:\n"
	"        return run_whole(executor, state, migration, is_up, write)\n"
	"    for operation in migration.operations[:index]:\n"
	"        operation.state_forwards(migration.app_label, state)\n"
	"    operation = migration.operations[index]\n"
	"    migration.operations = [operation]\n"
	"    is_inside = operation.atomic or (migration.atomic and operation.atomic is not False)\n"
	"    with connection.schema_editor(atomic=migration.atomic) as editor:\n"
	"        is_inside = is_inside or editor.atomic_migration\n"
	"        with atomic(alias) if is_inside and not editor.atomic_migration else nullcontext():\n"
	"            if is_inside:\n"
	"                write()\n"
	"            (migration.apply if is_up else migration.unapply)(state, editor)\n"
	"    if not is_inside:\n"
	"        write()\n"
	"\n"
	"run({name[9:]: value for name, value in os.environ.items() if name.startswith('INCHWORM_')})\n";

static void add_variable(iw_arena *arena, struct iw_framework_command *command, const char *name, const char *value)
{
	g_ptr_array_add(command->environment, iw_arena_printf(arena, "INCHWORM_%s=%s", name, value));
}

/* part: 0 for all of the migration. */
static void make_command(iw_arena *arena, const struct iw_project *project, const struct iw_migration *migration,
			 enum iw_direction direction, int part, struct iw_framework_command *command)
{
	const struct django_project *self = project->bookkeeping->data;
	const struct django_node *node = ((const struct django_migration *)migration->framework_data)->node;
	const char *words[] = {"shell", "--verbosity", "0", "--command", program};
	iw_django_command(arena, self, words, G_N_ELEMENTS(words), command);
	add_variable(arena, command, "DATABASE", self->config.database);
	add_variable(arena, command, "APP", node->app);
	add_variable(arena, command, "NAME", node->name);
	add_variable(arena, command, "DIRECTION", direction == IW_UP ? "up" : "down");
	add_variable(arena, command, "OPERATION", iw_arena_printf(arena, "%d", part));
	const char *what = part == 0 ? "all" : iw_arena_printf(arena, "operation %d", part);
	command->shown = iw_arena_printf(arena, "%s shell -c (%s of %s)",
					 self->config.manage != NULL ? iw_path_shown(arena, self->config.manage)
								     : "python -m django",
					 what, migration->name);
}

bool iw_django_delegate(iw_arena *arena, const struct iw_project *project, const struct iw_migration *migration,
			enum iw_direction direction, struct iw_framework_command *command, GError **error)
{
	(void)error;
	make_command(arena, project, migration, direction, 0, command);
	return true;
}

bool iw_django_delegate_part(iw_arena *arena, const struct iw_project *project, const struct iw_migration *migration,
			     enum iw_direction direction, int part, struct iw_framework_command *command)
{
	make_command(arena, project, migration, direction, part, command);
	return true;
}
