/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include <linux/if_ether.h>

#include "../../helper/plan.h"

/*
 * Each row is a configuration, a host, and what is to be done about the difference. A host is written as
 * lines of words, made into a snapshot by build_host():
 *   pf NAME up|down TOTALVFS [noprobe] [creating=0|1]
 *   vf here NETDEV EFFECTIVE ADMIN        the VFs of the PF above, from index 0
 *   vf unbound|nonetdev=DRIVER|away ADMIN
 * and behind a vf line:  in=CONTAINER (located in its namespace, with MAC mac=M)  pid=N
 *   netns=PATH  kept=N  mtu=N  up=yes, and what the PF tells: vlan=N  trust=yes|no  max=RATE
 *   unfinished=1 (behind mine: a reattach was killed)  attached=yes|moving  before=M (attached with SETTINGS, and what
 *   the VF had before: that MAC, and no trust)
 *   held=CONTAINER, mine=CONTAINER, stale=CONTAINER: its record is of another start that goes on, of the one
 *   that asks, of one that is over; namesake=CONTAINER: held by one of that name in another lxcpath
 * "link NAME" is a netdev that is no VF.
 * MACs are written as their last byte in hex: M1 is 02:00:00:00:00:01, "-" is unknown.
 */

#define P0 "[pf p0]\nnumvfs = 2\n"
#define WEB "[web]\npf = p0\nvf = 0\nmac = 02:00:00:00:00:01\n"
#define DB "[db]\npf = p0\nvf = 1\nmac = 02:00:00:00:00:02\n"
#define HOME "vf here p0v0 01 01\nvf here p0v1 02 02\n"

#define SETTINGS "pf p0\nvf 0\nmac 02:00:00:00:00:01\ntrust yes\n"

static struct host host;
static struct claim claims[8];

/* The start that asks, and one that goes on besides: two processes that live, this one and init. */
static struct process self, other;
static struct start start = { .container = "web", .config_file = "/lxc/config" };

static struct mac short_mac(const char *s)
{
	struct mac m = { { 2, 0, 0, 0, 0, 0 } };

	m.addr[5] = (uint8_t)strtoul(s, NULL, 16);
	return m;
}

static void add_claim(struct host_vf *vf, const char *container, const struct process *holder)
{
	struct claim *c = &claims[host.n_claim++];

	*c = (struct claim){ .holder = *holder, .mtu = 1500, .mac = short_mac("01") };
	(void)COPY(c->container, container);
	(void)COPY(c->config_file, "/lxc/config");
	(void)COPY(c->inside, "eth0");
	(void)COPY(c->vf_pci, vf->pci);
	snprintf(c->home, sizeof(c->home), "home%u", vf->index);
	vf->claim = c;
	vf->held = claim_holds(c);
}

static void build_vf_option(struct host_vf *vf, char *word)
{
	char *value = strchr(word, '=');

	assert_non_null(value);
	*value++ = '\0';
	if (!strcmp(word, "in")) {
		vf->lives_in = xstrdup(value);
		vf->lives_in_pid = 100;
		vf->netns = xstrdup("/proc/100/ns/net");
	} else if (!strcmp(word, "pid")) {
		vf->lives_in_pid = (pid_t)strtol(value, NULL, 10);
		vf->netns = xstrdup("/proc/N/ns/net");
		(void)COPY(vf->link.name, "eth0");
	} else if (!strcmp(word, "kept")) {
		vf->kept_by = (pid_t)strtol(value, NULL, 10);
		vf->netns = xstrdup("/proc/N/fd/3");
		(void)COPY(vf->link.name, "eth0");
	} else if (!strcmp(word, "netns")) {
		vf->netns = xstrdup(value);
		(void)COPY(vf->link.name, "eth0");
	} else if (!strcmp(word, "vlan")) {
		vf->admin.has |= VF_ATTR(VF_VLAN);
		vf->admin.vlan_proto = ETH_P_8021Q;
		vf->admin.vlan = (unsigned)strtoul(value, NULL, 10);
	} else if (!strcmp(word, "trust")) {
		vf->admin.has |= VF_ATTR(VF_TRUST);
		vf->admin.trust = *value == 'y';
	} else if (!strcmp(word, "max")) {
		vf->admin.has |= VF_ATTR(VF_RATE);
		vf->admin.max_tx_rate = (unsigned)strtoul(value, NULL, 10);
	} else if (!strcmp(word, "mtu")) {
		vf->link.mtu = (unsigned)strtoul(value, NULL, 10);
	} else if (!strcmp(word, "up")) {
		vf->link.flags |= IFF_UP;
	} else if (!strcmp(word, "mac")) {
		vf->link.mac = short_mac(value);
	} else if (!strcmp(word, "held")) {
		add_claim(vf, value, &other);
	} else if (!strcmp(word, "namesake")) {
		add_claim(vf, value, &other);
		(void)COPY(claims[host.n_claim - 1].config_file, "/other/config");
	} else if (!strcmp(word, "mine")) {
		add_claim(vf, value, &self);
	} else if (!strcmp(word, "unfinished")) {
		claims[host.n_claim - 1].unfinished = true;
	} else if (!strcmp(word, "attached")) {
		claims[host.n_claim - 1].attached = true;
		claims[host.n_claim - 1].moving = !strcmp(value, "moving");
	} else if (!strcmp(word, "before")) {
		struct claim *c = &claims[host.n_claim - 1];

		(void)COPY(c->settings, SETTINGS);
		c->before = (struct vf_attrs){ .has = VF_ATTR(VF_MAC) | VF_ATTR(VF_TRUST), .mac = short_mac(value) };
		c->before_mac = short_mac(value);
	} else {
		assert_string_equal(word, "stale");
		add_claim(vf, value, &(struct process){ .pid = self.pid, .start = self.start + 1 });
	}
}

static void build_vf(struct host_pf *pf, char *rest)
{
	struct host_vf *vf = GROW(pf->vf, pf->n_vf);
	char *word = strtok_r(rest, " ", &rest), *value = strchr(word, '=');

	vf->index = (unsigned)pf->n_vf - 1;
	snprintf(vf->pci, sizeof(vf->pci), "0000:01:10.%u", vf->index);
	(void)COPY(vf->driver, "igbvf");
	vf->place = VF_AWAY;
	if (!strcmp(word, "here")) {
		vf->place = VF_HERE;
		(void)COPY(vf->link.name, strtok_r(rest, " ", &rest));
		vf->link.mac = short_mac(strtok_r(rest, " ", &rest));
	} else if (!strcmp(word, "unbound")) {
		vf->place = VF_UNBOUND;
		vf->driver[0] = '\0';
	} else if (value) {
		vf->place = VF_NO_NETDEV;
		(void)COPY(vf->driver, value + 1);
	}
	word = strtok_r(rest, " ", &rest);
	vf->admin.has = *word != '-' ? VF_ATTR(VF_MAC) : 0;
	vf->admin.mac = short_mac(word);
	while ((word = strtok_r(rest, " ", &rest)))
		build_vf_option(vf, word);
}

static void build_pf(const struct config *config, char *rest)
{
	struct host_pf *pf = GROW(host.pf, host.n_pf);
	char *word = strtok_r(rest, " ", &rest);

	(void)COPY(pf->name, word);
	(void)COPY(pf->pci, "0000:01:00.0");
	pf->section = config_find_pf(config, word);
	pf->flags = !strcmp(strtok_r(rest, " ", &rest), "up") ? IFF_UP : 0;
	pf->totalvfs = (unsigned)strtoul(strtok_r(rest, " ", &rest), NULL, 10);
	pf->autoprobe = true;
	while ((word = strtok_r(rest, " ", &rest))) {
		pf->autoprobe = pf->autoprobe && strcmp(word, "noprobe");
		pf->creating = pf->creating || !strncmp(word, "creating=", 9);
		pf->creating_autoprobe = !strcmp(word, "creating=1");
	}
}

static void build_host(const struct config *config, const char *text)
{
	char *copy = xstrdup(text), *rest = copy;

	host = (struct host){ .pf = xcalloc(8, sizeof(struct host_pf)) };
	host.claim = claims;
	for (char *line; (line = strtok_r(rest, "\n", &rest));) {
		char *words = line, *word = strtok_r(words, " ", &words);

		if (!strcmp(word, "pf"))
			build_pf(config, words);
		else if (!strcmp(word, "link"))
			(void)COPY(GROW(host.link, host.n_link)->name, words);
		else
			build_vf(&host.pf[host.n_pf - 1], words);
	}
	free(copy);
}

static void clear_host(void)
{
	host.claim = NULL;
	host.n_claim = 0;
	host_clear(&host);
}

static void load(const char *ini, struct config *ret)
{
	AUTO_STRV struct strv errors = { 0 };
	FILE *f = fopen("t.ini", "w");

	assert_non_null(f);
	fputs(ini, f);
	fclose(f);
	if (config_load_file("t.ini", &errors, ret) < 0)
		fail_msg("%s", errors.s[0]);
}

static void expect_plan(const struct plan *plan, const char *steps, const char *errors, const char *warnings)
{
	AUTO_FREE char *got = xstrdup("");

	for (size_t i = 0; i < plan->n; i++) {
		AUTO_FREE char *what = step_describe(&plan->step[i]), *before = got;

		got = xasprintf("%s%s\n", before, what);
	}
	assert_string_equal(got, steps);
	unit_expect_strings(&plan->errors, (const char *const[]){ errors, NULL });
	unit_expect_strings(&plan->warnings, (const char *const[]){ warnings, NULL });
}

/* --- pin --- */

static const struct pin_row {
	const char *name;
	const char *ini;
	const char *host;
	const char *steps;
	const char *error;
	const char *warning;
} pin_rows[] = {
	{ "all is as it should be", P0 WEB DB, "pf p0 up 7\n" HOME, "", NULL, NULL },
	{ "attributes as they should be", P0 WEB "vlan = 5\ntrust = yes\nmax_tx_rate = 50\nmtu = 1400\n",
	  "pf p0 up 7\nvf here p0v0 01 01 vlan=5 trust=yes max=50 mtu=1400\nvf here p0v1 02 02 vlan=9\n", "", NULL, NULL },
	{ "attributes that differ, one after the other for all VFs",
	  P0 WEB "vlan = 5\nvlan_qos = 3\ntrust = no\nmax_tx_rate = 50\nmtu = 1400\n" DB "vlan = 6\nspoofchk = no\nmtu = 1500\n",
	  "pf p0 up 7\nvf here p0v0 01 01 vlan=5 trust=yes max=0 mtu=1500\nvf here p0v1 02 03 vlan=0 mtu=1500\n",
	  "vf 0 of p0: set vlan 5, vlan_qos 3\n"
	  "vf 1 of p0: set vlan 6\n"
	  "vf 1 of p0: set MAC 02:00:00:00:00:02\n"
	  "vf 1 of p0: set spoofchk no\n"
	  "vf 0 of p0: set trust no\n"
	  "vf 0 of p0: set max_tx_rate 50\n"
	  "vf 0 of p0: set its network device's MTU to 1400\n",
	  NULL, NULL },
	{ "attributes that the driver does not tell", P0 WEB "rss_query = yes\nlink_state = enable\n",
	  "pf p0 up 7\nvf here p0v0 01 01\nvf here p0v1 02 02\n",
	  "vf 0 of p0: set link_state enable\n"
	  "vf 0 of p0: set rss_query yes\n",
	  NULL, NULL },
	{ "attributes of a VF in a running container, whose netdev is left alone", P0 WEB "vlan = 5\nmtu = 1400\n",
	  "pf p0 up 7\nvf away 01 held=web in=web mac=01 vlan=0 mtu=1500\nvf here p0v1 02 02\n",
	  "vf 0 of p0: set vlan 5\n", NULL, NULL },
	{ "a rate that is the queueing discipline's", P0 WEB "max_tx_rate = 50\nshape = tc\n",
	  "pf p0 up 7\nvf here p0v0 01 01 max=0\nvf here p0v1 02 02\n", "", NULL, NULL },
	{ "the MTU after a new netdev", P0 WEB "mtu = 1400\n", "pf p0 up 7\nvf here p0v0 03 01 mtu=1400\nvf here p0v1 02 02\n",
	  "vf 0 of p0: make its network device have MAC 02:00:00:00:00:01\n"
	  "vf 0 of p0: set its network device's MTU to 1400\n",
	  NULL, NULL },
	{ "a new PF: autoprobe off, VFs, MACs, autoprobe on, drivers", P0 WEB DB, "pf p0 down 7\n",
	  "pf p0: bring it up\n"
	  "pf p0: note that its VFs are being created\n"
	  "pf p0: set sriov_drivers_autoprobe to 0\n"
	  "pf p0: create 2 VFs\n"
	  "vf 0 of p0: set MAC 02:00:00:00:00:01\n"
	  "vf 1 of p0: set MAC 02:00:00:00:00:02\n"
	  "pf p0: set sriov_drivers_autoprobe to 1\n"
	  "vf 0 of p0: bind its driver\n"
	  "vf 1 of p0: bind its driver\n"
	  "vf 0 of p0: make its network device have MAC 02:00:00:00:00:01\n"
	  "vf 1 of p0: make its network device have MAC 02:00:00:00:00:02\n"
	  "pf p0: note that its VFs are created\n",
	  NULL, NULL },
	{ "a new PF with autoprobe off: other VFs stay unbound, and it stays off", P0 WEB, "pf p0 up 7 noprobe\n",
	  "pf p0: note that its VFs are being created\n"
	  "pf p0: create 2 VFs\n"
	  "vf 0 of p0: set MAC 02:00:00:00:00:01\n"
	  "vf 0 of p0: bind its driver\n"
	  "vf 0 of p0: make its network device have MAC 02:00:00:00:00:01\n"
	  "pf p0: note that its VFs are created\n",
	  NULL, NULL },
	{ "a pin was killed while it created the VFs", P0 WEB, "pf p0 up 7 noprobe creating=1\nvf unbound 00\nvf unbound 00\n",
	  "vf 0 of p0: set MAC 02:00:00:00:00:01\n"
	  "pf p0: set sriov_drivers_autoprobe to 1\n"
	  "vf 0 of p0: bind its driver\n"
	  "vf 1 of p0: bind its driver\n"
	  "vf 0 of p0: make its network device have MAC 02:00:00:00:00:01\n"
	  "pf p0: note that its VFs are created\n",
	  NULL, NULL },
	{ "a pin was killed before there were VFs", P0, "pf p0 up 7 noprobe creating=1\n",
	  "pf p0: create 2 VFs\n"
	  "pf p0: set sriov_drivers_autoprobe to 1\n"
	  "vf 0 of p0: bind its driver\n"
	  "vf 1 of p0: bind its driver\n"
	  "pf p0: note that its VFs are created\n",
	  NULL, NULL },
	{ "a VF without a section is left alone, unbound too", P0 WEB,
	  "pf p0 up 7\nvf here p0v0 01 01\nvf unbound 55\n", "", NULL, NULL },
	{ "the PF is down", P0 WEB, "pf p0 down 7\n" HOME, "pf p0: bring it up\n", NULL, NULL },
	{ "the admin MAC differs", P0 WEB, "pf p0 up 7\nvf here p0v0 01 00\nvf here p0v1 77 77\n",
	  "vf 0 of p0: set MAC 02:00:00:00:00:01\n", NULL, NULL },
	{ "the effective MAC differs", P0 WEB, "pf p0 up 7\nvf here p0v0 44 01\nvf here p0v1 77 77\n",
	  "vf 0 of p0: make its network device have MAC 02:00:00:00:00:01\n", NULL, NULL },
	{ "both differ", P0 WEB, "pf p0 up 7\nvf here p0v0 44 55\nvf here p0v1 77 77\n",
	  "vf 0 of p0: set MAC 02:00:00:00:00:01\n"
	  "vf 0 of p0: make its network device have MAC 02:00:00:00:00:01\n",
	  NULL, NULL },
	{ "a VF that the kernel does not list, and whose netdev has another MAC", P0 WEB,
	  "pf p0 up 7\nvf here p0v0 44 -\nvf here p0v1 77 77\n",
	  "vf 0 of p0: set MAC 02:00:00:00:00:01\n"
	  "vf 0 of p0: make its network device have MAC 02:00:00:00:00:01\n",
	  NULL, NULL },
	{ "a VF that the kernel does not list, and whose netdev is right", P0 WEB,
	  "pf p0 up 7\nvf here p0v0 01 -\nvf here p0v1 77 77\n", "", NULL, NULL },
	{ "unbound, autoprobe off", P0 WEB, "pf p0 up 7 noprobe\nvf unbound 01\nvf unbound 55\n",
	  "vf 0 of p0: bind its driver\n"
	  "vf 0 of p0: make its network device have MAC 02:00:00:00:00:01\n",
	  NULL, NULL },
	{ "its driver is just starting", P0 WEB, "pf p0 up 7\nvf nonetdev=iavf 01\nvf here p0v1 77 77\n",
	  "vf 0 of p0: wait for its network device to come back\n"
	  "vf 0 of p0: make its network device have MAC 02:00:00:00:00:01\n",
	  NULL, NULL },
	{ "a pin was killed after the drivers, autoprobe off before", P0 WEB, "pf p0 up 7 noprobe creating=0\n" HOME,
	  "pf p0: note that its VFs are created\n", NULL, NULL },
	{ "a pin was killed while it bound a driver, autoprobe off before", P0 WEB,
	  "pf p0 up 7 creating=0\nvf here p0v0 01 01\nvf unbound 77\n",
	  "pf p0: set sriov_drivers_autoprobe to 0\n"
	  "pf p0: note that its VFs are created\n",
	  NULL, NULL },
	{ "held, in a namespace that is not found, with another MAC", P0 DB,
	  "pf p0 up 7\nvf here p0v0 77 77\nvf away 01 held=db\n", "", NULL,
	  "db: vf 1 of p0: in use with MAC 02:00:00:00:00:01; 02:00:00:00:00:02 is set when it is started again" },
	{ "in a container, all right", P0 WEB, "pf p0 up 7\nvf away 01 held=web in=web mac=01\nvf here p0v1 77 77\n",
	  "", NULL, NULL },
	{ "in a container, admin MAC lost", P0 WEB, "pf p0 up 7\nvf away 00 held=web in=web mac=01\nvf here p0v1 77 77\n",
	  "vf 0 of p0: set MAC 02:00:00:00:00:01\n", NULL, NULL },
	{ "in a container that runs with the MAC of an older configuration", P0 WEB,
	  "pf p0 up 7\nvf away 44 held=web in=web mac=44\nvf here p0v1 77 77\n", "", NULL,
	  "web: vf 0 of p0: in use with MAC 02:00:00:00:00:44; 02:00:00:00:00:01 is set when it is started again" },
	{ "on its way home", P0 WEB, "pf p0 up 7\nvf away 00\nvf here p0v1 77 77\n",
	  "vf 0 of p0: set MAC 02:00:00:00:00:01\n", NULL, NULL },
	{ "with a user-space driver", P0 WEB, "pf p0 up 7\nvf nonetdev=vfio-pci 00\nvf here p0v1 77 77\n",
	  "vf 0 of p0: set MAC 02:00:00:00:00:01\n", NULL, "web: vf 0 of p0: driver vfio-pci makes no network device of it" },
	{ "no such PF", P0 WEB, "pf p1 up 7\n", "",
	  "pf p0: no such network device; is its driver loaded, and the name right?", NULL },
	{ "no PF at the address", "[pf p0]\nnumvfs = 2\npci = 0000:04:00.0\n", "pf p1 up 7\n", "",
	  "pf p0: no network device at PCI address 0000:04:00.0; is its driver loaded?", NULL },
	{ "no SR-IOV", P0, "pf p0 up 0\n", "",
	  "pf p0: it offers no VFs (sriov_totalvfs is absent or 0); enable SR-IOV in the firmware, or choose another card",
	  NULL },
	{ "more VFs than the card offers", P0, "pf p0 up 1\n", "",
	  "pf p0: numvfs = 2 in t.ini:2, but it offers 1; lower numvfs", NULL },
	{ "another number of VFs is left as it is", P0 WEB,
	  "pf p0 up 7\nvf away 01 held=web in=web mac=01\nvf away 77\nvf here p0v2 66 66\n", "",
	  "pf p0: it has 3 VFs, and numvfs = 2 in t.ini:2; left as it is, since changing the number destroys them all; vf 0 is "
	  "container web's, vf 1 is in another namespace",
	  NULL },
};

static void test_pin(void **state)
{
	const struct pin_row *row = *state;
	AUTO_CONFIG struct config config = { 0 };
	AUTO_PLAN struct plan plan = { 0 };
	const struct config_pf *section;

	load(row->ini, &config);
	build_host(&config, row->host);
	section = &config.pf[0];
	plan_pin(&config, &section, 1, &host, false, &plan);
	expect_plan(&plan, row->steps, row->error, row->warning);
	clear_host();
}

static void test_pin_lacks_a_vf(void **state)
{
	AUTO_CONFIG struct config config = { 0 };
	AUTO_PLAN struct plan plan = { 0 };
	const struct config_pf *section;

	(void)state;
	load(P0 WEB DB, &config);
	build_host(&config, "pf p0 up 7\nvf here p0v0 44 44\n");
	section = &config.pf[0];
	plan_pin(&config, &section, 1, &host, false, &plan);
	assert_int_equal(plan.n, 2); /* the other one is pinned all the same */
	unit_expect_strings(&plan.errors,
			    (const char *const[]){ "pf p0: it has 1 VFs, and numvfs = 2 in t.ini:2; left as it is, since changing "
						   "the number destroys them all; if that may be: lxc-sriov pin --recreate",
						   "db: vf 1 of p0: there is no such VF; the PF has 1", NULL });
	clear_host();
}

/* What was attached by options stays in its record, and in no configuration, while numvfs there gets smaller. */
static void test_pin_attached_beyond(void **state)
{
	static const struct config_setting settings[] = { { NIC_PF, "p0" }, { NIC_VF, "6" }, { NIC_MAC, "02:00:00:00:00:06" } };
	AUTO_CONFIG struct config config = { 0 };
	AUTO_STRV struct strv errors = { 0 };
	AUTO_PLAN struct plan plan = { 0 };
	const struct config_pf *section;

	(void)state;
	load(P0 WEB, &config);
	assert_int_equal(config_add_nic(&config, RUNTIME_PID, "7", settings, ARRAY_SIZE(settings), &errors), -EINVAL);
	build_host(&config, "pf p0 up 7\n");
	section = &config.pf[0];
	plan_pin(&config, &section, 1, &host, false, &plan);
	assert_int_equal(plan.errors.n, 0);
	assert_int_equal(plan.warnings.n, 0);
	/* nor does it depend on who checked the configuration */
	config.nic[0].vf = 6;
	plan_pin(&config, &section, 1, &host, false, &plan);
	assert_int_equal(plan.errors.n, 0);
	clear_host();
}

static const struct recreate_row {
	const char *name;
	const char *host;
	const char *steps;
	const char *error;
} recreate_rows[] = {
	{ "equal: nothing", "pf p0 up 7\n" HOME, "", NULL },
	{ "none in use", "pf p0 up 7\nvf here p0v0 01 01\n",
	  "pf p0: note that its VFs are being created\n"
	  "pf p0: set sriov_drivers_autoprobe to 0\n"
	  "pf p0: destroy its 1 VFs\n"
	  "pf p0: create 2 VFs\n"
	  "vf 0 of p0: set MAC 02:00:00:00:00:01\n"
	  "pf p0: set sriov_drivers_autoprobe to 1\n"
	  "vf 0 of p0: bind its driver\n"
	  "vf 1 of p0: bind its driver\n"
	  "vf 0 of p0: make its network device have MAC 02:00:00:00:00:01\n"
	  "pf p0: note that its VFs are created\n",
	  NULL },
	{ "one in use", "pf p0 up 7\nvf away 01 held=web in=web mac=01\n", "",
	  "pf p0: it has 1 VFs, and numvfs = 2 in t.ini:2; left as it is, since changing the number destroys them all; vf 0 is "
	  "container web's" },
	{ "one up on the host", "pf p0 up 7\nvf here p0v0 01 01 up=yes\n", "",
	  "pf p0: it has 1 VFs, and numvfs = 2 in t.ini:2; left as it is, since changing the number destroys them all; vf 0 is "
	  "up on the host" },
	{ "one with a user-space driver", "pf p0 up 7\nvf here p0v0 01 01\nvf here p0v1 02 02\nvf nonetdev=vfio-pci 03\n", "",
	  "pf p0: it has 3 VFs, and numvfs = 2 in t.ini:2; left as it is, since changing the number destroys them all; vf 2 is "
	  "driver vfio-pci's" },
};

static void test_recreate(void **state)
{
	const struct recreate_row *row = *state;
	AUTO_CONFIG struct config config = { 0 };
	AUTO_PLAN struct plan plan = { 0 };
	const struct config_pf *section;

	load(P0 WEB, &config);
	build_host(&config, row->host);
	section = &config.pf[0];
	plan_pin(&config, &section, 1, &host, true, &plan);
	expect_plan(&plan, row->steps, row->error, NULL);
	clear_host();
}

/* By its name, and by its PCI address: which of the two says what its VFs are? */
static void test_pin_one_card_twice(void **state)
{
	AUTO_CONFIG struct config config = { 0 };
	AUTO_PLAN struct plan plan = { 0 };
	const struct config_pf *sections[2];

	(void)state;
	load(P0 "[pf other]\nnumvfs = 2\npci = 0000:01:00.0\n" WEB, &config);
	build_host(&config, "pf p0 up 7\n" HOME "pf other up 7\n" HOME);
	host.pf[0].ifindex = host.pf[1].ifindex = 1;
	sections[0] = &config.pf[0];
	sections[1] = &config.pf[1];
	plan_pin(&config, sections, 2, &host, false, &plan);
	expect_plan(&plan, "", "pf other: [pf p0] in t.ini:1 is the same card, 0000:01:00.0; keep one of the sections", NULL);
	clear_host();
}

/* A MAC that is refused takes its own VF out, and no other. */
static void test_pin_groups(void **state)
{
	AUTO_CONFIG struct config config = { 0 };
	AUTO_PLAN struct plan plan = { 0 };
	const struct config_pf *section;
	unsigned base = 0, of_vf[2] = { 0 };

	(void)state;
	load(P0 WEB DB, &config);
	build_host(&config, "pf p0 down 7\n");
	section = &config.pf[0];
	plan_pin(&config, &section, 1, &host, false, &plan);
	assert_false(plan.stop_at_failure);
	for (size_t i = 0; i < plan.n; i++) {
		const struct step *s = &plan.step[i];

		assert_true(s->group >= 1 && s->group <= plan.groups);
		if (s->act == ACT_NUMVFS)
			base = s->group;
		if (s->act == ACT_ATTR)
			of_vf[s->vf] = s->group;
		if (s->act == ACT_BIND)
			assert_int_equal(s->group, of_vf[s->vf]);
		if (base && s->act != ACT_NUMVFS && s->act != ACT_UNMARK_CREATION)
			assert_int_equal(s->after, base);
	}
	assert_int_not_equal(of_vf[0], of_vf[1]);
	clear_host();
}

/* --- take --- */

static const struct take_row {
	const char *name;
	const char *host;
	const char *steps;
	const char *error;
	bool held;
} take_rows[] = {
	{ "ready: claim and name", "pf p0 up 7\n" HOME,
	  "vf 0 of p0: record that it is given to web\n"
	  "vf 0 of p0: rename its network device to p0v0\n",
	  NULL, false },
	{ "everything is missing", "pf p0 down 7 noprobe\nvf unbound 00\nvf here p0v1 02 02\n",
	  "pf p0: bring it up\n"
	  "vf 0 of p0: set MAC 02:00:00:00:00:01\n"
	  "vf 0 of p0: bind its driver\n"
	  "vf 0 of p0: make its network device have MAC 02:00:00:00:00:01\n"
	  "vf 0 of p0: record that it is given to web\n"
	  "vf 0 of p0: rename its network device to p0v0\n",
	  NULL, false },
	{ "on its way home", "pf p0 up 7\nvf away 01 stale=web\nvf here p0v1 02 02\n",
	  "vf 0 of p0: wait for its network device to come back\n"
	  "vf 0 of p0: make its network device have MAC 02:00:00:00:00:01\n"
	  "vf 0 of p0: record that it is given to web\n"
	  "vf 0 of p0: rename its network device to p0v0\n",
	  NULL, false },
	{ "held by another container that runs", "pf p0 up 7\nvf away 01 held=db in=db mac=01\nvf here p0v1 02 02\n",
	  "", "web: vf 0 of p0: held by running container db; stop that one first", true },
	{ "held by another container that is starting", "pf p0 up 7\nvf here p0v0 01 01 held=db\nvf here p0v1 02 02\n",
	  "", "web: vf 0 of p0: held by running container db; stop that one first", true },
	{ "in another container that knows nothing of us", "pf p0 up 7\nvf away 01 in=db mac=01\nvf here p0v1 02 02\n",
	  "", "web: vf 0 of p0: held by running container db; stop that one first", true },
	{ "held by a container of the same name in another lxcpath",
	  "pf p0 up 7\nvf here p0v0 01 01 namesake=web\nvf here p0v1 02 02\n", "",
	  "web: vf 0 of p0: held by running container web (/other/config); stop that one first", true },
	{ "an earlier start's post-stop is still to come", "pf p0 up 7\nvf here p0v0 01 01 held=web\nvf here p0v1 02 02\n",
	  "vf 0 of p0: record that it is given to web\n"
	  "vf 0 of p0: rename its network device to p0v0\n",
	  NULL, false },
	{ "its own processes are dying", "pf p0 up 7\nvf away 01 in=web mac=01 stale=web\nvf here p0v1 02 02\n",
	  "vf 0 of p0: bring its network device home from /proc/100/ns/net\n"
	  "vf 0 of p0: make its network device have MAC 02:00:00:00:00:01\n"
	  "vf 0 of p0: record that it is given to web\n"
	  "vf 0 of p0: rename its network device to p0v0\n",
	  NULL, false },
	{ "LXC's monitor of the start before keeps its namespace open",
	  "pf p0 up 7\nvf away 01 held=web kept=9\nvf here p0v1 02 02\n",
	  "vf 0 of p0: bring its network device home from /proc/N/fd/3\n"
	  "vf 0 of p0: make its network device have MAC 02:00:00:00:00:01\n"
	  "vf 0 of p0: record that it is given to web\n"
	  "vf 0 of p0: rename its network device to p0v0\n",
	  NULL, false },
	{ "a process of the host lives on in its namespace", "pf p0 up 7\nvf away 01 stale=web pid=77\nvf here p0v1 02 02\n",
	  "vf 0 of p0: bring its network device home from /proc/N/ns/net\n"
	  "vf 0 of p0: make its network device have MAC 02:00:00:00:00:01\n"
	  "vf 0 of p0: record that it is given to web\n"
	  "vf 0 of p0: rename its network device to p0v0\n",
	  NULL, false },
	{ "in a namespace that a process keeps open, and nobody's", "pf p0 up 7\nvf away 01 kept=77\nvf here p0v1 02 02\n", "",
	  "web: vf 0 of p0: it is eth0 in a network namespace that process 77 keeps open, which is no container of ours; end that "
	  "process or move the VF out",
	  false },
	{ "in a container of that name, and there is no record", "pf p0 up 7\nvf away 01 in=web mac=01\nvf here p0v1 02 02\n",
	  "vf 0 of p0: wait for its network device to come back\n"
	  "vf 0 of p0: make its network device have MAC 02:00:00:00:00:01\n"
	  "vf 0 of p0: record that it is given to web\n"
	  "vf 0 of p0: rename its network device to p0v0\n",
	  NULL, false },
	{ "a netdev that is no VF has the name", "pf p0 up 7\nvf here x 01 01\nvf here p0v1 02 02\nlink p0v0\n", "",
	  "web: vf 0 of p0: link = p0v0, but network device 0 has that name; rename it, or set link", false },
	{ "another VF has the name", "pf p0 up 7\nvf here x 01 01\nvf here p0v0 02 02\n", "",
	  "web: vf 0 of p0: link = p0v0, but network device 0 has that name; rename it, or set link", false },
	{ "the record of another container's start that is over", "pf p0 up 7\nvf here p0v0 01 01 stale=db\nvf here p0v1 02 02\n",
	  "vf 0 of p0: record that it is given to web\n"
	  "vf 0 of p0: rename its network device to p0v0\n",
	  NULL, false },
	{ "in a process's namespace", "pf p0 up 7\nvf away 01 pid=77 mac=01\nvf here p0v1 02 02\n", "",
	  "web: vf 0 of p0: it is eth0 in the network namespace of process 77, which is no container of ours; end that process or "
	  "move the VF out",
	  false },
	{ "in a named namespace", "pf p0 up 7\nvf away 01 netns=/run/netns/x mac=01\nvf here p0v1 02 02\n", "",
	  "web: vf 0 of p0: it is eth0 in the network namespace /run/netns/x, which is no container of ours; delete that or move "
	  "the VF out",
	  false },
	{ "with a user-space driver", "pf p0 up 7\nvf nonetdev=vfio-pci 01\nvf here p0v1 02 02\n", "",
	  "web: vf 0 of p0: driver vfio-pci makes no network device of it; unbind that first", false },
	{ "its driver is just being bound", "pf p0 up 7\nvf nonetdev=igbvf 01\nvf here p0v1 02 02\n",
	  "vf 0 of p0: wait for its network device to come back\n"
	  "vf 0 of p0: make its network device have MAC 02:00:00:00:00:01\n"
	  "vf 0 of p0: record that it is given to web\n"
	  "vf 0 of p0: rename its network device to p0v0\n",
	  NULL, false },
	{ "no VFs yet", "pf p0 up 7\n", "", "web: vf 0 of p0: the PF has no VFs; run: lxc-sriov pin p0", false },
	{ "no PF", "pf p1 up 7\n", "", "pf p0: no such network device; is its driver loaded, and the name right?", false },
	{ "a PF with another number of VFs than configured will do", "pf p0 up 7\nvf here p0v0 01 01\n",
	  "vf 0 of p0: record that it is given to web\n"
	  "vf 0 of p0: rename its network device to p0v0\n",
	  NULL, false },
};

static void test_take(void **state)
{
	const struct take_row *row = *state;
	AUTO_CONFIG struct config config = { 0 };
	AUTO_PLAN struct plan plan = { 0 };
	const struct config_nic *nic;

	load(P0 WEB DB, &config);
	nic = &config.nic[0];
	build_host(&config, row->host);
	plan_take(&config, &nic, 1, &host, &start, &plan);
	if (row->error)
		assert_true(plan.errors.n == 1 && plan.stop_at_failure); /* the verb applies nothing then */
	else
		expect_plan(&plan, row->steps, NULL, NULL);
	if (row->error)
		assert_string_equal(plan.errors.s[0], row->error);
	assert_int_equal(plan.held, row->held);
	clear_host();
}

static void test_home_name(void **state)
{
	struct claim stale = { .home = "p0v0" };

	(void)state;
	assert_string_equal(plan_home_name(NULL, "enp1s0v0", "eth0", "link0"), "enp1s0v0");
	assert_string_equal(plan_home_name(NULL, "eth0", "eth0", "link0"), "link0");
	assert_string_equal(plan_home_name(NULL, "eth7", "eth0", "link0"), "eth7");
	assert_string_equal(plan_home_name(NULL, "dev12", "eth0", "link0"), "link0");
	assert_string_equal(plan_home_name(NULL, "physAb3xYz", "eth0", "link0"), "link0");
	assert_string_equal(plan_home_name(&stale, "eth0", "eth0", "link0"), "p0v0");
	assert_string_equal(plan_home_name(NULL, "lxc-sriov3", "eth0", "link0"), "link0");
	assert_false(ifname_is_leftover("phys0"));
	assert_false(ifname_is_leftover("lxc-sriov"));
	assert_false(ifname_is_leftover("dev"));
	assert_false(ifname_is_leftover("dev1a"));
}

/* --- give back --- */

static const struct back_row {
	const char *name;
	const char *host;
	const char *steps;
} back_rows[] = {
	{ "moved back by LXC", "pf p0 up 7\nvf here p0v0 01 01 mine=web\nvf here p0v1 02 02\n",
	  "vf 0 of p0: make its network device have MAC 02:00:00:00:00:01\n"
	  "vf 0 of p0: set its network device down, with MTU 1500\n"
	  "vf 0 of p0: rename its network device to home0\n"
	  "vf 0 of p0: give its network device the other names that it had\n"
	  "vf 0 of p0: record that it is back from web\n" },
	{ "on its way", "pf p0 up 7\nvf away 01 mine=web\nvf here p0v1 02 02\n",
	  "vf 0 of p0: wait for its network device to come back\n"
	  "vf 0 of p0: make its network device have MAC 02:00:00:00:00:01\n"
	  "vf 0 of p0: set its network device down, with MTU 1500\n"
	  "vf 0 of p0: rename its network device to home0\n"
	  "vf 0 of p0: give its network device the other names that it had\n"
	  "vf 0 of p0: record that it is back from web\n" },
	{ "a newer start has it", "pf p0 up 7\nvf here p0v0 01 01 held=web\nvf here p0v1 02 02\n", "" },
	{ "a container of the same name has it", "pf p0 up 7\nvf here p0v0 01 01 namesake=web\nvf here p0v1 02 02\n", "" },
	{ "another container has it", "pf p0 up 7\nvf here p0v0 01 01 mine=db\nvf here p0v1 02 02\n", "" },
	{ "left by an earlier start", "pf p0 up 7\nvf here eth0 01 01 stale=web\nvf here p0v1 02 02\n",
	  "vf 0 of p0: make its network device have MAC 02:00:00:00:00:01\n"
	  "vf 0 of p0: set its network device down, with MTU 1500\n"
	  "vf 0 of p0: rename its network device to home0\n"
	  "vf 0 of p0: give its network device the other names that it had\n"
	  "vf 0 of p0: record that it is back from web\n" },
	{ "its driver is just starting", "pf p0 up 7\nvf nonetdev=igbvf 01 mine=web\nvf here p0v1 02 02\n",
	  "vf 0 of p0: wait for its network device to come back\n"
	  "vf 0 of p0: make its network device have MAC 02:00:00:00:00:01\n"
	  "vf 0 of p0: set its network device down, with MTU 1500\n"
	  "vf 0 of p0: rename its network device to home0\n"
	  "vf 0 of p0: give its network device the other names that it had\n"
	  "vf 0 of p0: record that it is back from web\n" },
	{ "a user-space driver took it meanwhile", "pf p0 up 7\nvf nonetdev=vfio-pci 01 mine=web\nvf here p0v1 02 02\n",
	  "vf 0 of p0: record that it is back from web\n" },
	{ "its driver was unbound meanwhile", "pf p0 up 7\nvf unbound 01 mine=web\nvf here p0v1 02 02\n",
	  "vf 0 of p0: record that it is back from web\n" },
};

static void test_back(void **state)
{
	const struct back_row *row = *state;
	AUTO_CONFIG struct config config = { 0 };
	AUTO_PLAN struct plan plan = { 0 };

	load(P0, &config);
	build_host(&config, row->host);
	plan_give_back(&start, &host, &plan);
	assert_false(plan.stop_at_failure);
	expect_plan(&plan, row->steps, NULL, NULL);
	clear_host();
}

static void test_back_vf_gone(void **state)
{
	AUTO_CONFIG struct config config = { 0 };
	AUTO_PLAN struct plan plan = { 0 };

	(void)state;
	load(P0, &config);
	build_host(&config, "pf p0 up 7\nvf here p0v0 01 01 mine=web\n");
	host.pf[0].n_vf = 0;
	plan_give_back(&start, &host, &plan);
	expect_plan(&plan, "vf at 0000:01:10.0, which is gone: record that it is back from web\n", NULL, NULL);
	host.pf[0].n_vf = 1;
	clear_host();
}

static void test_back_altnames(void **state)
{
	AUTO_CONFIG struct config config = { 0 };
	AUTO_PLAN struct plan plan = { 0 };

	(void)state;
	load(P0, &config);
	build_host(&config, "pf p0 up 7\nvf here eth0 01 01 mine=web\nvf here p0v1 02 02\n");
	claim_add_altname(&host.claim[0], "enx020000000001");
	plan_give_back(&start, &host, &plan);
	expect_plan(&plan,
		    "vf 0 of p0: make its network device have MAC 02:00:00:00:00:01\n"
		    "vf 0 of p0: set its network device down, with MTU 1500\n"
		    "vf 0 of p0: rename its network device to home0\n"
		    "vf 0 of p0: give its network device the other names that it had\n"
		    "vf 0 of p0: record that it is back from web\n",
		    NULL, NULL);
	for (size_t i = 0; i < plan.n; i++)
		if (plan.step[i].act == ACT_ALTNAMES)
			assert_true(plan.step[i].optional);
	clear_host();
}

/* --- reattach --- */

static const struct reattach_row {
	const char *name;
	const char *host;
	const char *steps;
	const char *error;
} reattach_rows[] = {
	{ "it is in the container", "pf p0 up 7\nvf away 01 mine=web in=web mac=01\nvf here p0v1 02 02\n", "", NULL },
	{ "it is in the container, and a reattach was killed",
	  "pf p0 up 7\nvf away 01 mine=web unfinished=1\nvf here p0v1 02 02\n",
	  "vf 0 of p0: give its network device in web its MTU, addresses and routes\n"
	  "vf 0 of p0: record that web has it\n",
	  NULL },
	{ "its driver was loaded anew", "pf p0 up 7\nvf here p0v0 01 01 mine=web\nvf here p0v1 02 02\n",
	  "vf 0 of p0: record that it is being given back to web\n"
	  "vf 0 of p0: move its network device into web as eth0\n"
	  "vf 0 of p0: give its network device in web its MTU, addresses and routes\n"
	  "vf 0 of p0: record that web has it\n",
	  NULL },
	{ "everything was lost", "pf p0 up 7\nvf unbound 00 mine=web\nvf here p0v1 02 02\n",
	  "vf 0 of p0: set MAC 02:00:00:00:00:01\n"
	  "vf 0 of p0: bind its driver\n"
	  "vf 0 of p0: make its network device have MAC 02:00:00:00:00:01\n"
	  "vf 0 of p0: record that it is being given back to web\n"
	  "vf 0 of p0: move its network device into web as eth0\n"
	  "vf 0 of p0: give its network device in web its MTU, addresses and routes\n"
	  "vf 0 of p0: record that web has it\n",
	  NULL },
	{ "it has another MAC", "pf p0 up 7\nvf here p0v0 44 01 mine=web\nvf here p0v1 02 02\n",
	  "vf 0 of p0: make its network device have MAC 02:00:00:00:00:01\n"
	  "vf 0 of p0: record that it is being given back to web\n"
	  "vf 0 of p0: move its network device into web as eth0\n"
	  "vf 0 of p0: give its network device in web its MTU, addresses and routes\n"
	  "vf 0 of p0: record that web has it\n",
	  NULL },
	{ "a user-space driver took it", "pf p0 up 7\nvf nonetdev=vfio-pci 01 mine=web\nvf here p0v1 02 02\n", "",
	  "web: vf 0 of p0: driver vfio-pci makes no network device of it; unbind that first" },
};

static void test_reattach(void **state)
{
	const struct reattach_row *row = *state;
	AUTO_CONFIG struct config config = { 0 };
	AUTO_PLAN struct plan plan = { 0 };
	char netns[] = "/proc/100/ns/net";

	load(P0 WEB, &config);
	build_host(&config, row->host);
	plan_reattach(&config, &(struct running){ .claim = &host.claim[0], .netns = netns }, 1, &host, &plan);
	expect_plan(&plan, row->steps, row->error, NULL);
	clear_host();
}

/* --- reclaim --- */

static const struct reclaim_row {
	const char *name;
	bool force;
	const char *host;
	const char *steps;
	const char *error;
} reclaim_rows[] = {
	{ "all at home", false, "pf p0 up 7\n" HOME, "", NULL },
	{ "a start that goes on", false, "pf p0 up 7\nvf away 01 held=web in=web mac=01\nvf here p0v1 02 02\n", "", NULL },
	{ "a start that is over", false, "pf p0 up 7\nvf here eth0 01 01 stale=web\nvf here p0v1 02 02\n",
	  "vf 0 of p0: make its network device have MAC 02:00:00:00:00:01\n"
	  "vf 0 of p0: set its network device down, with MTU 1500\n"
	  "vf 0 of p0: rename its network device to home0\n"
	  "vf 0 of p0: give its network device the other names that it had\n"
	  "vf 0 of p0: record that it is back from web\n",
	  NULL },
	{ "no record, a name of transit", false, "pf p0 up 7\nvf here dev7 01 01\nvf here p0v1 02 02\n",
	  "vf 0 of p0: make its network device have MAC 02:00:00:00:00:01\n"
	  "vf 0 of p0: rename its network device to p0v0\n",
	  NULL },
	{ "no record, the name it has inside", false, "pf p0 up 7\nvf here eth0 01 01\nvf here p0v1 02 02\n",
	  "vf 0 of p0: make its network device have MAC 02:00:00:00:00:01\n"
	  "vf 0 of p0: rename its network device to p0v0\n",
	  NULL },
	{ "no record, a name that somebody chose", false, "pf p0 up 7\nvf here mine0 01 01\nvf here p0v1 02 02\n", "", NULL },
	{ "in a process's namespace", false, "pf p0 up 7\nvf away 01 pid=77 mac=01\nvf here p0v1 02 02\n", "",
	  "vf 0 of p0: it is eth0 in the network namespace of process 77; to take it from there: lxc-sriov reclaim --force" },
	{ "in a process's namespace, by force", true, "pf p0 up 7\nvf away 01 pid=77 mac=01\nvf here p0v1 02 02\n",
	  "vf 0 of p0: bring its network device home from /proc/N/ns/net\n"
	  "vf 0 of p0: make its network device have MAC 02:00:00:00:00:01\n"
	  "vf 0 of p0: rename its network device to p0v0\n",
	  NULL },
	{ "in a container that has no claim to it, not even by force", true,
	  "pf p0 up 7\nvf away 01 in=db mac=01\nvf here p0v1 02 02\n", "",
	  "vf 0 of p0: it is  in running container db, which has no claim to it; stop that one" },
	{ "what is left of a container, kept by a process", false,
	  "pf p0 up 7\nvf away 01 stale=web kept=77\nvf here p0v1 02 02\n",
	  "vf 0 of p0: bring its network device home from /proc/N/fd/3\n"
	  "vf 0 of p0: make its network device have MAC 02:00:00:00:00:01\n"
	  "vf 0 of p0: set its network device down, with MTU 1500\n"
	  "vf 0 of p0: rename its network device to home0\n"
	  "vf 0 of p0: give its network device the other names that it had\n"
	  "vf 0 of p0: record that it is back from web\n",
	  NULL },
	{ "in a namespace that a process keeps open, and nobody's", false,
	  "pf p0 up 7\nvf away 01 kept=77\nvf here p0v1 02 02\n", "",
	  "vf 0 of p0: it is eth0 in a network namespace that process 77 keeps open; to take it from there: lxc-sriov reclaim "
	  "--force" },
	{ "on its way", false, "pf p0 up 7\nvf away 01 stale=web\nvf here p0v1 02 02\n",
	  "vf 0 of p0: wait for its network device to come back\n"
	  "vf 0 of p0: make its network device have MAC 02:00:00:00:00:01\n"
	  "vf 0 of p0: set its network device down, with MTU 1500\n"
	  "vf 0 of p0: rename its network device to home0\n"
	  "vf 0 of p0: give its network device the other names that it had\n"
	  "vf 0 of p0: record that it is back from web\n",
	  NULL },
};

static void test_reclaim(void **state)
{
	const struct reclaim_row *row = *state;
	AUTO_CONFIG struct config config = { 0 };
	AUTO_PLAN struct plan plan = { 0 };

	load(P0 WEB, &config);
	build_host(&config, row->host);
	plan_reclaim(&config, &host, row->force, &plan);
	expect_plan(&plan, row->steps, row->error, NULL);
	clear_host();
}

/* --- attach --- */

#define LAST_STEPS                                                                   \
	"vf 0 of p0: give its network device in web its MTU, addresses and routes\n" \
	"vf 0 of p0: name the network namespace of web for ip netns\n"               \
	"vf 0 of p0: record that web has it\n"
#define GIVE "vf 0 of p0: move its network device into web as eth0\n" LAST_STEPS
#define CLAIM "vf 0 of p0: record that it is given to web\n"
#define MAC_STEPS "vf 0 of p0: set MAC 02:00:00:00:00:01\n"
#define EFFECTIVE "vf 0 of p0: make its network device have MAC 02:00:00:00:00:01\n"

/* With the options of SETTINGS, or by the section of WEB; @inside: "eth0=0" is VF 0's netdev there, "eth0" another one. */
static const struct attach_row {
	const char *name;
	bool options;
	const char *inside;
	const char *host;
	const char *steps;
	const char *error;
	bool held;
} attach_rows[] = {
	{ "by a section, ready", false, "lo", "pf p0 up 7\n" HOME, CLAIM GIVE, NULL, false },
	{ "by a section, all missing: pinned first, and that stays", false, "lo",
	  "pf p0 down 7\nvf unbound 00\nvf here p0v1 02 02\n",
	  "pf p0: bring it up\n" MAC_STEPS "vf 0 of p0: bind its driver\n" EFFECTIVE CLAIM GIVE, NULL, false },
	{ "by options: the record first", true, "lo", "pf p0 up 7\nvf here p0v0 44 44 trust=no\nvf here p0v1 02 02\n",
	  CLAIM MAC_STEPS "vf 0 of p0: set trust yes\n" EFFECTIVE GIVE, NULL, false },
	{ "by options, no driver", true, "lo", "pf p0 up 7\nvf unbound 44 trust=yes\nvf here p0v1 02 02\n",
	  "vf 0 of p0: bind its driver\n" CLAIM MAC_STEPS EFFECTIVE GIVE, NULL, false },
	{ "it has it", false, "eth0=0", "pf p0 up 7\nvf away 01 mine=web attached=yes pid=9\nvf here p0v1 02 02\n", "",
	  NULL, false },
	{ "it has it by the same options", true, "eth0=0",
	  "pf p0 up 7\nvf away 01 mine=web attached=yes before=44 trust=yes pid=9\nvf here p0v1 02 02\n", "", NULL, false },
	{ "it has it by options, and there is a section now", false, "eth0=0",
	  "pf p0 up 7\nvf away 01 mine=web attached=yes before=44 pid=9\nvf here p0v1 02 02\n", "",
	  "web: vf 0 of p0: it has that already, as eth0, in another way; first: lxc-sriov detach lxc:web --name eth0", false },
	{ "LXC gave it", false, "eth0=0", "pf p0 up 7\nvf away 01 mine=web in=web\nvf here p0v1 02 02\n", "", NULL, false },
	{ "LXC is about to give it", false, "lo", "pf p0 up 7\nvf here p0v0 01 01 mine=web\nvf here p0v1 02 02\n", "",
	  "web: vf 0 of p0: LXC gives it at the container's start; after a reload of its driver: lxc-sriov reattach", false },
	{ "an attach was killed before the move", true, "lo",
	  "pf p0 up 7\nvf here p0v0 44 01 mine=web attached=moving before=44 trust=yes\nvf here p0v1 02 02\n",
	  CLAIM EFFECTIVE GIVE, NULL, false },
	{ "an attach was killed after the move", true, "lxc-sriov0=0",
	  "pf p0 up 7\nvf away 01 mine=web attached=moving before=44 trust=yes pid=9\nvf here p0v1 02 02\n", LAST_STEPS,
	  NULL, false },
	{ "its driver was loaded anew", false, "lo",
	  "pf p0 up 7\nvf here p0v0 01 01 mine=web attached=yes\nvf here p0v1 02 02\n", CLAIM GIVE, NULL, false },
	{ "an attribute differs by now", true, "eth0=0",
	  "pf p0 up 7\nvf away 01 mine=web attached=yes before=44 trust=no pid=9\nvf here p0v1 02 02\n",
	  "vf 0 of p0: set trust yes\n", NULL, false },
	{ "the name is taken", false, "eth0", "pf p0 up 7\n" HOME, "",
	  "web: vf 0 of p0: there is a network device eth0 inside already; choose another name", false },
	{ "somebody has it from attach", false, "lo", "pf p0 up 7\nvf away 01 held=db attached=yes pid=9\nvf here p0v1 02 02\n",
	  "", "web: vf 0 of p0: held by db; stop that one, or run: lxc-sriov detach lxc:db --name eth0", true },
	{ "somebody's start has it", false, "lo", "pf p0 up 7\nvf away 01 held=db in=db\nvf here p0v1 02 02\n", "",
	  "web: vf 0 of p0: held by running container db; stop that one first", true },
	{ "no VFs, and nobody makes them", true, "lo", "pf p0 up 7\n", "",
	  "web: vf 0 of p0: the PF has no VFs; run: lxc-sriov pin p0", false },
};

static void test_attach(void **state)
{
	static const struct config_setting settings[] = {
		{ NIC_PF, "p0" }, { NIC_VF, "0" }, { NIC_MAC, "02:00:00:00:00:01" }, { NIC_TRUST, "yes" }
	};
	const struct attach_row *row = *state;
	AUTO_CONFIG struct config config = { 0 };
	AUTO_STRV struct strv errors = { 0 };
	AUTO_PLAN struct plan plan = { 0 };
	struct link inside = { 0 };
	struct attach attach = { .start = start, .netns = "/proc/self/fd/3", .inside = &inside, .n_inside = 1 };
	const struct config_nic *nic;
	const char *vf = strchr(row->inside, '=');

	load(row->options ? P0 DB : P0 DB WEB, &config);
	if (row->options) {
		assert_int_equal(config_add_nic(&config, RUNTIME_LXC, "web", settings, ARRAY_SIZE(settings), &errors), 0);
		attach.settings = SETTINGS;
	}
	nic = &config.nic[1];
	snprintf(inside.name, sizeof(inside.name), "%.*s", (int)strcspn(row->inside, "="), row->inside);
	if (vf)
		snprintf(inside.pci, sizeof(inside.pci), "0000:01:10.%s", vf + 1);
	build_host(&config, row->host);
	plan_attach(&config, &nic, 1, &host, &attach, &plan);
	expect_plan(&plan, row->steps, row->error, NULL);
	assert_int_equal(plan.held, row->held);
	for (size_t i = 0; i < plan.n_claim; i++) {
		const struct claim *c = plan.claim[i];

		assert_true(c->attached && c->moving);
		assert_string_equal(c->settings, row->options ? SETTINGS : "");
		/* What was found, also by an attach that was killed. */
		assert_int_equal(c->before.has, row->options ? VF_ATTR(VF_MAC) | VF_ATTR(VF_TRUST) : 0);
		assert_true(!row->options || mac_equal(&c->before.mac, &(struct mac){ { 2, 0, 0, 0, 0, 0x44 } }));
	}
	clear_host();
}

#define MINE_AWAY "pf p0 up 7\nvf away 01 mine=web attached=yes before=44 trust=yes pid=9\nvf here p0v1 02 02\n"

static const struct detach_row {
	const char *name;
	const char *inside;
	bool only_dead;
	const char *host;
	const char *steps;
	const char *error;
} detach_rows[] = {
	{ "nothing", NULL, false, "pf p0 up 7\n" HOME, "", NULL },
	{ "another's", NULL, false, "pf p0 up 7\nvf away 01 held=db attached=yes pid=9\nvf here p0v1 02 02\n", "", NULL },
	{ "as it was before", NULL, false, MINE_AWAY,
	  "vf 0 of p0: record that it is being taken from web\n"
	  "vf 0 of p0: bring its network device home from /proc/N/ns/net\n"
	  "vf 0 of p0: set MAC 02:00:00:00:00:44\n"
	  "vf 0 of p0: set trust no\n"
	  "vf 0 of p0: make its network device have MAC 02:00:00:00:00:44\n"
	  "vf 0 of p0: set its network device down, with MTU 1500\n"
	  "vf 0 of p0: rename its network device to home0\n"
	  "vf 0 of p0: give its network device the other names that it had\n"
	  "vf 0 of p0: take away the name that the network namespace of web has for ip netns\n"
	  "vf 0 of p0: record that it is back from web\n",
	  NULL },
	{ "of another name", "eth1", false, MINE_AWAY, "", NULL },
	{ "a word of an end that comes late", NULL, true, MINE_AWAY, "", NULL },
	{ "it is over, and it had a section", "eth0", true,
	  "pf p0 up 7\nvf here eth0 01 01 stale=web attached=yes\nvf here p0v1 02 02\n",
	  "vf 0 of p0: make its network device have MAC 02:00:00:00:00:01\n"
	  "vf 0 of p0: set its network device down, with MTU 1500\n"
	  "vf 0 of p0: rename its network device to home0\n"
	  "vf 0 of p0: give its network device the other names that it had\n"
	  "vf 0 of p0: take away the name that the network namespace of web has for ip netns\n"
	  "vf 0 of p0: record that it is back from web\n",
	  NULL },
	{ "what LXC gave", NULL, false, "pf p0 up 7\nvf away 01 mine=web in=web\nvf here p0v1 02 02\n", "", NULL },
	{ "what LXC gave, by name", "eth0", false, "pf p0 up 7\nvf away 01 mine=web in=web\nvf here p0v1 02 02\n", "",
	  "web: eth0: LXC gave it at the container's start, and takes it back when that stops" },
};

static void test_detach(void **state)
{
	const struct detach_row *row = *state;
	AUTO_CONFIG struct config config = { 0 };
	AUTO_PLAN struct plan plan = { 0 };

	load(P0, &config);
	build_host(&config, row->host);
	plan_detach(RUNTIME_LXC, "web", row->inside, row->only_dead, &host, &plan);
	expect_plan(&plan, row->steps, row->error, NULL);
	clear_host();
}

static uint64_t start_of(pid_t pid)
{
	char path[32], buf[1024];
	char *p = buf;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(fgets(buf, sizeof(buf), f));
	fclose(f);
	p = strrchr(buf, ')');
	for (int i = 2; i < 22; i++)
		p = strchr(p + 1, ' ');
	return strtoull(p, NULL, 10);
}

static int setup(void **state)
{
	self = (struct process){ getpid(), start_of(getpid()) };
	other = (struct process){ 1, start_of(1) };
	start.holder = self;
	return unit_enter_folder(state);
}

#define ROWS(what, rows, test)                                                               \
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)                                        \
		tests[n++] = (struct CMUnitTest)                                             \
		{                                                                            \
			.name = xasprintf(what ": %s", (rows)[i].name), .test_func = (test), \
			.initial_state = (void *)(uintptr_t) & (rows)[i]                     \
		}

int main(void)
{
	static const struct CMUnitTest more[] = {
		cmocka_unit_test(test_pin_lacks_a_vf),     cmocka_unit_test(test_pin_attached_beyond),
		cmocka_unit_test(test_pin_one_card_twice), cmocka_unit_test(test_pin_groups),
		cmocka_unit_test(test_home_name),          cmocka_unit_test(test_back_vf_gone),
		cmocka_unit_test(test_back_altnames)
	};
	struct CMUnitTest tests[192];
	size_t n = 0, named;
	int failed;

	ROWS("pin", pin_rows, test_pin);
	ROWS("pin --recreate", recreate_rows, test_recreate);
	ROWS("take", take_rows, test_take);
	ROWS("give back", back_rows, test_back);
	ROWS("reattach", reattach_rows, test_reattach);
	ROWS("reclaim", reclaim_rows, test_reclaim);
	ROWS("attach", attach_rows, test_attach);
	ROWS("detach", detach_rows, test_detach);
	named = n;
	memcpy(tests + n, more, sizeof(more));
	n += ARRAY_SIZE(more);
	failed = _cmocka_run_group_tests("plan", tests, n, setup, unit_leave_folder);
	for (size_t i = 0; i < named; i++)
		free((void *)(uintptr_t)tests[i].name);
	return failed;
}
