/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <json-c/json.h>

#include "cmds.h"
#include "doctor.h"

static const char *const severities[] = { [FOUND_ERROR] = "error", [FOUND_WARNING] = "warning", [FOUND_HINT] = "hint" };

static char *config_text(const void *arg, const struct config *config, const char *name,
			 const struct config_nic *const *nics, size_t n)
{
	return cmd_config_text(arg, config, name, nics, n);
}

/* One line: a name that some container gave a network device may hold anything. */
static void print_clean(const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++)
		putchar(*p < ' ' || *p == 0x7f ? '?' : *p);
}

static void print_text(const struct findings *findings)
{
	size_t hints = 0;

	for (size_t i = 0; i < findings->n; i++) {
		const struct finding *f = &findings->f[i];

		printf("%s: ", severities[f->severity]);
		print_clean(f->object);
		printf(": ");
		print_clean(f->seen);
		printf(" [%s]\n    fix: ", f->id);
		print_clean(f->fix);
		putchar('\n');
		hints += f->severity == FOUND_HINT;
	}
	if (hints == findings->n)
		puts("nothing found that keeps containers from their VFs");
}

static void print_json(const struct findings *findings)
{
	struct json_object *root = json_object_new_object(), *list = json_object_new_array();

	json_object_object_add(root, "version", json_object_new_int64(1));
	json_object_object_add(root, "findings", list);
	for (size_t i = 0; i < findings->n; i++) {
		const struct finding *f = &findings->f[i];
		struct json_object *o = json_object_new_object();

		json_object_object_add(o, "id", json_object_new_string(f->id));
		json_object_object_add(o, "severity", json_object_new_string(severities[f->severity]));
		json_object_object_add(o, "object", json_object_new_string(f->object));
		json_object_object_add(o, "seen", json_object_new_string(f->seen));
		json_object_object_add(o, "fix", json_object_new_string(f->fix));
		json_object_array_add(list, o);
	}
	puts(json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(root);
}

/* It takes no lock, which would make a file: what is just being changed may be told as it is at this moment. */
enum status cmd_doctor(const struct invocation *inv)
{
	AUTO_DOCTOR_INPUT struct doctor_input in = { .config_path = inv->config_path, .lxcpath = inv->lxcpath };
	AUTO_FINDINGS struct findings findings = { 0 };

	if (inv->n_args)
		return cmd_usage(inv, "it takes no arguments");
	in.config_absent = access(inv->config_path, F_OK) < 0 && errno == ENOENT;
	(void)config_load(inv->config_path, &in.config_errors, &in.config);
	doctor_gather(&in, config_text, inv);
	doctor_examine(&in, &findings);
	if (inv->options & OPT_JSON)
		print_json(&findings);
	else
		print_text(&findings);
	return findings.n && findings.f[0].severity == FOUND_ERROR ? STATUS_FAILED : STATUS_OK;
}
