/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>

/*
 * What the sanitizers ask the lab's build of lxc-sriov: who calls it (LXC, udevd, systemd) gives it no environment of
 * ours. sanitizers.bats looks for what they wrote.
 */
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);
int __lsan_is_turned_off(void);

const char *__asan_default_options(void)
{
	return "log_path=/var/tmp/sanitizers:exitcode=99:detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1";
}

const char *__ubsan_default_options(void)
{
	return "log_path=/var/tmp/sanitizers:exitcode=99:print_stacktrace=1";
}

/* It looks for leaks by ptrace, and cannot while strace has us. */
int __lsan_is_turned_off(void)
{
	FILE *status = fopen("/proc/self/status", "re");
	char line[256];
	int tracer = 0;

	while (status && fgets(line, sizeof(line), status) && sscanf(line, "TracerPid: %d", &tracer) != 1)
		;
	if (status)
		(void)fclose(status);
	return tracer != 0;
}
