/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor.h"

/* --- what "config NAME" prints, against what was written --- */

/* The next line that LXC reads: neither empty nor a comment. */
static bool next_line(const char **rest, const char **ret, size_t *ret_len)
{
	while (**rest) {
		size_t len = strcspn(*rest, "\n");

		*ret = *rest;
		*ret_len = len;
		*rest += len + ((*rest)[len] == '\n');
		if (len && **ret != '#')
			return true;
	}
	return false;
}

static bool reads_the_same(const char *a, const char *b)
{
	const char *line_a, *line_b;
	size_t len_a, len_b;

	for (;;) {
		bool more_a = next_line(&a, &line_a, &len_a), more_b = next_line(&b, &line_b, &len_b);

		if (!more_a || !more_b)
			return more_a == more_b;
		if (len_a != len_b || memcmp(line_a, line_b, len_a) != 0)
			return false;
	}
}

static bool is_stale(const struct doctor_container *c)
{
	return c->written && c->wanted && !reads_the_same(c->written, c->wanted);
}

/* The command that writes sriov.conf, or where that is as it should be, the line that includes it. */
static char *fix_of(const struct doctor_input *in, const struct doctor_container *c)
{
	AUTO_FREE char *path = in->lxcpath ? xasprintf(" -P %s", in->lxcpath) : xstrdup("");

	if (c->written && !is_stale(c))
		return xasprintf("add to the end of %s/config: lxc.include = %s/sriov.conf", c->folder, c->folder);
	return xasprintf("lxc-sriov config --write%s %s", path, c->name);
}

static char *name_of(const struct doctor_container *c)
{
	return xasprintf("container %s", c->name);
}

/* --- checks --- */

static void container_missing(const struct doctor_input *in, const struct doctor_container *c, struct findings *out)
{
	(void)in;
	if (c->state == CONTAINER_ABSENT)
		found(out, FOUND_WARNING, name_of(c), xasprintf("it has a section, and there is no %s/config", c->folder),
		      xasprintf("lxc-create -t sriov -n %s, or put its name right in %s:%u", c->name, c->nic[0]->file,
				c->nic[0]->line));
}

static void container_partial(const struct doctor_input *in, const struct doctor_container *c, struct findings *out)
{
	(void)in;
	if (c->state == CONTAINER_PARTIAL)
		found(out, FOUND_WARNING, name_of(c),
		      xasprintf("it is being created, or that did not end: there is %s/partial", c->folder),
		      xasprintf("lxc-info -n %s (which cleans up what did not end), then lxc-create again", c->name));
}

static void container_unreadable(const struct doctor_input *in, const struct doctor_container *c, struct findings *out)
{
	if (in->lxc_version && c->state == CONTAINER_UNREADABLE)
		found(out, FOUND_ERROR, name_of(c), xasprintf("LXC cannot read %s/config", c->folder),
		      xasprintf("lxc-info -n %s says in which line; mend it", c->name));
}

static void container_stale(const struct doctor_input *in, const struct doctor_container *c, struct findings *out)
{
	if (c->state != CONTAINER_READ || !is_stale(c))
		return;
	found(out, FOUND_WARNING, name_of(c),
	      xasprintf("%s/sriov.conf is not what the configuration says by now", c->folder), fix_of(in, c));
}

static void container_nic(const struct doctor_input *in, const struct doctor_container *c, struct findings *out)
{
	for (size_t i = 0; c->state == CONTAINER_READ && i < c->n_nic; i++) {
		const struct config_nic *nic = c->nic[i];

		if (strcmp(c->lxc[i].type, "phys") != 0)
			found(out, FOUND_ERROR, name_of(c),
			      xasprintf("lxc.net.%u.type is \"%s\", and should be phys: LXC does not give it its VF",
					nic->index, c->lxc[i].type),
			      fix_of(in, c));
		else if (strcmp(c->lxc[i].link, nic->link) != 0)
			found(out, FOUND_ERROR, name_of(c),
			      xasprintf("lxc.net.%u.link is \"%s\", and should be %s", nic->index, c->lxc[i].link, nic->link),
			      fix_of(in, c));
	}
}

/* Many drivers refuse a MAC from the VF's side, the same one included, once the PF has set one. */
static void container_hwaddr(const struct doctor_input *in, const struct doctor_container *c, struct findings *out)
{
	(void)in;
	for (size_t i = 0; c->state == CONTAINER_READ && i < c->n_nic; i++)
		if (!strcmp(c->lxc[i].type, "phys") && *c->lxc[i].hwaddr)
			found(out, FOUND_ERROR, name_of(c),
			      xasprintf("lxc.net.%u.hwaddr is %s: the VF has its MAC from the PF, and many drivers fail the start "
					"when LXC sets one",
					c->nic[i]->index, c->lxc[i].hwaddr),
			      xasprintf("take lxc.net.%u.hwaddr out of %s/config", c->nic[i]->index, c->folder));
}

static bool has_our_hook(const char *hooks)
{
	return hooks && strstr(hooks, "lxc-sriov");
}

static void container_hooks(const struct doctor_input *in, const struct doctor_container *c, struct findings *out)
{
	bool pre_start = has_our_hook(c->pre_start), post_stop = has_our_hook(c->post_stop);

	if (c->state != CONTAINER_READ || (pre_start && post_stop))
		return;
	found(out, FOUND_ERROR, name_of(c),
	      xasprintf("lxc.hook.%s not %s: its VF is not made ready, or does not come home",
			pre_start ? "post-stop is" :
			post_stop ? "pre-start is" :
				    "pre-start and lxc.hook.post-stop are",
			in->hook),
	      fix_of(in, c));
}

const struct doctor_check doctor_lxc_checks[] = {
	{ "container-missing", .container = container_missing },
	{ "container-partial", .container = container_partial },
	{ "container-unreadable", .container = container_unreadable },
	{ "container-nic", .container = container_nic },
	{ "container-hwaddr", .container = container_hwaddr },
	{ "container-hooks", .container = container_hooks },
	{ "container-stale", .container = container_stale },
	{ 0 },
};
