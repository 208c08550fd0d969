/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <getopt.h>
#include <signal.h>

#include "cmds.h"
#include "log.h"

static const struct verb verbs[] = {
	{ "check", "[FILE...]", "validate configuration without touching the host", 0, false, cmd_check },
	{ "init", "[-P PATH]", "print a configuration that leaves the host as it is", OPT_LXCPATH, true, cmd_init },
	{ "pin", "[--dry-run] [--recreate] [PF...]", "make the host's VFs what the configuration says",
	  OPT_DRY_RUN | OPT_RECREATE, true, cmd_pin },
	{ "attach", "[-P PATH] [--KEY VALUE] TARGET", "give a running container a VF", OPT_LXCPATH | OPT_NAME | OPT_NIC,
	  true, cmd_attach },
	{ "detach", "[--name IFNAME] TARGET", "take back what attach gave", OPT_NAME, true, cmd_detach },
	{ "watch", "docker|podman", "attach and detach as containers start and die", 0, true, cmd_watch },
	{ "reattach", "", "give running containers their VFs back after a driver reload", 0, true, cmd_reattach },
	{ "reclaim", "[--force]", "bring home VFs that no running container owns", OPT_FORCE, true, cmd_reclaim },
	{ "list", "[--json] [PF...]", "show PFs, VFs, their MACs and their owners", OPT_JSON, true, cmd_list },
	{ "metrics", "[--output FILE]", "counters of VFs, for Prometheus", OPT_OUTPUT, true, cmd_metrics },
	{ "doctor", "[--json] [-P PATH]", "say what keeps containers from their VFs, and the fix",
	  OPT_JSON | OPT_LXCPATH, true, cmd_doctor },
	{ "owner", "VF", "which container a VF belongs to, as udev reads it", 0, true, cmd_owner },
	{ "config", "[--write] [--format lxc|proxmox] [-P PATH] NAME", "print or write a container's lines for LXC",
	  OPT_WRITE | OPT_LXCPATH | OPT_FORMAT, false, cmd_config },
	{ "hook", "[NAME SECTION TYPE]", "what LXC's hooks call", 0, true, cmd_hook },
};

enum { LONG_DRY_RUN = 256, LONG_WRITE, LONG_JSON, LONG_FORCE, LONG_RECREATE, LONG_FORMAT, LONG_NIC };

#define NIC_OPTION(name, key)                                   \
	{                                                       \
		name, required_argument, NULL, LONG_NIC + (key) \
	}

static const struct option long_options[] = {
	NIC_OPTION("ipv4", NIC_IPV4),
	NIC_OPTION("ipv4-gateway", NIC_IPV4_GATEWAY),
	NIC_OPTION("ipv6", NIC_IPV6),
	NIC_OPTION("ipv6-gateway", NIC_IPV6_GATEWAY),
	NIC_OPTION("link", NIC_LINK),
	NIC_OPTION("link-state", NIC_LINK_STATE),
	NIC_OPTION("mac", NIC_MAC),
	NIC_OPTION("max-tx-rate", NIC_MAX_TX_RATE),
	NIC_OPTION("min-tx-rate", NIC_MIN_TX_RATE),
	NIC_OPTION("mtu", NIC_MTU),
	NIC_OPTION("name", NIC_NAME),
	NIC_OPTION("optional", NIC_OPTIONAL),
	NIC_OPTION("pf", NIC_PF),
	NIC_OPTION("rss-query", NIC_RSS_QUERY),
	NIC_OPTION("shape", NIC_SHAPE),
	NIC_OPTION("spoofchk", NIC_SPOOFCHK),
	NIC_OPTION("trust", NIC_TRUST),
	NIC_OPTION("vf", NIC_VF),
	NIC_OPTION("vlan", NIC_VLAN),
	NIC_OPTION("vlan-proto", NIC_VLAN_PROTO),
	NIC_OPTION("vlan-qos", NIC_VLAN_QOS),
	{ "config", required_argument, NULL, 'c' },
	{ "dry-run", no_argument, NULL, LONG_DRY_RUN },
	{ "force", no_argument, NULL, LONG_FORCE },
	{ "format", required_argument, NULL, LONG_FORMAT },
	{ "help", no_argument, NULL, 'h' },
	{ "lxcpath", required_argument, NULL, 'P' },
	{ "json", no_argument, NULL, LONG_JSON },
	{ "output", required_argument, NULL, 'o' },
	{ "recreate", no_argument, NULL, LONG_RECREATE },
	{ "verbose", no_argument, NULL, 'v' },
	{ "version", no_argument, NULL, 'V' },
	{ "write", no_argument, NULL, LONG_WRITE },
	{ 0 },
};

static enum status usage(FILE *out)
{
	fputs("usage: lxc-sriov [-c FILE] [-v] VERB [ARGUMENTS]\n\n"
	      "Gives LXC containers SR-IOV virtual functions (VFs) with fixed MAC addresses.\n\n",
	      out);
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		fprintf(out, "  %-8s %-32s %s\n", verbs[i].name, verbs[i].args, verbs[i].summary);
	fputs("\nTARGET is lxc:NAME, docker:NAME, podman:NAME, pid:N or netns:PATH. KEY is one of a NIC's section: pf, vf, mac,\n"
	      "name, ipv4, ipv4-gateway ... with which attach needs no section.\n"
	      "\n  -c, --config FILE  read FILE instead of " SYSCONFDIR "/lxc/sriov.ini\n"
	      "  -P, --lxcpath PATH where LXC keeps containers, where that is not its default\n"
	      "  -v, --verbose      say what is done\n"
	      "  -h, --help         this text\n"
	      "      --version      the version\n\n"
	      "Exit status: 0 done, 1 an operation failed, 2 usage or configuration error,\n"
	      "3 the VF is held by another running container. See lxc-sriov(8).\n",
	      out);
	return out == stdout ? STATUS_OK : STATUS_USAGE;
}

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

int main(int argc, char **argv)
{
	AUTO_FREE struct config_setting *settings = NULL;
	struct invocation inv = { .config_path = SYSCONFDIR "/lxc/sriov.ini" };
	const struct verb *verb;
	enum status status;
	int c;

	/* The program runs as root and starts others (modprobe): nothing of that is the caller's choice. */
	if (setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1) < 0)
		return STATUS_FAILED;

	/* A reader of our output that ends must not end us between two changes. */
	signal(SIGPIPE, SIG_IGN);
	argv[0] = (char[]){ "lxc-sriov" }; /* what getopt puts before its messages */
	while ((c = getopt_long(argc, argv, "c:ho:P:vV", long_options, NULL)) != -1)
		switch (c) {
		case 'c':
			inv.config_path = optarg;
			break;
		case 'o':
			inv.output = optarg;
			inv.options |= OPT_OUTPUT;
			break;
		case 'P':
			inv.lxcpath = optarg;
			inv.options |= OPT_LXCPATH;
			break;
		case 'v':
			log_set_verbose();
			break;
		case 'h':
			return (int)usage(stdout);
		case 'V':
			puts("lxc-sriov " VERSION);
			return STATUS_OK;
		case LONG_DRY_RUN:
			inv.options |= OPT_DRY_RUN;
			break;
		case LONG_FORCE:
			inv.options |= OPT_FORCE;
			break;
		case LONG_RECREATE:
			inv.options |= OPT_RECREATE;
			break;
		case LONG_WRITE:
			inv.options |= OPT_WRITE;
			break;
		case LONG_FORMAT:
			inv.format = optarg;
			inv.options |= OPT_FORMAT;
			break;
		case LONG_JSON:
			inv.options |= OPT_JSON;
			break;
		default:
			if (c < LONG_NIC)
				return (int)usage(stderr);
			*GROW(settings, inv.n_settings) =
				(struct config_setting){ (enum config_nic_key)(c - LONG_NIC), optarg };
			inv.options |= c - LONG_NIC == NIC_NAME ? OPT_NAME : OPT_NIC;
		}
	inv.setting = settings;
	if (optind == argc)
		return (int)usage(stderr);

	verb = find_verb(argv[optind]);
	if (!verb) {
		log_error("%s: no such verb; see lxc-sriov --help", argv[optind]);
		return STATUS_USAGE;
	}
	inv.verb = verb->name;
	inv.args = &argv[optind + 1];
	inv.n_args = (size_t)(argc - optind - 1);
	if (inv.options & ~verb->options)
		return (int)cmd_usage(&inv, "an option that this verb does not take");
	if (verb->root && geteuid() != 0) {
		log_error("%s: it acts on the host's network devices; run it as root", verb->name);
		return STATUS_FAILED;
	}
	status = verb->run(&inv);
	if (fflush(stdout) == EOF && status == STATUS_OK) {
		log_error("%s: standard output: %s", verb->name, strerror(errno));
		status = STATUS_FAILED;
	}
	return (int)status;
}
