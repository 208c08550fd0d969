/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cmds.h"
#include "log.h"

/* A MAC and where it stands: what is kept of each host's file. */
struct entry {
	struct mac mac;
	unsigned line;
	const char *file;
	char *section;
};

struct entries {
	struct entry *e;
	size_t n, room;
};

static void entries_clear(struct entries *all)
{
	for (size_t i = 0; i < all->n; i++)
		free(all->e[i].section);
	free(all->e);
}

static void entries_add(struct entries *all, const struct config *config, const char *file)
{
	if (all->n + config->n_nic > all->room) {
		all->room = 2 * all->room + config->n_nic;
		all->e = xrealloc(all->e, all->room, sizeof(*all->e));
	}
	for (size_t i = 0; i < config->n_nic; i++)
		all->e[all->n++] = (struct entry){ .mac = config->nic[i].want.mac,
						   .line = config->nic[i].key_line[NIC_MAC],
						   .file = file,
						   .section = xstrdup(config->nic[i].section) };
}

static int by_mac(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int c = memcmp(x->mac.addr, y->mac.addr, sizeof(x->mac.addr));

	if (!c)
		c = strcmp(x->file, y->file);
	return c ? c : (x->line > y->line) - (x->line < y->line);
}

/* Each file is one host: its own rules hold in it, and no MAC may stand in two. */
static enum status check_files(const struct invocation *inv)
{
	__attribute__((cleanup(entries_clear))) struct entries all = { 0 };
	AUTO_STRV struct strv errors = { 0 };
	char mac[MAC_STR_SIZE];

	for (size_t i = 0; i < inv->n_args; i++) {
		AUTO_STRV struct strv of_file = { 0 };
		AUTO_CONFIG struct config config = { 0 };

		if (config_load_file(inv->args[i], &of_file, &config) < 0)
			for (size_t j = 0; j < of_file.n; j++)
				strv_addf(&errors, "%s", of_file.s[j]);
		else
			entries_add(&all, &config, inv->args[i]);
	}
	if (all.n)
		qsort(all.e, all.n, sizeof(*all.e), by_mac);
	for (size_t i = 1; i < all.n; i++) {
		const struct entry *e = &all.e[i], *first = &all.e[i - 1];

		if (mac_equal(&e->mac, &first->mac))
			strv_addf(&errors, "%s:%u: [%s] mac = %s: given to [%s] in %s:%u already", e->file, e->line,
				  e->section, mac_format(&e->mac, mac), first->section, first->file, first->line);
	}
	cmd_log_errors(&errors);
	return errors.n ? STATUS_USAGE : STATUS_OK;
}

enum status cmd_check(const struct invocation *inv)
{
	AUTO_CONFIG struct config config = { 0 };

	return inv->n_args ? check_files(inv) : cmd_load_config(inv, &config);
}
