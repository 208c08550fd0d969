# SPDX-License-Identifier: LGPL-2.1-or-later
# make fuzz: every tests/fuzz/fuzz_*.c with libFuzzer and the sanitizers, each for FUZZ_SECONDS, from tests/fuzz/corpus.

CLANG ?= clang
FUZZ_SECONDS ?= 60
FUZZERS := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_FLAGS = -O1 -g -fno-omit-frame-pointer -U_FORTIFY_SOURCE -fsanitize=address,undefined,fuzzer-no-link \
	-fno-sanitize-recover=all

fuzz: fuzz-deps
	$(Q)$(MAKE) --no-print-directory -j"$$(nproc)" $(FUZZERS:%=$(BUILD)/fuzz/%)
	$(Q)tests/fuzz/run $(FUZZ_SECONDS) $(FUZZERS:%=$(BUILD)/fuzz/%)

fuzz-deps:
	$(Q)tests/deps build test lint

$(BUILD)/fuzz/helper.a: $(patsubst %.c,$(BUILD)/fuzz/%.o,$(filter-out helper/main.c,$(SOURCES)))
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/fuzz/%.o: %.c
	$(call say,FUZZ,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(ALL_CFLAGS) -Ihelper $(FUZZ_FLAGS) -c -o $@ $<

$(FUZZERS:%=$(BUILD)/fuzz/%): $(BUILD)/fuzz/%: $(BUILD)/fuzz/tests/fuzz/fuzz_%.o $(BUILD)/fuzz/helper.a
	$(call say,LD,$@)
	$(Q)$(CLANG) -g -fsanitize=address,undefined,fuzzer -o $@ $^ $(LDLIBS)

.PHONY: fuzz fuzz-deps
.SECONDARY: $(FUZZERS:%=$(BUILD)/fuzz/tests/fuzz/fuzz_%.o)
-include $(SOURCES:%.c=$(BUILD)/fuzz/%.d) $(FUZZERS:%=$(BUILD)/fuzz/tests/fuzz/fuzz_%.d)
