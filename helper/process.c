/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "netns.h"
#include "process.h"

static int read_proc(pid_t pid, const char *file, char *buf, size_t size, size_t *ret_len)
{
	char path[64];
	AUTO_CLOSE int fd = -1;
	size_t len = 0;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while (len < size - 1) {
		ssize_t n = read(fd, buf + len, size - 1 - len);

		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	buf[len] = '\0';
	*ret_len = len;
	return 0;
}

/* Fields 4 (parent) and 22 (start time) of proc(5)'s stat; the name in field 2 may hold anything. */
static int read_stat(pid_t pid, pid_t *ret_parent, uint64_t *ret_start)
{
	char buf[1024] = "", *word, *rest;
	size_t len;
	pid_t parent = 0;
	int r = read_proc(pid, "stat", buf, sizeof(buf), &len);

	if (r < 0)
		return r;
	rest = strrchr(buf, ')');
	if (!rest)
		return -EIO;
	rest++;
	for (int field = 3; (word = strtok_r(rest, " ", &rest)); field++) {
		if (field == 3 && (*word == 'Z' || *word == 'X'))
			return -ESRCH;
		if (field == 4)
			parent = (pid_t)strtol(word, NULL, 10);
		if (field == 22) {
			*ret_parent = parent;
			*ret_start = strtoull(word, NULL, 10);
			return 0;
		}
	}
	return -EIO;
}

bool process_alive(const struct process *p)
{
	uint64_t start;
	pid_t parent;

	return p->pid > 0 && read_stat(p->pid, &parent, &start) == 0 && start == p->start;
}

int process_identify(pid_t pid, struct process *ret)
{
	uint64_t start;
	pid_t parent;
	int r = read_stat(pid, &parent, &start);

	if (r < 0)
		return r == -ENOENT ? -ESRCH : r;
	*ret = (struct process){ pid, start };
	return 0;
}

/* Whether the environment that @pid was started with has the line @mark. */
static bool started_with(pid_t pid, const char *mark)
{
	enum { ROOM = 128 << 10 };
	AUTO_FREE char *env = xcalloc(1, ROOM);
	size_t len = 0;

	if (read_proc(pid, "environ", env, ROOM, &len) < 0)
		return false;
	for (const char *p = env; p < env + len; p += strlen(p) + 1)
		if (!strcmp(p, mark))
			return true;
	return false;
}

int process_hook_caller(const char *config_file, struct process *ret)
{
	AUTO_FREE char *mark = xasprintf("LXC_CONFIG_FILE=%s", config_file);
	struct process p = { .pid = getppid() };

	for (;;) {
		pid_t parent;
		int r = read_stat(p.pid, &parent, &p.start);

		if (r < 0)
			return r;
		if (p.pid == 1)
			return -ESRCH; /* it died, and we are init's now */
		if (!started_with(p.pid, mark))
			break;
		p.pid = parent;
	}
	*ret = p;
	return 0;
}

/* Whether two processes run the same program; true also when one of them has ended. */
static bool same_program(pid_t a, pid_t b)
{
	char path[2][64];
	struct stat st[2];

	snprintf(path[0], sizeof(path[0]), "/proc/%d/exe", (int)a);
	snprintf(path[1], sizeof(path[1]), "/proc/%d/exe", (int)b);
	return stat(path[0], &st[0]) < 0 || stat(path[1], &st[1]) < 0 ||
	       (st[0].st_dev == st[1].st_dev && st[0].st_ino == st[1].st_ino);
}

/* Whether @pid is what @holder runs in another network namespace, once it has become another program. */
static bool is_init_of(const struct process *holder, pid_t pid)
{
	uint64_t start;
	pid_t parent;

	return pid > 0 && read_stat(pid, &parent, &start) == 0 && parent == holder->pid && netns_is_foreign(pid) &&
	       !same_program(pid, holder->pid);
}

/* Among the children that the kernel lists of the holder's threads (CONFIG_PROC_CHILDREN); 0: not there. */
static pid_t find_in_children(const struct process *holder)
{
	char path[64], list[4096];
	AUTO_DIR DIR *threads = NULL;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)holder->pid);
	threads = opendir(path);
	for (struct dirent *e; threads && (e = readdir(threads));) {
		char *rest = list;
		size_t len;

		snprintf(path, sizeof(path), "task/%.20s/children", e->d_name);
		if (*e->d_name == '.' || read_proc(holder->pid, path, list, sizeof(list), &len) < 0)
			continue;
		for (char *word; (word = strtok_r(rest, " ", &rest));) {
			pid_t pid = (pid_t)strtol(word, NULL, 10);

			if (is_init_of(holder, pid))
				return pid;
		}
	}
	return 0;
}

int process_container_init(const struct process *holder, pid_t *ret)
{
	AUTO_DIR DIR *proc = NULL;
	pid_t pid;

	if (!process_alive(holder))
		return -ESRCH;
	pid = find_in_children(holder);
	/* That list may lack one whose sibling has just ended (proc(5)): not to be there takes a look at all. */
	proc = pid ? NULL : opendir("/proc");
	for (struct dirent *e; proc && !pid && (e = readdir(proc));) {
		pid_t one = (pid_t)strtol(e->d_name, NULL, 10);

		if (is_init_of(holder, one))
			pid = one;
	}
	if (!pid)
		return -ESRCH;
	*ret = pid;
	return 0;
}

/* What the control group of @pid calls the container that it is in; NULL: none. */
static char *name_of_group(pid_t pid)
{
	/* LXC 4 and later; Proxmox, which sets lxc.cgroup.dir.container to lxc/ID/ns, and LXC 3. */
	static const char *const marks[] = { "/lxc.payload.", ":/lxc/" };
	char path[64], line[PATH_MAX];
	AUTO_FILE FILE *f = NULL;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
			char *name = strstr(line, marks[i]);

			if (!name)
				continue;
			name += strlen(marks[i]);
			name[strcspn(name, "/\n")] = '\0';
			if (*name)
				return xstrdup(name);
		}
	return NULL;
}

/*
 * The name in the title of the nearest ancestor that is in no container, "[lxc monitor] PATH NAME"; NULL: it has no such title,
 * as one of lxc-start -F has none. What the container's own processes are called says nothing.
 */
static char *name_of_monitor(pid_t pid)
{
	static const char title[] = "[lxc monitor] ";
	char line[PATH_MAX];
	uint64_t start;
	size_t len;

	for (;;) {
		AUTO_FREE char *group = NULL;

		if (read_stat(pid, &pid, &start) < 0 || pid <= 1)
			return NULL;
		group = name_of_group(pid);
		if (!group)
			break;
	}
	if (read_proc(pid, "cmdline", line, sizeof(line), &len) < 0 || strncmp(line, title, strlen(title)) != 0)
		return NULL;
	return xstrdup(strrchr(line, ' ') + 1);
}

/* Whether LXC may have called a control group of container @name so: NAME, or NAME-1 and so on. */
static bool is_group_of(const char *group, const char *name)
{
	size_t len = strlen(name);
	const char *more = group + len;

	if (strncmp(group, name, len) != 0)
		return false;
	return !*more || (*more == '-' && more[1] && !more[1 + strspn(more + 1, "0123456789")]);
}

char *process_container(pid_t pid, const char *expected)
{
	AUTO_FREE char *group = name_of_group(pid), *name = group ? name_of_monitor(pid) : NULL;

	if (name && is_group_of(group, name))
		return STEAL_PTR(name);
	return group && !name && expected && is_group_of(group, expected) ? xstrdup(expected) : STEAL_PTR(group);
}

static int spawn(const char *const argv[], int output, pid_t *ret)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	char *const env[] = { path, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none;
	int r;

	/* watch has SIGTERM blocked for itself. */
	sigemptyset(&none);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (output < 0)
		posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	else
		posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	r = posix_spawnp(ret, argv[0], &files, &attributes, (char *const *)argv, env);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attributes);
	return -r;
}

static int await_end(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
}

int process_run(const char *const argv[])
{
	pid_t pid;
	int r = spawn(argv, -1, &pid);

	return r < 0 ? r : await_end(pid);
}

int process_output(const char *const argv[], char **ret)
{
	enum { ROOM = 4096 };
	AUTO_FREE char *text = xcalloc(1, ROOM);
	AUTO_CLOSE int from = -1, to = -1;
	char rest[512];
	size_t len = 0;
	int ends[2], r;
	ssize_t n;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	from = ends[0];
	to = ends[1];
	r = spawn(argv, to, &pid);
	if (r < 0)
		return r;
	close(STEAL_FD(to));
	while ((n = read(from, len < ROOM - 1 ? text + len : rest, len < ROOM - 1 ? ROOM - 1 - len : sizeof(rest))) > 0 ||
	       (n < 0 && errno == EINTR))
		if (n > 0 && len < ROOM - 1)
			len += (size_t)n;
	r = await_end(pid);
	*ret = STEAL_PTR(text);
	return r;
}

int process_watch(const struct process *p)
{
	int fd = (int)syscall(SYS_pidfd_open, p->pid, 0);

	if (fd < 0)
		return -errno;
	/* It may be that of another one, which got the number. */
	if (process_alive(p))
		return fd;
	close(fd);
	return -ESRCH;
}

struct background {
	void (*fn)(const void *arg);
	const void *arg;
};

static int run_background(void *arg)
{
	const struct background *b = arg;
	int null = open("/dev/null", O_RDWR);
	sigset_t none;

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		(void)dup2(null, fd);
	(void)close_range(STDERR_FILENO + 1, ~0U, 0);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	b->fn(b->arg);
	_exit(EXIT_SUCCESS);
}

void process_background(const char *netns, void (*fn)(const void *arg), const void *arg)
{
	struct background b = { fn, arg };
	pid_t pid = fork();
	int status;

	if (pid > 0)
		(void)waitpid(pid, &status, 0);
	if (pid)
		return;
	/* The child of a child is init's to wait for. */
	if (setsid() < 0 || chdir("/") < 0 || fork() != 0)
		_exit(EXIT_SUCCESS);
	(void)netns_run(netns, run_background, &b);
	_exit(EXIT_SUCCESS);
}

void process_name(pid_t pid, char ret[static PROCESS_NAME_SIZE])
{
	size_t len;

	if (read_proc(pid, "comm", ret, PROCESS_NAME_SIZE, &len) < 0)
		ret[0] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
}

bool process_is_there(const char *name)
{
	AUTO_DIR DIR *proc = opendir("/proc");

	for (struct dirent *e; proc && (e = readdir(proc));) {
		pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);
		char comm[PROCESS_NAME_SIZE];

		if (pid <= 0)
			continue;
		process_name(pid, comm);
		if (!strcmp(comm, name) && !netns_is_foreign(pid))
			return true;
	}
	return false;
}
