/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host.h"
#include "netns.h"
#include "process.h"
#include "vf.h"

struct links {
	struct link *link;
	size_t n;
};

static void links_clear(struct links *links)
{
	for (size_t i = 0; i < links->n; i++)
		link_clear(&links->link[i]);
	free(links->link);
}

#define AUTO_LINKS __attribute__((cleanup(links_clear)))

static struct link *link_by_pci(const struct links *links, const char *pci)
{
	for (size_t i = 0; i < links->n; i++)
		if (!strcmp(links->link[i].pci, pci))
			return &links->link[i];
	return NULL;
}

static bool link_is_called(const struct link *link, const char *name)
{
	if (!strcmp(link->name, name))
		return true;
	for (size_t i = 0; i < link->altnames.n; i++)
		if (!strcmp(link->altnames.s[i], name))
			return true;
	return false;
}

static struct link *link_by_name(const struct links *links, const char *name)
{
	for (size_t i = 0; i < links->n; i++)
		if (link_is_called(&links->link[i], name))
			return &links->link[i];
	return NULL;
}

static void take_link(struct host_vf *vf, struct link *link)
{
	link_clear(&vf->link);
	vf->link = *link;
	*link = (struct link){ 0 };
}

/* --- VFs --- */

static int find_netdev(struct netlink *nl, struct host_vf *vf, const struct links *links)
{
	struct link *link = link_by_pci(links, vf->pci);
	int r;

	if (link) {
		vf->place = VF_HERE;
		take_link(vf, link);
		return 0;
	}
	if (!*vf->driver) {
		vf->place = VF_UNBOUND;
		return 0;
	}
	/* It may have come since the list was made: from a namespace that ended, or with its driver. */
	r = vf_link(nl, vf->pci, &vf->link);
	vf->place = r == 0 ? VF_HERE : r == -EXDEV ? VF_AWAY : VF_NO_NETDEV;
	return r == -EXDEV || r == -ENODEV ? 0 : r;
}

static void find_claim(struct host_vf *vf, const struct host *host)
{
	for (size_t i = 0; i < host->n_claim; i++)
		if (!strcmp(host->claim[i].vf_pci, vf->pci)) {
			vf->claim = &host->claim[i];
			vf->held = claim_holds(vf->claim);
		}
}

static int read_vfs(struct netlink *nl, struct host_pf *pf, unsigned numvfs, const struct links *links,
		    const struct host *host)
{
	AUTO_FREE struct vf_attrs *admin = xcalloc(numvfs, sizeof(*admin));
	int r = netlink_vfs(nl, pf->ifindex, admin, numvfs);

	if (r < 0)
		return r;
	pf->vf = xcalloc(numvfs, sizeof(*pf->vf));
	for (unsigned i = 0; i < numvfs; i++) {
		struct host_vf *vf = &pf->vf[pf->n_vf];

		r = sysfs_vf_pci(pf->pci, i, vf->pci);
		if (r == -ENOENT)
			break; /* they are going away while we look */
		vf->index = i;
		vf->admin = admin[i];
		if (r == 0)
			r = sysfs_driver(vf->pci, vf->driver);
		if (r == 0)
			r = find_netdev(nl, vf, links);
		if (r < 0)
			return r;
		find_claim(vf, host);
		pf->n_vf++;
	}
	return 0;
}

/* --- PFs --- */

static void pf_clear(struct host_pf *pf)
{
	for (size_t i = 0; i < pf->n_vf; i++) {
		link_clear(&pf->vf[i].link);
		free(pf->vf[i].netns);
		free(pf->vf[i].lives_in);
	}
	free(pf->vf);
}

static int read_pf(struct host *host, struct netlink *nl, const struct config_pf *section, const struct link *link,
		   const struct links *links)
{
	unsigned totalvfs = 0, numvfs = 0;
	struct host_pf *pf;
	int r = 0;

	if (*link->pci)
		r = sysfs_totalvfs(link->pci, &totalvfs);
	if (*link->pci && r == 0)
		r = sysfs_numvfs(link->pci, &numvfs);
	if (r < 0 && r != -ENOENT) /* which says that it has no SR-IOV */
		return r;
	pf = GROW(host->pf, host->n_pf);
	pf->section = section;
	pf->totalvfs = totalvfs;
	pf->autoprobe = true;
	pf->ifindex = link->ifindex;
	pf->flags = link->flags;
	(void)COPY(pf->name, link->name);
	(void)COPY(pf->pci, link->pci);
	r = *pf->pci ? sysfs_driver(pf->pci, pf->driver) : 0;
	if (r < 0 || !totalvfs)
		return r;
	(void)sysfs_autoprobe(pf->pci, &pf->autoprobe);
	pf->creating = state_creation_marked(pf->pci, &pf->creating_autoprobe);
	return numvfs ? read_vfs(nl, pf, numvfs, links, host) : 0;
}

/*
 * A PF that goes away while it is read is as if it had not been there. What cannot be read is no such thing: a VF that is
 * taken for gone is forgotten where it is.
 */
static int read_one(struct host *host, struct netlink *nl, const struct config_pf *section, const struct link *link,
		    const struct links *links, struct strv *errors)
{
	size_t n_pf = host->n_pf;
	char name[IFNAMSIZ];
	int r;

	memcpy(name, link->name, IFNAMSIZ);
	r = read_pf(host, nl, section, link, links);
	if (r == -ENODEV) {
		if (host->n_pf > n_pf)
			pf_clear(&host->pf[--host->n_pf]);
		return 0;
	}
	if (r < 0)
		strv_addf(errors, "pf %s: read its VFs: %s", name, strerror(-r));
	return r;
}

static int read_sections(struct host *host, struct netlink *nl, const struct links *links,
			 const struct config_pf *const *sections, size_t n, struct strv *errors)
{
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		const struct config_pf *section = sections[i];
		const struct link *link =
			*section->pci ? link_by_pci(links, section->pci) : link_by_name(links, section->name);

		if (link)
			r = read_one(host, nl, section, link, links, errors);
	}
	return r;
}

static int read_every(struct host *host, struct netlink *nl, const struct links *links, struct strv *errors)
{
	int r = 0;

	for (size_t i = 0; i < links->n && r == 0; i++) {
		const struct link *link = &links->link[i];
		unsigned totalvfs = 1;

		/* Of several netdevs on one PCI function (representors, say) the first stands for the PF. */
		if (!*link->pci || link_by_pci(links, link->pci) != link)
			continue;
		/* What cannot be read fails in there, in words. */
		if (sysfs_totalvfs(link->pci, &totalvfs) != -ENOENT && totalvfs)
			r = read_one(host, nl, NULL, link, links, errors);
	}
	return r;
}

/* A kernel before 5.14 does not say with the link on what device it is. */
static void complete_pci(const struct links *links)
{
	for (size_t i = 0; i < links->n; i++)
		if (!*links->link[i].pci)
			(void)sysfs_netdev_pci(links->link[i].name, links->link[i].pci);
}

int host_snapshot(const struct config_pf *const *sections, size_t n, struct strv *errors, struct host *ret)
{
	AUTO_HOST struct host host = { 0 };
	AUTO_LINKS struct links links = { 0 };
	AUTO_NETLINK struct netlink *nl = NULL;
	int r;

	r = state_claims(&host.warnings, &host.claim, &host.n_claim);
	if (r < 0) {
		strv_addf(errors, STATE_DIR ": read the records: %s", strerror(-r));
		return r;
	}
	r = netlink_open(NULL, &nl);
	if (r == 0)
		r = netlink_links(nl, &links.link, &links.n);
	if (r < 0) {
		strv_addf(errors, "list the network devices: %s", strerror(-r));
		return r;
	}
	complete_pci(&links);
	r = sections ? read_sections(&host, nl, &links, sections, n, errors) : read_every(&host, nl, &links, errors);
	if (r < 0)
		return r;
	host.link = STEAL_PTR(links.link);
	host.n_link = links.n;
	links.n = 0;
	*ret = host;
	host = (struct host){ 0 };
	return 0;
}

void host_clear(struct host *host)
{
	for (size_t i = 0; i < host->n_pf; i++)
		pf_clear(&host->pf[i]);
	for (size_t i = 0; i < host->n_link; i++)
		link_clear(&host->link[i]);
	free(host->link);
	free(host->pf);
	free(host->claim);
	strv_clear(&host->warnings);
	*host = (struct host){ 0 };
}

const struct link *host_find_link(const struct host *host, const struct host_vf *vf, const char *name)
{
	for (size_t i = 0; i < host->n_pf; i++)
		for (size_t j = 0; j < host->pf[i].n_vf; j++) {
			const struct host_vf *other = &host->pf[i].vf[j];

			if (other != vf && other->place == VF_HERE && link_is_called(&other->link, name))
				return &other->link;
		}
	for (size_t i = 0; i < host->n_link; i++)
		if (link_is_called(&host->link[i], name))
			return &host->link[i];
	return NULL;
}

const struct host_pf *host_find_pf(const struct host *host, const struct config_pf *section)
{
	for (size_t i = 0; i < host->n_pf; i++)
		if (host->pf[i].section == section)
			return &host->pf[i];
	return NULL;
}

struct host_vf *host_vf(const struct host_pf *pf, unsigned index)
{
	return index < pf->n_vf ? &pf->vf[index] : NULL;
}

bool host_has_section(const struct host_pf *pf, const struct config_pf *section)
{
	return *section->pci ? !strcmp(section->pci, pf->pci) : !strcmp(section->name, pf->name);
}

const struct config_nic *host_nic(const struct config *config, const struct host_pf *pf, unsigned vf)
{
	for (size_t i = 0; i < config->n_nic; i++) {
		const struct config_nic *nic = &config->nic[i];

		if (nic->vf == vf && host_has_section(pf, config_pf_of(config, nic)))
			return nic;
	}
	return NULL;
}

struct host_vf *host_vf_by_pci(const struct host *host, const char *pci, const struct host_pf **ret_pf)
{
	for (size_t i = 0; i < host->n_pf; i++)
		for (size_t j = 0; j < host->pf[i].n_vf; j++)
			if (!strcmp(host->pf[i].vf[j].pci, pci)) {
				*ret_pf = &host->pf[i];
				return &host->pf[i].vf[j];
			}
	return NULL;
}

/* --- other namespaces --- */

struct search {
	struct host_vf **wanted;
	size_t n, missing;
};

static bool is_claims(const char *netns, const struct claim *claim)
{
	AUTO_FREE char *path = claim_netns(claim);

	return netns_same(netns, path);
}

static bool look_into(const struct netns *ns, void *arg)
{
	struct search *search = arg;
	AUTO_LINKS struct links links = { 0 };
	AUTO_NETLINK struct netlink *nl = NULL;

	if (netlink_open(ns->path, &nl) < 0 || netlink_links(nl, &links.link, &links.n) < 0)
		return true; /* it ended meanwhile, or is no network namespace */
	for (size_t i = 0; i < search->n; i++) {
		struct host_vf *vf = search->wanted[i];
		struct link *link = vf->netns ? NULL : link_by_pci(&links, vf->pci);
		bool claimed = vf->claim && vf->claim->runtime == RUNTIME_LXC;

		if (!link)
			continue;
		take_link(vf, link);
		vf->netns = xstrdup(ns->path);
		vf->in_place = vf->held && vf->claim->attached && is_claims(ns->path, vf->claim);
		vf->lives_in_pid = ns->pid;
		vf->kept_by = ns->kept_by;
		(void)netlink_shaping(nl, vf->link.ifindex, &vf->shaping);
		vf->lives_in = ns->pid ? process_container(ns->pid, claimed ? vf->claim->container : NULL) : NULL;
		search->missing--;
	}
	return search->missing > 0;
}

int host_locate(const struct host *host, bool (*wanted)(const struct host_vf *vf, const void *arg), const void *arg)
{
	AUTO_FREE struct host_vf **away = NULL;
	size_t n = 0;

	for (size_t i = 0; i < host->n_pf; i++)
		for (size_t j = 0; j < host->pf[i].n_vf; j++) {
			struct host_vf *vf = &host->pf[i].vf[j];

			if (vf->place == VF_AWAY && (!wanted || wanted(vf, arg)))
				*GROW(away, n) = vf;
		}
	return n ? netns_each(look_into, &(struct search){ away, n, n }) : 0;
}
