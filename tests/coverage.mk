# SPDX-License-Identifier: LGPL-2.1-or-later
# make coverage: which lines of helper/ all tests together go through, the lab's included. It takes some 35 minutes.

GCOV := $(BUILD)/gcov
GCOV_FLAGS = -O0 -g -U_FORTIFY_SOURCE --coverage -fprofile-update=atomic
GCOV_TESTS := $(UNIT_TESTS:%=$(GCOV)/%)

coverage:
	$(Q)tests/deps build test lint lab deb
	$(Q)$(MAKE) --no-print-directory -j"$$(nproc)" all $(GCOV)/lxc-sriov $(GCOV_TESTS)
	$(Q)LXC_SRIOV_VERSION=$(VERSION) tests/coverage $(GCOV)

$(GCOV)/%.o: %.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(GCOV_FLAGS) -c -o $@ $<

$(GCOV)/helper.a: $(UNIT_HELPERS:%.c=$(GCOV)/%.o)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

$(GCOV)/lxc-sriov: $(GCOV)/helper/main.o $(GCOV)/tests/gcov.o $(GCOV)/helper.a
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(GCOV_FLAGS) -pie $(LDFLAGS) -Wl,--wrap=_exit -o $@ $^ $(LDLIBS)

$(GCOV_TESTS): $(GCOV)/%: $(GCOV)/tests/unit/%.o $(GCOV)/helper.a
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(GCOV_FLAGS) -pie $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

.PHONY: coverage
.SECONDARY: $(UNIT_TESTS:%=$(GCOV)/tests/unit/%.o)
-include $(UNIT_TESTS:%=$(GCOV)/tests/unit/%.d) $(SOURCES:%.c=$(GCOV)/%.d)
