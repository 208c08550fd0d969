/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "attach.h"
#include "log.h"

enum status cmd_detach(const struct invocation *inv)
{
	struct target target = { 0 };
	const char *wrong, *inside = inv->n_settings ? inv->setting[0].value : NULL;
	char ignored[IFNAMSIZ];

	if (inv->n_args != 1)
		return cmd_usage(inv, "it takes one target: lxc:NAME, docker:NAME, podman:NAME, pid:N or netns:PATH");
	wrong = target_parse(inv->args[0], &target);
	if (wrong)
		return cmd_usage(inv, "%s: %s", inv->args[0], wrong);
	wrong = inside ? parse_ifname(inside, ignored) : NULL;
	if (wrong)
		return cmd_usage(inv, "--name %s: %s", inside, wrong);
	return detach_run(inv, &target, inside, false);
}
