# SPDX-License-Identifier: LGPL-2.1-or-later
# make check-unit: every tests/unit/test_*.c, once with the address and undefined-behaviour sanitizers and
# once under valgrind, and every tests/bats/*.bats with the program and with a sanitized one. It needs root,
# and no SR-IOV.

VALGRIND ?= valgrind
BATS ?= bats

UNIT_TESTS := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c))
UNIT_BATS := $(patsubst tests/bats/%.bats,%,$(wildcard tests/bats/*.bats))
UNIT_HELPERS := $(filter-out helper/main.c,$(SOURCES))
ASAN_PROGRAM := $(BUILD)/asan/lxc-sriov

UNIT_ASAN := $(UNIT_TESTS:%=unit-asan-%)
UNIT_VALGRIND := $(UNIT_TESTS:%=unit-valgrind-%)
UNIT_SHELL := $(UNIT_BATS:%=unit-bats-%)
# lxc-sriov-bench, .ci/run and the lab have nothing to sanitize
UNIT_SHELL_ASAN := $(patsubst %,unit-asan-bats-%,$(filter-out bench ci run suite,$(UNIT_BATS)))
UNIT_RESULTS = $(UNIT_TESTS:%=$(BUILD)/unit/%.asan.tap) $(UNIT_TESTS:%=$(BUILD)/unit/%.valgrind.tap) \
	$(UNIT_BATS:%=$(BUILD)/unit/%-bats.plain.tap) $(UNIT_SHELL_ASAN:unit-asan-bats-%=$(BUILD)/unit/%-bats.asan.tap)

# The sanitizers have checks of their own in place of _FORTIFY_SOURCE.
ASAN_FLAGS = -O1 -g -fno-omit-frame-pointer -U_FORTIFY_SOURCE -fsanitize=address,undefined -fno-sanitize-recover=all
# A crash is for the sanitizer to report, not for cmocka to catch.
ASAN_ENV = ASAN_OPTIONS=exitcode=99:detect_leaks=1:allow_user_segv_handler=0:strict_string_checks=1:detect_stack_use_after_return=1 \
	UBSAN_OPTIONS=exitcode=99:print_stacktrace=1

check-unit: $(UNIT_ASAN) $(UNIT_VALGRIND) $(UNIT_SHELL) $(UNIT_SHELL_ASAN)
	@tests/tally sum unit $(UNIT_RESULTS)

$(UNIT_ASAN): unit-asan-%: $(BUILD)/asan/%
	$(call say,ASAN,$*)
	$(Q)$(ASAN_ENV) CMOCKA_MESSAGE_OUTPUT=TAP tests/tally run $(BUILD)/unit/$*.asan.tap $<

$(UNIT_VALGRIND): unit-valgrind-%: $(BUILD)/unit/%
	$(call say,MEMCHK,$*)
	$(Q)CMOCKA_MESSAGE_OUTPUT=TAP tests/tally run $(BUILD)/unit/$*.valgrind.tap \
		$(VALGRIND) -q --error-exitcode=1 --leak-check=full $<

run_bats = LXC_SRIOV=$(abspath $(1)) LXC_SRIOV_VERSION=$(VERSION) LXC_SRIOV_COMPLETION=$(abspath $(COMPLETION)) \
	LXC_SRIOV_BENCH=$(abspath $(BENCHMARK)) tests/tally run $(2) $(BATS) --tap $(3)

# It starts from the objects that are there.
unit-bats-ci: $(ASAN_PROGRAM)

$(UNIT_SHELL): unit-bats-%: tests/bats/%.bats $(PROGRAM) $(COMPLETION) $(BENCHMARK)
	$(call say,BATS,$<)
	$(Q)$(call run_bats,$(PROGRAM),$(BUILD)/unit/$*-bats.plain.tap,$<)

$(UNIT_SHELL_ASAN): unit-asan-bats-%: tests/bats/%.bats $(ASAN_PROGRAM) $(COMPLETION) $(BENCHMARK)
	$(call say,ASAN,$<)
	$(Q)TALLY_TIMEOUT=600 $(ASAN_ENV) $(call run_bats,$(ASAN_PROGRAM),$(BUILD)/unit/$*-bats.asan.tap,$<)

# An archive, so that each test links only what it calls: cmd_*.c wants things of main.c.
$(BUILD)/unit/helper.a: $(UNIT_HELPERS:%.c=$(BUILD)/%.o)
$(BUILD)/asan/helper.a: $(UNIT_HELPERS:%.c=$(BUILD)/asan/%.o)
$(BUILD)/unit/helper.a $(BUILD)/asan/helper.a:
	$(call say,AR,$@)
	$(Q)mkdir -p $(@D)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

$(BUILD)/asan/%.o: %.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ASAN_FLAGS) -c -o $@ $<

$(UNIT_TESTS:%=$(BUILD)/unit/%): $(BUILD)/unit/%: $(BUILD)/tests/unit/%.o $(BUILD)/unit/helper.a
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -pie $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

$(UNIT_TESTS:%=$(BUILD)/asan/%): $(BUILD)/asan/%: $(BUILD)/asan/tests/unit/%.o $(BUILD)/asan/helper.a
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ASAN_FLAGS) -pie $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

$(ASAN_PROGRAM): $(BUILD)/asan/helper/main.o $(BUILD)/asan/helper.a
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ASAN_FLAGS) -pie $(LDFLAGS) -o $@ $^ $(LDLIBS)

# For the guests, which have no runtime of the sanitizers.
$(BUILD)/asan/lab/lxc-sriov: $(BUILD)/asan/helper/main.o $(BUILD)/asan/tests/lab/sanitizers.o $(BUILD)/asan/helper.a
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ASAN_FLAGS) -static-libasan -static-libubsan -pie $(LDFLAGS) -o $@ $^ $(LDLIBS)

# What the guests' tests need besides.
lab-parts: $(BUILD)/lab/failing/liblxc.so.1
$(BUILD)/lab/failing/liblxc.so.1: tests/lab/failing-liblxc.c
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -fPIC -shared -o $@ $<

.PHONY: check-unit lab-parts $(UNIT_ASAN) $(UNIT_VALGRIND) $(UNIT_SHELL) $(UNIT_SHELL_ASAN)
.SECONDARY: $(UNIT_TESTS:%=$(BUILD)/tests/unit/%.o) $(UNIT_TESTS:%=$(BUILD)/asan/tests/unit/%.o)
-include $(UNIT_TESTS:%=$(BUILD)/tests/unit/%.d) $(UNIT_TESTS:%=$(BUILD)/asan/tests/unit/%.d)
-include $(SOURCES:%.c=$(BUILD)/asan/%.d)
