/* Configuration files in TypeScript and JavaScript: what they say without being run. */
#include "framework/typescript/typescript.h"
#include "unit/framework/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* One file, a member of its default export, and its text; or the reason why it has none, after "?". */
struct row {
	const char *source, *member, *expected;
};

static const char *read_member(iw_arena *arena, const struct tree *tree, const char *file, const char *member)
{
	g_autofree char *path = g_build_filename(tree->root, file, NULL);
	struct iw_environment *environment = iw_environment_new(arena);
	g_autoptr(GError) error = NULL;
	struct iw_ts_module *module = iw_ts_read(arena, path, environment, &error);
	if (module == NULL)
		return iw_arena_printf(arena, "!%s", error->message);
	const struct iw_ts_value *unknown = NULL;
	const char *text = iw_ts_text(module->value, member, &unknown);
	if (text != NULL)
		return text;
	const struct iw_ts_value *value = iw_ts_member(module->value, member);
	if (value->kind == IW_TS_NUMBER)
		return value->text;
	return unknown == NULL ? "-" : iw_arena_printf(arena, "?%s", unknown->reason);
}

static void check_rows(const struct row *rows, size_t count)
{
	g_setenv("IW_SET", "from env", TRUE);
	g_setenv("IW_PORT", "5433", TRUE);
	g_unsetenv("IW_UNSET");
	for (size_t i = 0; i < count; i++) {
		g_autoptr(iw_arena) arena = iw_arena_new();
		g_auto(tree_auto) tree = tree_new();
		tree_write(&tree, "drizzle.config.ts", rows[i].source);
		tree_write(&tree, "src/env.ts",
			   "export const env = { URL: process.env.IW_SET! };\nexport default { kind: 'default' };\n");
		tree_write(&tree, "src/index.ts", "export * from './env';\nexport { env as other } from './env.js';\n");
		tree_write(&tree, ".env.local", "LOCAL_URL=\"postgres://local/x\"\n");
		const char *actual = read_member(arena, &tree, "drizzle.config.ts", rows[i].member);
		if (strcmp(actual, rows[i].expected) != 0)
			print_message("in: %s\n", rows[i].source);
		assert_string_equal(actual, rows[i].expected);
	}
}

static void every_form_of_export_is_read(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"export default { a: 'x' };", "a", "x"},
		{"import { defineConfig } from 'drizzle-kit';\nexport default defineConfig({ a: 'x' });", "a", "x"},
		{"import type { Config } from 'drizzle-kit';\nexport default { a: \"x\" } satisfies Config;", "a", "x"},
		{"export default { a: 'x' } as Config;", "a", "x"},
		{"export default <Config>{ a: 'x' };", "a", "x"},
		{"const config: Config = { a: 'x' };\nexport default config;", "a", "x"},
		{"const c = { a: 'x' } as const;\nexport { c as default };", "a", "x"},
		{"module.exports = { a: 'x' };", "a", "x"},
		{"const { defineConfig } = require('drizzle-kit');\nmodule.exports = defineConfig({ a: 'x' });", "a",
		 "x"},
		{"export = { a: 'x' };", "a", "x"},
		{"export default () => ({ a: 'x' });", "a", "x"},
		{"export default function () { return { a: 'x' }; }", "a", "x"},
		{"export default { ['a']: 'x', 'b-c': 'y' };", "b-c", "y"},
		{"export { default } from './src/env';", "kind", "default"},
		{"const a = 1;", "a", "?drizzle.config.ts exports no \"default\""},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(rows) - 1; i++)
		check_rows(&rows[i], 1);
}

static void expressions_are_worked_out(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"const base = 'db'; export default { a: `./${base}/x` };", "a", "./db/x"},
		{"export default { a: 'x' + '/' + 1 + \"y\" };", "a", "x/1y"},
		{"export default { a: { b: { c: 'deep' } } };", "a.b.c", "deep"},
		{"const o = { x: 'o' }; export default { ...o, y: 'p' };", "x", "o"},
		{"const o = { x: 'o' }; export default { x: 'p', ...o };", "x", "o"},
		{"export default { a: true ? 'yes' : 'no' };", "a", "yes"},
		{"export default { a: process.env.IW_UNSET === 'x' ? 'yes' : 'no' };", "a", "no"},
		{"export default { a: 'tab\\tquote\\'\\u0041\\x42' };", "a", "tab\tquote'AB"},
		{"enum E { A = 'ea' } export default { a: E.A };", "a", "ea"},
		{"const list = ['p', 'q']; export default { a: list[1] };", "a", "q"},
		{"const f = (x: string, y = 'd') => `${x}-${y}`; export default { a: f('c') };", "a", "c-d"},
		{"function f({ n }: { n: string }) { const m = n; if (m === 'z') return 'no'; return m + '!'; }\n"
		 "export default { a: f({ n: 'k' }) };",
		 "a", "k!"},
		{"import path from 'node:path';\nexport default { a: path.join('a', '..', 'b', 'c.ts') };", "a",
		 "b/c.ts"},
		{"import { relative } from 'node:path';\nexport default { a: relative('/w/a/b', '/w/c/d.ts') };", "a",
		 "../../c/d.ts"},
		{"import { relative } from 'path';\nexport default { a: relative(process.cwd(), 'x/../db') };", "a",
		 "db"},
		{"export default { a: new URL('../db', 'file:///w/a/c.ts') };", "a", "file:///w/db"},
		{"import { fileURLToPath } from 'url';\nexport default { a: fileURLToPath(import.meta.resolve('x')) };",
		 "a", "?\"import.meta.resolve\" is not known"},
		{"import { fileURLToPath } from 'node:url';\n"
		 "export default { a: fileURLToPath(new URL('./db', 'file:///w/c.ts')) };",
		 "a", "/w/db"},
		{"const x = 0x10 + 1_000; export default { a: x };", "a", "1016"},
		{"export default { a: null ?? 'n', /* comment */ // and\n b: '' || 'o' };", "b", "o"},
		{"export default { a: ' x '.trim().replace('x', 'y') };", "a", "y"},
	};
	check_rows(rows, G_N_ELEMENTS(rows));
}

static void variables_of_the_environment_are_looked_up(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"export default { a: process.env.IW_SET };", "a", "from env"},
		{"export default { a: process.env.IW_SET! };", "a", "from env"},
		{"export default { a: process.env['IW_SET'] as string };", "a", "from env"},
		{"export default { a: process.env.IW_UNSET! };", "a", "?the environment variable IW_UNSET is not set"},
		{"export default { a: process.env.IW_UNSET ?? 'fallback' };", "a", "fallback"},
		{"export default { a: process.env.IW_UNSET || process.env.IW_SET };", "a", "from env"},
		{"export default { a: process.env.IW_UNSET || process.env.IW_UNSET2 };", "a",
		 "?the environment variable IW_UNSET is not set, and the environment variable IW_UNSET2 is not set"},
		{"export default { a: process.env.IW_UNSET ?? '' };", "a",
		 "?the environment variable IW_UNSET is not set"},
		{"export default { a: process.env.IW_UNSET ?? (process.env.IW_SET === 'x' ? 'y' : undefined) };", "a",
		 "?the environment variable IW_UNSET is not set"},
		{"export default { a: 'x' + (process.env.IW_UNSET || '') };", "a", "x"},
		{"import { defineConfig } from '@prisma/config'; export default defineConfig({ a: process.env.IW_SET "
		 "});",
		 "a", "from env"},
		{"export default { a: `postgres://${process.env.IW_UNSET}/x` };", "a",
		 "?the environment variable IW_UNSET is not set"},
		{"const { IW_SET } = process.env; export default { a: IW_SET };", "a", "from env"},
		{"import { env } from 'node:process'; export default { a: env.IW_SET };", "a", "from env"},
		{"import { defineConfig, env } from 'prisma/config'; export default defineConfig({ a: env('IW_SET') "
		 "});",
		 "a", "from env"},
		{"import { env } from 'prisma/config'; export default { a: env<Env>('IW_UNSET') };", "a",
		 "?the environment variable IW_UNSET is not set"},
		{"export default { port: Number(process.env.IW_PORT) };", "port", "5433"},
		{"export default { port: +process.env.IW_PORT! };", "port", "5433"},
		{"import { createEnv } from '@t3-oss/env-nextjs';\n"
		 "const env = createEnv({ server: { U: z.string() }, runtimeEnv: { U: process.env.IW_SET } });\n"
		 "export default { a: env.U };",
		 "a", "from env"},
	};
	check_rows(rows, G_N_ELEMENTS(rows));
}

static void local_files_and_dotenv_are_read(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"import { env } from './src/env';\nexport default { a: env.URL };", "a", "from env"},
		{"import { env } from '@/env';\nexport default { a: env.URL };", "a", "from env"},
		{"import { other } from './src';\nexport default { a: other.URL };", "a", "from env"},
		{"import * as all from './src';\nexport default { a: all.env.URL };", "a", "from env"},
		{"import { missing } from './nowhere';\nexport default { a: missing };", "a",
		 "?there is no file \"./nowhere\""},
		{"import dotenv from 'dotenv';\ndotenv.config({ path: '.env.local' });\nexport default { a: "
		 "process.env.LOCAL_URL };",
		 "a", "postgres://local/x"},
		{"import { config } from 'dotenv';\nif (!process.env.IW_UNSET) { config({ path: ['.env.none', "
		 "'./.env.local'] }); }\n"
		 "export default { a: process.env.LOCAL_URL! };",
		 "a", "postgres://local/x"},
		{"import { loadEnvConfig } from '@next/env';\nloadEnvConfig(process.cwd());\n"
		 "export default { a: process.env.LOCAL_URL! };",
		 "a", "postgres://local/x"},
		{"process.loadEnvFile('.env.local');\nexport default { a: process.env.LOCAL_URL! };", "a",
		 "postgres://local/x"},
	};
	check_rows(rows, G_N_ELEMENTS(rows));
}

static void what_cannot_be_known_is_unknown_with_its_reason(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"import { makeUrl } from 'somewhere';\nexport default { a: makeUrl(), b: 'known' };", "a",
		 "?what \"makeUrl\" of the package \"somewhere\" returns is not known without running it"},
		{"import { makeUrl } from 'somewhere';\nexport default { a: makeUrl(), b: 'known' };", "b", "known"},
		{"let a = 'x'; if (process.env.IW_SET) a = 'y'; export default { a };", "a", "-"},
		{"let a = 'x'; a = 'y'; export default { a: a };", "a", "?\"a\" is assigned to in more than one place"},
		{"const c = { a: 'x' }; c.a = 'y'; export default c;", "a",
		 "?\"c\" is assigned to in more than one place"},
		{"const a = b; const b = a; export default { a: a };", "a", "?this depends on itself"},
		{"const f = () => f(); export default { a: f() };", "a", "?this takes too long to work out"},
		{"import { o } from 'pkg'; export default { a: 'x', ...o };", "a", "?this spread cannot be read"},
		{"export default { a: nowhere };", "a", "?\"nowhere\" is not known"},
		{"process.env.IW_SET = 'changed'; export default { a: process.env.IW_SET };", "a",
		 "?\"process.env.IW_SET\" is assigned to in this file"},
		{"export default { a: 1 ** 2, b: 'x' };", "b", "x"},
		{"export default { a: 'x', b: ", "a", "?this is a syntax error"},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (strcmp(rows[i].expected, "-") != 0)
			check_rows(&rows[i], 1);
}

static void doubling_texts_and_lists_stay_bounded(void **state)
{
	(void)state;
	g_autoptr(GString) source = g_string_new("const t0 = 'xxxxxxxxxxxxxxxx', l0 = [1, 2, 3, 4];\n");
	for (int i = 1; i < 60; i++)
		g_string_append_printf(source, "const t%d = t%d + t%d; const l%d = [...l%d, ...l%d];\n", i, i - 1,
				       i - 1, i, i - 1, i - 1);
	g_string_append(source, "export default { a: t59, b: l59 };");
	g_autoptr(iw_arena) arena = iw_arena_new();
	g_auto(tree_auto) tree = tree_new();
	tree_write(&tree, "drizzle.config.ts", source->str);
	assert_string_equal(read_member(arena, &tree, "drizzle.config.ts", "a"), "?this text is too long");
	assert_true(iw_arena_size(arena) < 64 * 1024 * 1024);
}

static void json_is_read_and_its_faults_have_a_line(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	g_auto(tree_auto) tree = tree_new();
	tree_write(&tree, "drizzle.config.json", "{\"dialect\": \"sqlite\", \"n\": [1, {\"x\": null}]}");
	assert_string_equal(read_member(arena, &tree, "drizzle.config.json", "dialect"), "sqlite");
	tree_write(&tree, "drizzle.config.json", "{\n\"dialect\": }");
	assert_non_null(strstr(read_member(arena, &tree, "drizzle.config.json", "dialect"),
			       "drizzle.config.json:2: this is not JSON"));
	tree_write_bytes(&tree, "x.config.ts", "export default {}\0", 18);
	assert_non_null(strstr(read_member(arena, &tree, "x.config.ts", "dialect"), "it is not UTF-8 text"));
}

static void a_reason_names_its_line(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	g_auto(tree_auto) tree = tree_new();
	tree_write(&tree, "p.config.ts",
		   "\xEF\xBB\xBF"
		   "export default {\n  a: make(),\n};\n");
	g_autofree char *path = g_build_filename(tree.root, "p.config.ts", NULL);
	struct iw_ts_module *module = iw_ts_read(arena, path, iw_environment_new(arena), NULL);
	const struct iw_ts_value *unknown = NULL;
	assert_null(iw_ts_text(module->value, "a", &unknown));
	g_autofree char *expected = g_strdup_printf("%s:2: \"make\" is not known", unknown->place.source->path);
	assert_string_equal(iw_ts_explain(arena, unknown), expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_of_export_is_read),
		cmocka_unit_test(expressions_are_worked_out),
		cmocka_unit_test(variables_of_the_environment_are_looked_up),
		cmocka_unit_test(local_files_and_dotenv_are_read),
		cmocka_unit_test(what_cannot_be_known_is_unknown_with_its_reason),
		cmocka_unit_test(doubling_texts_and_lists_stay_bounded),
		cmocka_unit_test(json_is_read_and_its_faults_have_a_line),
		cmocka_unit_test(a_reason_names_its_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
