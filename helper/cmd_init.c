/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cmds.h"
#include "draft.h"
#include "log.h"
#include "view.h"

/* Without them the VFs of stopped containers would get names to be replaced, and nobody would know why. */
static enum status read_containers(const struct invocation *inv, struct lxc_defined_nic **ret, size_t *ret_n)
{
	const char *lxcpath = inv->lxcpath ? inv->lxcpath : lxc_default_path();
	AUTO_STRV struct strv unreadable = { 0 };
	int r = lxc_defined_nics(lxcpath, &unreadable, ret, ret_n);

	for (size_t i = 0; i < unreadable.n; i++)
		log_warning("%s: LXC does not take its configuration in %s/%s, so its VFs are not known as such",
			    unreadable.s[i], lxcpath, unreadable.s[i]);
	if (r == 0 || ((r == -ENOENT || r == -ENOPKG) && !inv->lxcpath))
		return STATUS_OK; /* a host without LXC */
	if (r == -ENOPKG)
		log_error("init: %s: %s", lxcpath, LXC_ABSENT);
	else
		log_error("init: %s: %s; it should be the folder where LXC keeps containers", lxcpath, strerror(-r));
	return STATUS_FAILED;
}

enum status cmd_init(const struct invocation *inv)
{
	struct lxc_defined_nic *nics = NULL;
	AUTO_HOST struct host host = { 0 };
	AUTO_STRV struct strv in_use = { 0 };
	enum status status;
	size_t n = 0;
	int r;

	if (inv->n_args)
		return cmd_usage(inv, "it takes no arguments");
	status = cmd_snapshot(NULL, 0, &host);
	if (status != STATUS_OK)
		return status;
	if (!host.n_pf) {
		log_error("init: no network device of this host offers VFs; is SR-IOV enabled in the firmware, and the driver of "
			  "the card loaded?");
		return STATUS_FAILED;
	}
	(void)host_locate(&host, NULL, NULL);
	r = netlink_addressed(&in_use);
	if (r < 0) {
		log_error("init: list the addresses of this host: %s", strerror(-r));
		return STATUS_FAILED;
	}
	status = read_containers(inv, &nics, &n);
	if (status == STATUS_OK)
		draft_print(&(struct draft_facts){ &host, nics, n, &in_use }, stdout);
	lxc_free_nics(nics, n);
	return status;
}
