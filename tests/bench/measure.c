/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

/*
 * measure FILE COMMAND...: runs it, and adds a line "MILLISECONDS MILLISECONDS KIBIBYTES" to FILE: wall time, time of CPU,
 * and the peak of resident memory. Ends with its status. A small program, since the kernel counts what a child had before it
 * became the command.
 */
extern char **environ;

static double milliseconds(struct timeval t)
{
	return (double)t.tv_sec * 1e3 + (double)t.tv_usec / 1e3;
}

int main(int argc, char **argv)
{
	struct timespec from, to;
	struct rusage usage;
	int status, error;
	FILE *out;
	pid_t pid;

	if (argc < 3) {
		fprintf(stderr, "usage: measure FILE COMMAND...\n");
		return 2;
	}
	clock_gettime(CLOCK_MONOTONIC, &from);
	error = posix_spawnp(&pid, argv[2], NULL, NULL, argv + 2, environ);
	if (error) {
		fprintf(stderr, "measure: %s: %s\n", argv[2], strerror(error));
		return 127;
	}
	if (wait4(pid, &status, 0, &usage) < 0) {
		perror("measure: wait4");
		return 127;
	}
	clock_gettime(CLOCK_MONOTONIC, &to);
	out = fopen(argv[1], "ae");
	if (!out) {
		perror(argv[1]);
		return 127;
	}
	fprintf(out, "%.3f %.3f %ld\n", (double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) / 1e6,
		milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime), usage.ru_maxrss);
	fclose(out);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
