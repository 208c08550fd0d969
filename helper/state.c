/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "state.h"

#define CREATING "creating-"

/* The folder; refused when anybody but root could have written there. */
static int open_dir_to_read(void)
{
	AUTO_CLOSE int fd = -1;
	struct stat st;

	fd = open(STATE_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_uid != 0 || st.st_mode & (S_IWGRP | S_IWOTH))
		return -EPERM;
	return STEAL_FD(fd);
}

/* The same, made where it is missing. */
static int open_dir(void)
{
	if (mkdir(STATE_DIR, 0700) < 0 && errno != EEXIST)
		return -errno;
	return open_dir_to_read();
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
	ssize_t n;
	int r = 0;

	if (dir < 0)
		return dir;
	snprintf(new, sizeof(new), ".%s", name);
	fd = openat(dir, new, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	n = write(fd, text, strlen(text));
	if (n != (ssize_t)strlen(text))
		r = n < 0 ? -errno : -ENOSPC;
	else if (fsync(fd) < 0 || renameat(dir, new, dir, name) < 0)
		r = -errno;
	if (r < 0)
		(void)unlinkat(dir, new, 0);
	return r;
}

static int remove_file(const char *name)
{
	AUTO_CLOSE int dir = open_dir();

	if (dir < 0)
		return dir;
	return unlinkat(dir, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

static void on_alarm(int signal)
{
	(void)signal;
}

/*
 * flock(2) has no deadline of its own, and a start must not hang for ever: an alarm ends it, again and again in case it
 * comes just before the call. Trying without waiting would be nobody's turn, and take the time of whoever has the lock.
 */
static int flock_until(int fd, int64_t deadline_ms)
{
	const struct sigaction interrupt = { .sa_handler = on_alarm };
	int64_t left = deadline_ms > util_now_ms() ? deadline_ms - util_now_ms() : 1;
	const struct itimerval at_deadline = { { .tv_usec = 100000 }, { left / 1000, left % 1000 * 1000 } }, never = { 0 };
	struct sigaction before;
	sigset_t alarm, mask;
	int r = flock(fd, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;

	if (r != -EWOULDBLOCK)
		return r;
	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	sigaction(SIGALRM, &interrupt, &before);
	sigprocmask(SIG_UNBLOCK, &alarm, &mask);
	setitimer(ITIMER_REAL, &at_deadline, NULL);
	do
		r = flock(fd, LOCK_EX) < 0 ? -errno : 0;
	while (r == -EINTR && util_now_ms() < deadline_ms);
	setitimer(ITIMER_REAL, &never, NULL);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	sigaction(SIGALRM, &before, NULL);
	return r == -EINTR ? -ETIMEDOUT : r;
}

int state_lock(const char *verb, int64_t deadline_ms, int *ret_fd, char ret_holder[static 64])
{
	AUTO_CLOSE int dir = open_dir();
	AUTO_CLOSE int fd = -1;
	char self[64];
	int r;

	if (dir < 0)
		return dir;
	fd = openat(dir, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = flock_until(fd, deadline_ms);
	if (r == -ETIMEDOUT) {
		ssize_t n = pread(fd, ret_holder, 63, 0);

		ret_holder[n < 0 ? 0 : n] = '\0';
	}
	if (r < 0)
		return r;
	snprintf(self, sizeof(self), "%s, process %d", verb, (int)getpid());
	if (ftruncate(fd, 0) < 0 || pwrite(fd, self, strlen(self), 0) < 0)
		return -errno;
	*ret_fd = STEAL_FD(fd);
	return 0;
}

int state_claims(struct strv *warnings, struct claim **ret, size_t *ret_n)
{
	int fd = open_dir_to_read();
	AUTO_DIR DIR *dir = NULL;
	AUTO_FREE struct claim *list = NULL;
	size_t n = 0;

	if (fd == -ENOENT) {
		*ret = NULL;
		*ret_n = 0;
		return 0;
	}
	if (fd < 0)
		return fd;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -errno;
	}
	errno = 0;
	for (struct dirent *e; (e = readdir(dir)); errno = 0) {
		char text[CLAIM_TEXT_SIZE], pci[PCI_ADDR_SIZE];
		struct claim claim;
		int r;

		if (parse_pci(e->d_name, pci) || strcmp(pci, e->d_name))
			continue;
		r = read_file(fd, e->d_name, text, sizeof(text));
		if (r == -ENOENT)
			continue; /* a post-stop removed it while we looked, without its lock */
		if (r < 0 && r != -ELOOP && r != -EISDIR)
			return r;
		if (r < 0 || claim_parse(text, &claim) < 0) {
			strv_addf(warnings, STATE_DIR "/%s: not a whole record, passed over; the next start writes it anew",
				  e->d_name);
			continue;
		}
		(void)COPY(claim.vf_pci, pci);
		*GROW(list, n) = claim;
	}
	/* One that is not seen is one that nobody respects. */
	if (errno)
		return -errno;
	*ret = STEAL_PTR(list);
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
	AUTO_CLOSE int dir = open_dir_to_read();
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
