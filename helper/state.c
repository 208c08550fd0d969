/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "log.h"
#include "netns.h"
#include "state.h"

#define CREATING "creating-"
#define RECORD_MAX (PATH_MAX + CLAIM_SETTINGS_SIZE + 4096)

bool claim_holds(const struct claim *claim)
{
	uint64_t id[2];

	if (claim->holder.pid)
		return process_alive(&claim->holder);
	return netns_identify(claim->container, id) == 0 && !memcmp(id, claim->netns_id, sizeof(id));
}

char *claim_netns(const struct claim *claim)
{
	return claim->holder.pid ? netns_path(claim->holder.pid) : xstrdup(claim->container);
}

const char *claim_owner(const struct claim *claim)
{
	return *claim->owner ? claim->owner : claim->container;
}

void claim_set_owner(struct claim *claim, enum runtime runtime, const char *container)
{
	AUTO_FREE char *owner = owner_format(runtime, container);

	claim->runtime = runtime;
	(void)COPY(claim->container, container);
	(void)COPY(claim->owner, owner);
}

/* --- text form --- */

/* What a PF said of a VF, as numbers: how many, and where they are. The order is that of enum vf_attr. */
static const struct {
	const char *name;
	size_t n;
} before_lines[VF_ATTRS] = {
	[VF_VLAN] = { "vlan", 3 }, [VF_MAC] = { "mac", 0 },		  [VF_SPOOFCHK] = { "spoofchk", 1 }, [VF_TRUST] = { "trust", 1 },
	[VF_RATE] = { "rate", 2 }, [VF_LINK_STATE] = { "link_state", 1 }, [VF_RSS_QUERY] = { "rss_query", 1 },
};

static void attr_numbers(const struct vf_attrs *a, enum vf_attr attr, uint32_t ret[static 3])
{
	const uint32_t numbers[VF_ATTRS][3] = {
		[VF_VLAN] = { a->vlan, a->vlan_qos, a->vlan_proto },
		[VF_SPOOFCHK] = { a->spoofchk },
		[VF_TRUST] = { a->trust },
		[VF_RATE] = { a->min_tx_rate, a->max_tx_rate },
		[VF_LINK_STATE] = { a->link_state },
		[VF_RSS_QUERY] = { a->rss_query },
	};

	memcpy(ret, numbers[attr], sizeof(numbers[attr]));
}

static void set_attr_numbers(struct vf_attrs *a, enum vf_attr attr, const uint32_t n[static 3])
{
	a->has |= VF_ATTR(attr);
	switch (attr) {
	case VF_VLAN:
		a->vlan = n[0], a->vlan_qos = n[1], a->vlan_proto = n[2];
		break;
	case VF_SPOOFCHK:
		a->spoofchk = n[0];
		break;
	case VF_TRUST:
		a->trust = n[0];
		break;
	case VF_RATE:
		a->min_tx_rate = n[0], a->max_tx_rate = n[1];
		break;
	case VF_LINK_STATE:
		a->link_state = n[0];
		break;
	case VF_RSS_QUERY:
		a->rss_query = n[0];
		break;
	default:
		break;
	}
}

#define NO_MAC "none" /* zero, which parse_mac() does not take */

static void print_before(FILE *out, const struct claim *claim)
{
	char mac[MAC_STR_SIZE];

	for (enum vf_attr attr = 0; attr < VF_ATTRS; attr++) {
		uint32_t numbers[3];

		if (!(claim->before.has & VF_ATTR(attr)))
			continue;
		attr_numbers(&claim->before, attr, numbers);
		fprintf(out, "before %s", before_lines[attr].name);
		if (attr == VF_MAC)
			fprintf(out, " %s", mac_is_zero(&claim->before.mac) ? NO_MAC : mac_format(&claim->before.mac, mac));
		for (size_t i = 0; i < before_lines[attr].n; i++)
			fprintf(out, " %u", numbers[i]);
		fputc('\n', out);
	}
	if (!mac_is_zero(&claim->before_mac))
		fprintf(out, "before effective_mac %s\n", mac_format(&claim->before_mac, mac));
}

static void print_settings(FILE *out, const char *settings)
{
	for (const char *line = settings, *end; (end = strchr(line, '\n')); line = end + 1)
		fprintf(out, "setting %.*s\n", (int)(end - line), line);
}

char *claim_format(const struct claim *claim)
{
	char mac[MAC_STR_SIZE], *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return xstrdup("");
	if (claim->runtime != RUNTIME_LXC)
		fprintf(out, "runtime %s\n", runtime_name(claim->runtime));
	fprintf(out, "container %s\n", claim->container);
	if (*claim->config_file)
		fprintf(out, "config %s\n", claim->config_file);
	if (claim->holder.pid)
		fprintf(out, "holder %d %llu\n", (int)claim->holder.pid, (unsigned long long)claim->holder.start);
	else
		fprintf(out, "namespace %llu %llu\n", (unsigned long long)claim->netns_id[0],
			(unsigned long long)claim->netns_id[1]);
	fprintf(out, "inside %s\nhome %s\nmtu %u\nmac %s\n", claim->inside, claim->home, claim->mtu,
		mac_format(&claim->mac, mac));
	if (claim->attached)
		fprintf(out, "attached %s\n", claim->moving ? "moving" : "yes");
	print_settings(out, claim->settings);
	print_before(out, claim);
	if (claim->unfinished)
		fputs("reattach unfinished\n", out);
	fputs("end\n", out);
	fclose(out);
	return text;
}

static bool take_runtime(char *value, struct claim *c)
{
	for (c->runtime = 0; c->runtime < RUNTIMES; c->runtime++)
		if (!strcmp(runtime_name(c->runtime), value))
			return true;
	return false;
}

static bool take_container(char *value, struct claim *c)
{
	return COPY(c->container, value);
}

static bool take_config(char *value, struct claim *c)
{
	return *value == '/' && COPY(c->config_file, value);
}

static bool take_number(const char *text, uint64_t *ret)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*ret = strtoull(text, &end, 10);
	return !errno && !*end;
}

static bool take_holder(char *value, struct claim *c)
{
	char *space = strchr(value, ' ');
	unsigned pid;

	if (!space)
		return false;
	*space = '\0';
	if (parse_uint(value, 1, INT32_MAX, &pid))
		return false;
	c->holder.pid = (pid_t)pid;
	return take_number(space + 1, &c->holder.start);
}

static bool take_namespace(char *value, struct claim *c)
{
	char *space = strchr(value, ' ');

	if (!space)
		return false;
	*space = '\0';
	return take_number(value, &c->netns_id[0]) && take_number(space + 1, &c->netns_id[1]);
}

static bool take_attached(char *value, struct claim *c)
{
	c->attached = true;
	c->moving = !strcmp(value, "moving");
	return c->moving || !strcmp(value, "yes");
}

static bool take_setting(char *value, struct claim *c)
{
	size_t len = strlen(c->settings);

	return strchr(value, ' ') &&
	       snprintf(c->settings + len, sizeof(c->settings) - len, "%s\n", value) < (int)(sizeof(c->settings) - len);
}

static bool take_before(char *value, struct claim *c)
{
	char *name = strtok_r(value, " ", &value), *word;
	uint32_t numbers[3] = { 0 };
	enum vf_attr attr = 0;

	if (!name)
		return false;
	if (!strcmp(name, "effective_mac"))
		return !parse_mac(value, &c->before_mac);
	while (attr < VF_ATTRS && strcmp(before_lines[attr].name, name) != 0)
		attr++;
	if (attr == VF_ATTRS || c->before.has & VF_ATTR(attr))
		return false;
	c->before.has |= VF_ATTR(attr);
	if (attr == VF_MAC)
		return !strcmp(value, NO_MAC) || !parse_mac(value, &c->before.mac);
	for (size_t i = 0; i < before_lines[attr].n; i++) {
		word = strtok_r(value, " ", &value);
		if (!word || parse_uint(word, 0, UINT32_MAX, &numbers[i]))
			return false;
	}
	set_attr_numbers(&c->before, attr, numbers);
	return !*value;
}

static bool take_inside(char *value, struct claim *c)
{
	return !parse_ifname(value, c->inside);
}

static bool take_home(char *value, struct claim *c)
{
	return !parse_ifname(value, c->home);
}

static bool take_mtu(char *value, struct claim *c)
{
	return !parse_uint(value, 0, UINT32_MAX, &c->mtu);
}

static bool take_mac(char *value, struct claim *c)
{
	return !parse_mac(value, &c->mac);
}

static bool take_reattach(char *value, struct claim *c)
{
	c->unfinished = true;
	return !strcmp(value, "unfinished");
}

enum { NEEDED = 1, REPEATED = 2 };

static const struct {
	const char *key;
	bool (*take)(char *value, struct claim *c);
	unsigned flags;
} record_lines[] = {
	{ "runtime", take_runtime, 0 },	    { "container", take_container, NEEDED },
	{ "config", take_config, 0 },	    { "holder", take_holder, 0 },
	{ "namespace", take_namespace, 0 }, { "inside", take_inside, NEEDED },
	{ "home", take_home, NEEDED },	    { "mtu", take_mtu, NEEDED },
	{ "mac", take_mac, NEEDED },	    { "attached", take_attached, 0 },
	{ "setting", take_setting, REPEATED }, { "before", take_before, REPEATED },
	{ "reattach", take_reattach, 0 },
};

/* What one line alone does not say. */
static bool is_whole(const struct claim *c, unsigned seen)
{
	bool netns = c->runtime == RUNTIME_NETNS, by_netns = c->netns_id[0];

	for (unsigned i = 0; i < ARRAY_SIZE(record_lines); i++)
		if (record_lines[i].flags & NEEDED && !(seen & 1U << i))
			return false;
	if (netns ? *c->container != '/' : !!parse_container(c->container))
		return false;
	if (netns != by_netns || by_netns == !!c->holder.pid)
		return false;
	return c->runtime != RUNTIME_LXC || *c->config_file;
}

int claim_parse(const char *text, struct claim *ret)
{
	AUTO_FREE char *copy = xstrdup(text);
	struct claim c = { 0 };
	unsigned seen = 0;
	char *line = copy, *next;

	for (; (next = strchr(line, '\n')) && strcmp(line, "end\n") != 0; line = next + 1) {
		char *value = memchr(line, ' ', (size_t)(next - line));

		if (!value)
			return -EINVAL;
		*value++ = *next = '\0';
		for (unsigned i = 0; i < ARRAY_SIZE(record_lines); i++) {
			bool again = seen & 1U << i && !(record_lines[i].flags & REPEATED);

			if (strcmp(record_lines[i].key, line) != 0)
				continue;
			if (again || !record_lines[i].take(value, &c))
				return -EINVAL;
			seen |= 1U << i;
		}
	}
	if (!next || !is_whole(&c, seen))
		return -EINVAL;
	claim_set_owner(&c, c.runtime, c.container);
	*ret = c;
	return 0;
}

/* --- files --- */

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
	struct claim *list = NULL;
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
	for (struct dirent *e; (e = readdir(dir));) {
		char text[RECORD_MAX], pci[PCI_ADDR_SIZE];
		struct claim claim;
		int r;

		if (parse_pci(e->d_name, pci) || strcmp(pci, e->d_name))
			continue;
		r = read_file(fd, e->d_name, text, sizeof(text));
		if (r == -ENOENT)
			continue; /* a post-stop removed it while we looked, without its lock */
		if (r < 0 || claim_parse(text, &claim) < 0) {
			strv_addf(warnings, STATE_DIR "/%s: not a whole record, passed over; the next start writes it anew",
				  e->d_name);
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
