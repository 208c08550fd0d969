/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cmds.h"
#include "log.h"

static int find_device(const char *word, char ret_pci[static PCI_ADDR_SIZE])
{
	if (!parse_pci(word, ret_pci))
		return sysfs_pci_exists(ret_pci) ? 0 : -ENODEV;
	return strchr(word, '/') ? -ENODEV : sysfs_netdev_pci(word, ret_pci);
}

/* udev calls this for each VF that appears, also while a pin that made it holds the lock: it waits for nobody. */
enum status cmd_owner(const struct invocation *inv)
{
	AUTO_CONFIG struct config config = { 0 };
	AUTO_FREE const struct config_pf **sections = NULL;
	AUTO_HOST struct host host = { 0 };
	char pci[PCI_ADDR_SIZE], mac[MAC_STR_SIZE];
	const struct config_nic *nic = NULL;
	const struct host_pf *pf = NULL;
	const struct host_vf *vf;
	enum status status;

	if (inv->n_args != 1)
		return cmd_usage(inv, "it takes one VF, by the name of its network device or by PCI address");
	status = cmd_load_config(inv, &config);
	if (status != STATUS_OK)
		return status;
	if (find_device(inv->args[0], pci) < 0) {
		log_error("%s: no such network device on PCI here; give its PCI address if it is in another namespace",
			  inv->args[0]);
		return STATUS_FAILED;
	}
	sections = config_pf_list(&config);
	status = cmd_snapshot(sections, config.n_pf, &host);
	if (status != STATUS_OK)
		return status;
	vf = host_vf_by_pci(&host, pci, &pf);
	if (vf)
		nic = host_nic(&config, pf, vf->index);
	if (!nic)
		return STATUS_FAILED; /* nobody's */
	printf("LXC_SRIOV_CONTAINER=%s\nLXC_SRIOV_NIC=%u\nLXC_SRIOV_MAC=%s\n", nic->container, nic->index,
	       mac_format(&nic->want.mac, mac));
	return STATUS_OK;
}
