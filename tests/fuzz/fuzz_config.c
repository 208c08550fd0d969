/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The INI loader and what reads its values: a file is good as a whole, or everything wrong with it is told. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config.h"
#include "fuzz.h"
#include "ini.h"

static void scan(int fd, const char *path)
{
	AUTO_STRV struct strv errors = { 0 };
	AUTO_INI struct ini ini = { 0 };

	if (ini_load(fd, path, &errors, &ini) < 0) {
		HOLDS(errors.n);
		return;
	}
	for (size_t i = 0; i < ini.n_section; i++) {
		HOLDS(*ini.section[i].name && ini.section[i].line);
		for (size_t j = 0; j < ini.section[i].n_entry; j++)
			HOLDS(*ini.section[i].entry[j].key && ini.section[i].entry[j].value);
	}
}

static void load(const char *path)
{
	AUTO_STRV struct strv errors = { 0 };
	AUTO_CONFIG struct config config = { 0 };
	int r = config_load_file(path, &errors, &config);

	HOLDS((r < 0) == (errors.n > 0));
	for (size_t i = 0; i < errors.n; i++)
		HOLDS(!strncmp(errors.s[i], path, strlen(path)) && !strchr(errors.s[i], '\n'));
	for (size_t i = 0; i < config.n_nic; i++)
		HOLDS(config_pf_of(&config, &config.nic[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	char path[32];

	HOLDS(fd >= 0 && write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	scan(fd, path);
	load(path);
	close(fd);
	return 0;
}
