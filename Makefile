# SPDX-License-Identifier: LGPL-2.1-or-later
VERSION = 0.1.0
PKG_CONFIG ?= pkg-config
PREFIX ?= /usr
DESTDIR ?=
SYSCONFDIR ?= /etc
RUNSTATEDIR ?= /run
SBINDIR ?= $(PREFIX)/sbin
MANDIR ?= $(PREFIX)/share/man
COMPLETIONDIR ?= $(PREFIX)/share/bash-completion/completions
DOCDIR ?= $(PREFIX)/share/doc/lxc-sriov
UDEVDIR ?= $(PREFIX)/lib/udev
SYSTEMDDIR ?= /lib/systemd/system
# LXC looks for templates, hooks and configuration fragments here, whatever our own PREFIX is.
LXCDATADIR ?= /usr/share/lxc
BUILD ?= build

# Debian ships no .pc file of iniparser 4: it is named in LDLIBS. Of liblxc and libcurl the headers are used, and
# library.c loads them.
PACKAGES = libnl-route-3.0 libnl-3.0 json-c
CFLAGS ?= -O2 -g -fstack-protector-strong -D_FORTIFY_SOURCE=2
WARNINGS = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef -Wpointer-arith
CPPFLAGS += -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -DSYSCONFDIR='"$(SYSCONFDIR)"' -DRUNSTATEDIR='"$(RUNSTATEDIR)"' \
	-DLXCDATADIR='"$(LXCDATADIR)"'
ALL_CFLAGS = -std=gnu11 $(WARNINGS) -fPIE $(CFLAGS) $(CPPFLAGS) $(shell $(PKG_CONFIG) --cflags $(PACKAGES) lxc libcurl) -MMD -MP
LDFLAGS ?= -Wl,-z,relro,-z,now
LDLIBS = $(shell $(PKG_CONFIG) --libs $(PACKAGES)) -liniparser

SOURCES := $(wildcard helper/*.c)
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o)
PROGRAM := $(BUILD)/lxc-sriov
# What is installed as lxc-sriov: the lab has builds of its own.
HELPER ?= $(PROGRAM)
COMPLETION := $(BUILD)/lxc-sriov.bash
BENCHMARK := $(BUILD)/lxc-sriov-bench

Q = $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-7s %s\n' $(1) $(2))

all: $(PROGRAM) $(COMPLETION) $(BENCHMARK)

$(PROGRAM): $(OBJECTS)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -pie $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/%.o: %.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

# From the source and not from the program, which the machine that builds it may not be able to run.
$(COMPLETION): conf/completion.awk helper/main.c conf/lxc-sriov.bash
	$(call say,AWK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)LC_ALL=C awk -f $^ >$@

$(BENCHMARK): helper/lxc-sriov-bench Makefile
	$(call say,SED,$@)
	$(Q)mkdir -p $(@D)
	$(Q)sed 's|@VERSION@|$(VERSION)|' $< >$@
	$(Q)chmod 0755 $@

# Paths are filled in when the files are installed, so that a tree serves every PREFIX.
FILL = sed -e 's|@SBINDIR@|$(SBINDIR)|g' -e 's|@LXCDATADIR@|$(LXCDATADIR)|g' -e 's|@SYSCONFDIR@|$(SYSCONFDIR)|g'
fill = $(FILL) $(1) >'$(DESTDIR)$(2)' && chmod $(3) '$(DESTDIR)$(2)'

install: all $(HELPER)
	$(Q)install -d '$(DESTDIR)$(SBINDIR)' '$(DESTDIR)$(LXCDATADIR)'/config '$(DESTDIR)$(LXCDATADIR)'/hooks \
		'$(DESTDIR)$(LXCDATADIR)'/templates '$(DESTDIR)$(SYSCONFDIR)/lxc'
	$(Q)install -D -m 0644 doc/lxc-sriov.8 '$(DESTDIR)$(MANDIR)/man8/lxc-sriov.8'
	$(Q)install -D -m 0644 doc/lxc-sriov.ini.5 '$(DESTDIR)$(MANDIR)/man5/lxc-sriov.ini.5'
	$(Q)install -m 0755 $(HELPER) '$(DESTDIR)$(SBINDIR)/lxc-sriov'
	$(Q)install -m 0755 $(BENCHMARK) '$(DESTDIR)$(SBINDIR)'
	$(Q)install -m 0644 doc/lxc-sriov-bench.8 '$(DESTDIR)$(MANDIR)/man8/lxc-sriov-bench.8'
	$(Q)$(call fill,lxc-hooks/lxc-sriov,$(LXCDATADIR)/hooks/lxc-sriov,0755)
	$(Q)$(call fill,templates/lxc-sriov,$(LXCDATADIR)/templates/lxc-sriov,0755)
	$(Q)$(call fill,conf/sriov.conf,$(LXCDATADIR)/config/sriov.conf,0644)
	$(Q)install -d '$(DESTDIR)$(UDEVDIR)/rules.d' '$(DESTDIR)$(SYSTEMDDIR)' '$(DESTDIR)$(SYSCONFDIR)/cron.d'
	$(Q)$(call fill,conf/90-lxc-sriov.rules,$(UDEVDIR)/rules.d/90-lxc-sriov.rules,0644)
	$(Q)install -D -m 0644 conf/10-lxc-sriov.network '$(DESTDIR)$(PREFIX)/lib/systemd/network/10-lxc-sriov.network'
	$(Q)$(call fill,conf/lxc-sriov.service,$(SYSTEMDDIR)/lxc-sriov.service,0644)
	$(Q)$(call fill,conf/lxc-sriov-pin.service,$(SYSTEMDDIR)/lxc-sriov-pin.service,0644)
	$(Q)$(call fill,conf/lxc-sriov-pin.timer,$(SYSTEMDDIR)/lxc-sriov-pin.timer,0644)
	$(Q)$(call fill,conf/lxc-sriov-metrics.service,$(SYSTEMDDIR)/lxc-sriov-metrics.service,0644)
	$(Q)$(call fill,conf/lxc-sriov-metrics.timer,$(SYSTEMDDIR)/lxc-sriov-metrics.timer,0644)
	$(Q)$(call fill,conf/lxc-sriov-docker.service,$(SYSTEMDDIR)/lxc-sriov-docker.service,0644)
	$(Q)install -D -m 0644 doc/list.schema.json '$(DESTDIR)$(PREFIX)/share/lxc-sriov/list.schema.json'
	$(Q)$(call fill,conf/lxc-sriov.cron,$(SYSCONFDIR)/cron.d/lxc-sriov,0644)
	$(Q)install -d '$(DESTDIR)$(COMPLETIONDIR)'
	$(Q)$(call fill,$(COMPLETION),$(COMPLETIONDIR)/lxc-sriov,0644)
	$(Q)[ -e '$(DESTDIR)$(SYSCONFDIR)/lxc/sriov.ini' ] || \
		install -m 0644 conf/sriov.ini '$(DESTDIR)$(SYSCONFDIR)/lxc/sriov.ini'
	$(Q)for f in $$(cd conf/examples && find . -type f); do \
		install -D -m 0644 "conf/examples/$$f" '$(DESTDIR)$(DOCDIR)/examples/'"$$f" || exit; done

# The guest's image takes a minute to build, and a lab may be running: distclean takes it too.
clean:
	$(Q)[ ! -d $(BUILD) ] || find $(BUILD) -mindepth 1 -maxdepth 1 ! -name lab -exec rm -rf {} +

distclean:
	rm -rf $(BUILD)

# --- Debian package ---

# In a copy, since dpkg-buildpackage builds in the tree and writes beside it. With no flag of this make for its makes.
# 0.1.0+deb13 is of Debian 13, so that it takes the place of 12's in an upgrade of the host. Before its release a Debian has no
# number of its own.
DEB_VERSION = $(VERSION)+deb$(shell . /etc/os-release && \
	awk -v n="$$VERSION_ID" -v r="$$VERSION_CODENAME" '$$1 == r && n == "" { n = $$2 } END { print n }' tests/lab/releases)
deb:
	$(Q)tests/deps build deb
	$(Q)rm -rf $(BUILD)/deb
	$(Q)mkdir -p $(BUILD)/deb/lxc-sriov-$(VERSION)
	$(Q)git ls-files -z -co --exclude-standard | xargs -0 cp -a --parents -t $(BUILD)/deb/lxc-sriov-$(VERSION)
	$(Q)sed -i '1s/($(VERSION))/($(DEB_VERSION))/' $(BUILD)/deb/lxc-sriov-$(VERSION)/debian/changelog
	$(Q)cd $(BUILD)/deb/lxc-sriov-$(VERSION) && env -u BUILD -u MAKEFLAGS -u MAKELEVEL dpkg-buildpackage -us -uc -b
	$(Q)lintian --fail-on error,warning $(BUILD)/deb/lxc-sriov_$(DEB_VERSION)_*.changes

# --- tests ---

include tests/unit.mk
include tests/fuzz.mk
include tests/coverage.mk

# Installs what the other targets need; they call it themselves.
deps:
	$(Q)tests/deps build test lint lab deb

fmt:
	$(Q)git ls-files -z -co --exclude-standard -- '*.c' '*.h' | xargs -0 clang-format -i

lint:
	$(Q)tests/lint $(ALL_CFLAGS)

check-lab: all
	$(Q)tests/lab/check

check: deps
	$(Q)tests/check

# Everything on every release that is in tests/lab/releases.
check-releases: deps
	$(Q)tests/check releases

demo:
	$(Q)tests/deps build lab
	$(Q)$(MAKE) --no-print-directory all
	$(Q)tests/lab/demo

bench:
	$(Q)tests/deps build lab
	$(Q)$(MAKE) --no-print-directory all
	$(Q)tests/bench/run

bench-scale:
	$(Q)tests/deps build lab
	$(Q)$(MAKE) --no-print-directory all $(BUILD)/bench/measure
	$(Q)tests/bench/scale

$(BUILD)/bench/measure: tests/bench/measure.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 $(WARNINGS) $(CFLAGS) -D_GNU_SOURCE $(LDFLAGS) -o $@ $<

.PHONY: all install clean distclean deps deb fmt lint check check-unit check-lab check-releases demo bench bench-scale
.DELETE_ON_ERROR:
-include $(OBJECTS:.o=.d)
