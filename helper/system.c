/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <limits.h>
#include <mntent.h>
#include <sys/utsname.h>

#include "strv.h"
#include "system.h"

char *system_kernel_release(void)
{
	struct utsname name;

	return xstrdup(uname(&name) == 0 ? name.release : "");
}

char *system_read_file(const char *path)
{
	enum { ROOM = 64 << 10 };
	AUTO_FILE FILE *f = fopen(path, "re");
	AUTO_FREE char *text = NULL;

	if (!f)
		return NULL;
	text = xcalloc(1, ROOM);
	return fread(text, 1, ROOM - 1, f) == 0 && ferror(f) ? NULL : STEAL_PTR(text);
}

char *system_command_line(void)
{
	char *line = system_read_file("/proc/cmdline");

	if (!line)
		return xstrdup("");
	line[strcspn(line, "\n")] = '\0';
	return line;
}

unsigned system_default_hugepage(void)
{
	static const char key[] = "Hugepagesize:";
	AUTO_FILE FILE *f = fopen("/proc/meminfo", "re");
	char line[128];

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, key, strlen(key)))
			return (unsigned)strtoul(line + strlen(key), NULL, 10);
	return 0;
}

bool system_has_mounted(const char *type)
{
	FILE *mounts = setmntent("/proc/mounts", "re");
	struct mntent *m = NULL;

	while (mounts && (m = getmntent(mounts)))
		if (!strcmp(m->mnt_type, type))
			break;
	if (mounts)
		endmntent(mounts);
	return m;
}

/* --- sysctl --- */

/* In the order in which one hides the others' files of the same name. */
static const char *const sysctl_folders[] = { "/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d",
					      "/usr/lib/sysctl.d" };

static int is_conf(const struct dirent *e)
{
	size_t len = strlen(e->d_name);

	return len > 5 && !strcmp(e->d_name + len - 5, ".conf");
}

static int by_base_name(const void *a, const void *b)
{
	return strcmp(strrchr(*(char *const *)a, '/'), strrchr(*(char *const *)b, '/'));
}

static bool has_base_name(const struct strv *files, const char *name)
{
	for (size_t i = 0; i < files->n; i++)
		if (!strcmp(strrchr(files->s[i], '/') + 1, name))
			return true;
	return false;
}

static void list_sysctl_files(struct strv *files)
{
	for (size_t i = 0; i < ARRAY_SIZE(sysctl_folders); i++) {
		struct dirent **found;
		int n = scandir(sysctl_folders[i], &found, is_conf, alphasort);

		for (int k = 0; k < n; k++) {
			if (!has_base_name(files, found[k]->d_name))
				strv_addf(files, "%s/%s", sysctl_folders[i], found[k]->d_name);
			free(found[k]);
		}
		if (n >= 0)
			free(found);
	}
	if (files->n)
		qsort(files->s, files->n, sizeof(*files->s), by_base_name);
	strv_addf(files, "/etc/sysctl.conf");
}

/* "vm.nr_hugepages = 64", or with slashes, or with "-" before it: the value, in place; NULL: another line. */
static char *value_of(char *line, const char *key)
{
	char *value = strchr(line, '=');
	size_t len = strlen(key);

	line += strspn(line, " \t-");
	if (!value)
		return NULL;
	for (size_t i = 0; i < len; i++)
		if (line[i] != key[i] && !(key[i] == '.' && line[i] == '/'))
			return NULL;
	if (line + len + strspn(line + len, " \t") != value)
		return NULL;
	value += 1 + strspn(value + 1, " \t");
	value[strcspn(value, " \t\n")] = '\0';
	return value;
}

bool system_sysctl_at_boot(const char *key, char **ret_value, char **ret_file)
{
	AUTO_STRV struct strv files = { 0 };
	AUTO_FREE char *last = NULL;
	const char *file = NULL;

	list_sysctl_files(&files);
	for (size_t i = 0; i < files.n; i++) {
		AUTO_FILE FILE *f = fopen(files.s[i], "re");
		char line[1024], *value;

		while (f && fgets(line, sizeof(line), f)) {
			value = value_of(line, key);
			if (!value)
				continue;
			free(last);
			last = xstrdup(value);
			file = files.s[i];
		}
	}
	if (!last)
		return false;
	*ret_value = STEAL_PTR(last);
	*ret_file = xstrdup(file);
	return true;
}

/* --- systemd --- */

bool system_runs_systemd(void)
{
	return access("/run/systemd/system", F_OK) == 0; /* sd_booted(3) */
}

static bool ends_with(const char *s, const char *end)
{
	size_t len = strlen(s), tail = strlen(end);

	return len > tail && !strcmp(s + len - tail, end);
}

bool system_unit_is_enabled(const char *unit)
{
	static const char *const folders[] = { "/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system",
					       "/lib/systemd/system" };

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		AUTO_DIR DIR *dir = opendir(folders[i]);

		for (struct dirent *e; dir && (e = readdir(dir));) {
			char path[PATH_MAX];

			if (!ends_with(e->d_name, ".wants") && !ends_with(e->d_name, ".requires"))
				continue;
			snprintf(path, sizeof(path), "%s/%s/%s", folders[i], e->d_name, unit);
			if (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
				return true;
		}
	}
	return false;
}

/* --- network managers --- */

static bool record_says(const char *folder, int ifindex, const char *const *lines)
{
	AUTO_FREE char *path = xasprintf("%s/%d", folder, ifindex), *text = system_read_file(path);
	char *rest = text;

	for (char *line; text && (line = strtok_r(rest, "\n", &rest));)
		for (size_t i = 0; lines[i]; i++)
			if (!strcmp(line, lines[i]))
				return true;
	return false;
}

/* It has no record of a device that it leaves alone. */
bool system_networkmanager_has(int ifindex)
{
	return record_says("/run/NetworkManager/devices", ifindex, (const char *const[]){ "managed=true", NULL });
}

bool system_networkd_has(int ifindex)
{
	return record_says("/run/systemd/netif/links", ifindex,
			   (const char *const[]){ "ADMIN_STATE=configuring", "ADMIN_STATE=configured",
						  "ADMIN_STATE=failed", NULL });
}
