/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "config_parts.h"

static bool trusted(int fd, const char *path, struct strv *errors)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		strv_addf(errors, "%s: cannot be examined: %s", path, strerror(errno));
	else if (st.st_uid != 0)
		strv_addf(errors, "%s: owned by user %u, not by root; run: chown root %s", path, (unsigned)st.st_uid, path);
	else if (st.st_mode & (S_IWGRP | S_IWOTH))
		strv_addf(errors, "%s: writable by others than root; run: chmod go-w %s", path, path);
	else
		return true;
	return false;
}

/* Who may write to a file's folder may put another file in its place. */
static bool trusted_folder(const char *path, struct strv *errors)
{
	AUTO_FREE char *folder = xstrdup(path);
	AUTO_CLOSE int fd = -1;
	char *slash = strrchr(folder, '/');

	if (slash)
		slash[slash == folder] = '\0';
	fd = open(slash ? folder : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		strv_addf(errors, "%s: %s", folder, strerror(errno));
		return false;
	}
	return trusted(fd, slash ? folder : ".", errors);
}

static void load_one(struct config *config, const char *path, bool for_action, struct strv *errors)
{
	AUTO_FREE char *real = realpath(path, NULL);
	AUTO_CLOSE int fd = real ? open(real, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW) : -1;
	AUTO_INI struct ini ini = { 0 };
	const char *file;
	int r;

	if (fd < 0) {
		strv_addf(errors, "%s: %s", path, strerror(errno));
		return;
	}
	/* Where the path is a link, its own folder as well as that of the real file. */
	if (for_action && (!trusted_folder(real, errors) || (strcmp(path, real) && !trusted_folder(path, errors)) ||
			   !trusted(fd, path, errors)))
		return;
	r = ini_load(fd, path, errors, &ini);
	if (r < 0) {
		strv_addf(errors, "%s: cannot be read: %s", path,
			  r == -EBADMSG ? "iniparser finds something else in it" : strerror(-r));
		return;
	}
	strv_addf(&config->files, "%s", path);
	file = config->files.s[config->files.n - 1];
	for (size_t i = 0; i < ini.n_section; i++)
		config_read_section(config, &ini.section[i], file, errors);
}

static bool ends_in_ini(const char *name)
{
	size_t len = strlen(name);

	return len > 4 && !strcmp(name + len - 4, ".ini");
}

static int is_drop_in(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && ends_in_ini(entry->d_name);
}

/* "DIR/NAME.d" beside "DIR/NAME.ini". */
static void load_folder(struct config *config, const char *path, struct strv *errors)
{
	AUTO_FREE char *folder = xasprintf("%.*s.d", (int)(strlen(path) - (ends_in_ini(path) ? 4 : 0)), path);
	AUTO_CLOSE int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct dirent **found;
	int n;

	if (fd < 0 && errno == ENOENT)
		return; /* there need not be such a folder */
	if (fd < 0) {
		strv_addf(errors, "%s: %s", folder, strerror(errno));
		return;
	}
	/* Also when it is empty: who may write there may have taken files away, or put links to root's there. */
	if (!trusted(fd, folder, errors))
		return;
	n = scandir(folder, &found, is_drop_in, alphasort);
	if (n < 0) {
		strv_addf(errors, "%s: %s", folder, strerror(errno));
		return;
	}
	for (int i = 0; i < n; i++) {
		AUTO_FREE char *file = xasprintf("%s/%s", folder, found[i]->d_name);

		load_one(config, file, true, errors);
		free(found[i]);
	}
	free(found);
}

static int finish(struct config *config, struct strv *errors, struct config *ret)
{
	config_name_containers(config, errors);
	config_check_rules(config, errors);
	if (errors->n)
		return -EINVAL;
	*ret = *config;
	*config = (struct config){ 0 };
	return 0;
}

int config_load(const char *path, struct strv *errors, struct config *ret)
{
	AUTO_CONFIG struct config config = { 0 };

	load_one(&config, path, true, errors);
	load_folder(&config, path, errors);
	return finish(&config, errors, ret);
}

int config_load_file(const char *path, struct strv *errors, struct config *ret)
{
	AUTO_CONFIG struct config config = { 0 };

	load_one(&config, path, false, errors);
	return finish(&config, errors, ret);
}

void config_clear_nic(struct config_nic *nic)
{
	free(nic->container);
	free(nic->owner);
	free(nic->label);
	free(nic->reattach_exec);
	strv_clear(&nic->whole.devices);
	free(nic->ipv4.a);
	free(nic->ipv6.a);
}

void config_clear(struct config *config)
{
	for (size_t i = 0; i < config->n_nic; i++)
		config_clear_nic(&config->nic[i]);
	free(config->nic);
	free(config->pf);
	strv_clear(&config->files);
	strv_clear(&config->sections);
	*config = (struct config){ 0 };
}

const struct config_pf **config_pf_list(const struct config *config)
{
	const struct config_pf **list = xcalloc(config->n_pf, sizeof(struct config_pf *));

	for (size_t i = 0; i < config->n_pf; i++)
		list[i] = &config->pf[i];
	return list;
}

const struct config_pf *config_find_pf(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->n_pf; i++)
		if (!strcmp(config->pf[i].name, name))
			return &config->pf[i];
	return NULL;
}

const struct config_pf *config_pf_of(const struct config *config, const struct config_nic *nic)
{
	return config_find_pf(config, nic->pf);
}

static int nic_by_index(const void *a, const void *b)
{
	const struct config_nic *x = *(const struct config_nic *const *)a, *y = *(const struct config_nic *const *)b;

	return (x->index > y->index) - (x->index < y->index);
}

size_t config_find_nics(const struct config *config, enum runtime runtime, const char *name, const struct config_nic ***ret)
{
	const struct config_nic **found = xcalloc(config->n_nic, sizeof(struct config_nic *));
	size_t n = 0;

	for (size_t i = 0; i < config->n_nic; i++)
		if (config->nic[i].runtime == runtime && !strcmp(config->nic[i].container, name))
			found[n++] = &config->nic[i];
	qsort(found, n, sizeof(struct config_nic *), nic_by_index);
	*ret = found;
	return n;
}

const struct config_nic *config_find_container(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->n_nic; i++)
		if (!config->nic[i].index && config->nic[i].runtime == RUNTIME_LXC && !strcmp(config->nic[i].container, name))
			return &config->nic[i];
	return NULL;
}
