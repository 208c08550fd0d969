/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "log.h"
#include "state.h"

#define CREATING "creating-"
#define RECORD_MAX 1024

bool claim_holds(const struct claim *claim)
{
	return process_alive(&claim->holder);
}

/* --- text form --- */

char *claim_format(const struct claim *claim)
{
	char mac[MAC_STR_SIZE];

	return xasprintf("container %s\nholder %d %llu\nhome %s\nmtu %u\nmac %s\nend\n", claim->container,
			 (int)claim->holder.pid, (unsigned long long)claim->holder.start, claim->home, claim->mtu,
			 mac_format(&claim->mac, mac));
}

/* The rest of the line at *@text after "@key ", NULL when it is another one; *@text goes to the next line. */
static char *take_line(char **text, const char *key)
{
	char *line = *text, *end = strchr(line, '\n');
	size_t len = strlen(key);

	if (!end || strncmp(line, key, len) || line[len] != ' ')
		return NULL;
	*end = '\0';
	*text = end + 1;
	return line + len + 1;
}

static bool parse_holder(char *text, struct process *ret)
{
	char *space = strchr(text, ' '), *end;
	unsigned pid;

	if (!space)
		return false;
	*space = '\0';
	if (parse_uint(text, 1, INT32_MAX, &pid) || space[1] < '0' || space[1] > '9')
		return false;
	ret->pid = (pid_t)pid;
	errno = 0;
	ret->start = strtoull(space + 1, &end, 10);
	return !errno && !*end;
}

int claim_parse(const char *text, struct claim *ret)
{
	AUTO_FREE char *copy = xstrdup(text);
	struct claim c = { 0 };
	char *rest = copy, *value;

	value = take_line(&rest, "container");
	if (!value || parse_container(value) || !COPY(c.container, value))
		return -EINVAL;
	value = take_line(&rest, "holder");
	if (!value || !parse_holder(value, &c.holder))
		return -EINVAL;
	value = take_line(&rest, "home");
	if (!value || parse_ifname(value, c.home))
		return -EINVAL;
	value = take_line(&rest, "mtu");
	if (!value || parse_uint(value, 0, UINT32_MAX, &c.mtu))
		return -EINVAL;
	value = take_line(&rest, "mac");
	if (!value || parse_mac(value, &c.mac) || strcmp(rest, "end\n"))
		return -EINVAL;
	*ret = c;
	return 0;
}

/* --- files --- */

/* The folder, made where it is missing; refused when anybody but root could have written there. */
static int open_dir(void)
{
	AUTO_CLOSE int fd = -1;
	struct stat st;

	if (mkdir(STATE_DIR, 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = open(STATE_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_uid != 0 || st.st_mode & (S_IWGRP | S_IWOTH))
		return -EPERM;
	return STEAL_FD(fd);
}

static int read_file(int dir, const char *name, char *buf, size_t size)
{
	AUTO_CLOSE int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, buf, size - 1);
	if (n < 0)
		return -errno;
	buf[n] = '\0';
	return 0;
}

static int write_file(const char *name, const char *text)
{
	AUTO_CLOSE int dir = open_dir();
	AUTO_CLOSE int fd = -1;
	char new[64];

	if (dir < 0)
		return dir;
	snprintf(new, sizeof(new), ".%s", name);
	fd = openat(dir, new, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		return errno ? -errno : -EIO;
	if (fsync(fd) < 0 || renameat(dir, new, dir, name) < 0)
		return -errno;
	return 0;
}

static int remove_file(const char *name)
{
	AUTO_CLOSE int dir = open_dir();

	if (dir < 0)
		return dir;
	return unlinkat(dir, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

int state_lock(const char *verb, int64_t deadline_ms, int *ret_fd, char ret_holder[static 64])
{
	AUTO_CLOSE int dir = open_dir();
	AUTO_CLOSE int fd = -1;
	char self[64];

	if (dir < 0)
		return dir;
	fd = openat(dir, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		if (util_now_ms() >= deadline_ms) {
			ssize_t n = pread(fd, ret_holder, 63, 0);

			ret_holder[n < 0 ? 0 : n] = '\0';
			return -ETIMEDOUT;
		}
		/* flock(2) has no deadline of its own, and a start must not hang for ever. */
		nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
	}
	snprintf(self, sizeof(self), "%s, process %d", verb, (int)getpid());
	if (ftruncate(fd, 0) < 0 || pwrite(fd, self, strlen(self), 0) < 0)
		return -errno;
	*ret_fd = STEAL_FD(fd);
	return 0;
}

int state_claims(struct claim **ret, size_t *ret_n)
{
	int fd = open_dir();
	AUTO_DIR DIR *dir = NULL;
	struct claim *list = NULL;
	size_t n = 0;

	if (fd < 0)
		return fd;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -errno;
	}
	for (struct dirent *e; (e = readdir(dir));) {
		char text[RECORD_MAX], pci[PCI_ADDR_SIZE];
		struct claim claim;

		if (parse_pci(e->d_name, pci) || strcmp(pci, e->d_name))
			continue;
		if (read_file(fd, e->d_name, text, sizeof(text)) < 0 || claim_parse(text, &claim) < 0) {
			log_debug("%s/%s: not a whole record, passed over", STATE_DIR, e->d_name);
			continue;
		}
		(void)COPY(claim.vf_pci, pci);
		*GROW(list, n) = claim;
	}
	*ret = list;
	*ret_n = n;
	return 0;
}

int state_write_claim(const struct claim *claim)
{
	AUTO_FREE char *text = claim_format(claim);

	return write_file(claim->vf_pci, text);
}

int state_remove_claim(const char *vf_pci)
{
	return remove_file(vf_pci);
}

static void creation_name(const char *pf_pci, char ret[static 64])
{
	snprintf(ret, 64, CREATING "%s", pf_pci);
}

int state_mark_creation(const char *pf_pci, bool autoprobe)
{
	char name[64];

	creation_name(pf_pci, name);
	return write_file(name, autoprobe ? "1\n" : "0\n");
}

bool state_creation_marked(const char *pf_pci, bool *ret_autoprobe)
{
	AUTO_CLOSE int dir = open_dir();
	char name[64], text[8] = "";

	creation_name(pf_pci, name);
	if (dir < 0 || read_file(dir, name, text, sizeof(text)) < 0)
		return false;
	*ret_autoprobe = text[0] == '1';
	return true;
}

int state_unmark_creation(const char *pf_pci)
{
	char name[64];

	creation_name(pf_pci, name);
	return remove_file(name);
}
