# All test targets. Each suite prints a line for each failure and ends with a line
# `SUITE: N passed, N failed`; tests/lib/suites.py adds these up.

PYTHON := python3 -B
SETUP := bash .ci/setup.sh
# The tests run what was built here, with the library as it is in the source tree.
TEST_ENV := BFC=$(abspath $(BUILD)/bfc) BFC_BUILD=$(abspath $(BUILD)) BFC_STDLIB=$(abspath stdlib)

# What `make check` runs, in this order: the quick ones first.
SUITES := layers headers editors unit golden diags fmt plans combinations docs corpus e2e faults-sample

.PHONY: setup check demo bench help format check-format fuzz check-faults $(SUITES:%=check-%)

ifneq ($(SAN),)
# With -fsanitize=undefined gcc believes that format arguments may be NULL.
WARNINGS += -Wno-format-truncation -Wno-format-overflow
# A program with AddressSanitizer in it can't load the engine: see runtime/engine_host.h.
all: $(BUILD)/engine-host
$(BUILD)/engine-host: runtime/engine_host.c runtime/engine_host.h runtime/engine_config.h
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -O2 $(WARNINGS) -DBFC_ENGINE_HOST_ALONE -o $@ $< -ldl
# Leaks are found too; libcurl is opened by dlopen() and stays open.
export ASAN_OPTIONS := detect_leaks=1:abort_on_error=0:$(ASAN_OPTIONS)
export UBSAN_OPTIONS := print_stacktrace=1:$(UBSAN_OPTIONS)
endif

setup:
	@$(SETUP) build engine

# One closing line over all suites, also when one of them fails.
check:
	@$(SETUP) build test engine s3
	@$(MAKE) --no-print-directory -j$$(nproc) all unit-binaries corpus-views fake-play fault-tools
	@$(TEST_ENV) $(PYTHON) tests/lib/suites.py $(SUITES)

# --- the suites ------------------------------------------------------------------------------

.PHONY: unit-binaries fault-tools
unit-binaries: $(UNIT_BIN)
check-unit: unit-binaries
	@$(PYTHON) tests/lib/run_unit.py $(UNIT_BIN)

check-golden: all
	@$(TEST_ENV) $(PYTHON) tests/golden/run.py

# `bfc fmt` over every .bf file there is.
check-fmt: all
	@$(TEST_ENV) $(PYTHON) tests/lib/check_fmt.py

# Every plan against its schema, there and back, and the same everywhere.
check-plans: all
	@$(TEST_ENV) $(PYTHON) tests/lib/check_plans.py

# Clauses in every combination: each compiles or is refused, as the reference says.
check-combinations: all
	@$(TEST_ENV) $(PYTHON) tests/lib/check_combinations.py

# Diagnostics in every form, with no secret in any of them.
check-diags: all
	@$(TEST_ENV) $(PYTHON) tests/lib/check_diags.py

# Real SQL, as written and as bfc rewrites it, on one engine.
.PHONY: corpus-views
corpus-views: $(BUILD)/tests/corpus/corpus_views
$(BUILD)/tests/corpus/corpus_views: $(BUILD)/tests/corpus/corpus_views.o $(BUILD)/libcompiler.a
	$(call say,LD)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
check-corpus: all corpus-views
	@$(SETUP) test engine
	@$(TEST_ENV) $(PYTHON) tests/corpus/run.py

# What the unit tests' model of ClickHouse answers; tests/e2e/cases_model.py compares it with an engine.
.PHONY: fake-play
fake-play: $(BUILD)/tests/e2e/fake_play
$(BUILD)/tests/e2e/fake_play: $(BUILD)/tests/e2e/fake_play.o $(UNIT_SUPPORT_C:%.c=$(BUILD)/%.o) \
		$(BUILD)/libcli.a $(BUILD)/libruntime.a $(BUILD)/libcompiler.a
	$(call say,LD)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
check-e2e: all fake-play
	@$(SETUP) test engine s3
	@$(TEST_ENV) $(PYTHON) tests/e2e/run.py

# Every fault at every place, in each scene: more than an hour on two idle cores; PART=2/4 is the second quarter of it, and
# tests/faults/run.py takes one scene or one kind of fault alone, or lists what there is. `make check` takes a sample with a
# fixed seed.
PART ?= 1/1
check-faults: all fault-tools $(BUILD)/tests/unit/test_orders
	@$(SETUP) test engine
	@BFC_ORDERS=20 $(BUILD)/tests/unit/test_orders
	@$(TEST_ENV) $(PYTHON) tests/faults/run.py --part $(PART)
check-faults-sample: all fault-tools
	@$(TEST_ENV) $(PYTHON) tests/faults/run.py --sample --seed 20241217

FAULT_TOOLS := $(addprefix $(BUILD)/tests/faults/,fskill.so failalloc.so failwrite)
FAULT_CFLAGS = -O2 -g $(filter-out -Wmissing-prototypes,$(WARNINGS)) -D_GNU_SOURCE
fault-tools: $(FAULT_TOOLS)
$(BUILD)/tests/faults/%.so: tests/faults/%.c
	@mkdir -p $(@D)
	$(CC) $(FAULT_CFLAGS) -fPIC -shared -o $@ $< -ldl
$(BUILD)/tests/faults/failwrite: tests/faults/failwrite.c
	@mkdir -p $(@D)
	$(CC) $(FAULT_CFLAGS) -o $@ $<

check-layers:
	@$(PYTHON) tests/lib/check_layers.py

# Every header compiles alone.
check-headers: | $(GENERATED_H)
	@$(PYTHON) tests/lib/check_headers.py $(CC) $(CPPFLAGS) -I$(BUILD)/gen $(WARNINGS) -- $(HEADERS)

# The editors' grammars in examples/editors/ and the scanner have the same words and forms.
check-editors:
	@$(PYTHON) tests/lib/check_editors.py

check-docs: all
	@$(TEST_ENV) $(PYTHON) tests/lib/check_docs.py

# --- by hand ---------------------------------------------------------------------------------

demo:
	@$(SETUP) build test engine
	@$(MAKE) --no-print-directory all
	@$(TEST_ENV) bash examples/pypi/demo.sh

# Half an hour on two cores with nothing else to do. SECTION='beat resume': these alone; ROUNDS=5; KEEP=1 leaves the
# history of 50 million rows there for the next time.
bench:
	@$(SETUP) build test engine
	@$(MAKE) --no-print-directory all $(BUILD)/tests/bench/scan
	@$(TEST_ENV) $(PYTHON) tests/bench/run.py $(if $(SECTION),--only $(SECTION)) $(if $(ROUNDS),--rounds $(ROUNDS)) \
		$(if $(KEEP),--keep)

$(BUILD)/tests/bench/scan: $(BUILD)/tests/bench/scan.o $(BUILD)/libcompiler.a
	$(call say,LD)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

FORMATTED = $(shell git ls-files '*.c' '*.h' 2>/dev/null)
format:
	@$(SETUP) format
	clang-format-14 -i $(FORMATTED)
check-format:
	@$(SETUP) format
	clang-format-14 --dry-run -Werror $(FORMATTED)

# libFuzzer, one target after the other: make fuzz SECONDS=60, or a single one with FUZZ=fuzz_plan. An input
# that takes more than a second is a finding, as a crash and a leak are. Inputs that reached something new
# are kept in build/fuzz/corpus-TARGET for the next time.
SECONDS ?= 60
FUZZ_BUILD := build/fuzz
FUZZ_C := $(sort $(wildcard tests/fuzz/*.c))
FUZZ ?= $(FUZZ_C:tests/fuzz/%.c=%)
FUZZ_SANITIZE := address,undefined
fuzz:
	@$(SETUP) build fuzz
	@$(MAKE) --no-print-directory BUILD=$(FUZZ_BUILD) CC=clang-14 \
		CFLAGS='-O1 -g -fsanitize=fuzzer-no-link,$(FUZZ_SANITIZE) -fno-sanitize-recover=all -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION' \
		WARNINGS='-std=c11' WARNINGS_GENERATED='-std=c11 -w' fuzz-binaries
	@for target in $(FUZZ); do \
		bash tests/fuzz/run.sh $(FUZZ_BUILD) $$target $(SECONDS); \
	done
.PHONY: fuzz-binaries
fuzz-binaries: $(FUZZ_C:tests/fuzz/%.c=$(BUILD)/%)
$(FUZZ_C:tests/fuzz/%.c=$(BUILD)/%): $(BUILD)/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/libruntime.a $(BUILD)/libcompiler.a
	$(CC) -fsanitize=fuzzer,$(FUZZ_SANITIZE) -o $@ $^ $(LDLIBS)
.SECONDARY: $(FUZZ_C:%.c=$(BUILD)/%.o)

help:
	@echo 'make                 build $(BUILD)/bfc'
	@echo 'make demo            set the machine up, then load history on a real ClickHouse'
	@echo 'make check           set the machine up, then run all tests'
	@echo 'make check-SUITE     one suite: $(SUITES)'
	@echo 'make check-faults    every fault at every place (long; PART=2/4: the second quarter)'
	@echo 'make bench           bfc beside the same statements sent by hand; SECTION=beat: one section'
	@echo 'make fuzz SECONDS=60 libFuzzer on what reads texts of others; FUZZ=fuzz_plan: one target'
	@echo 'make format          clang-format over all C files; check-format only looks'
	@echo 'make setup           install what is needed to build and to start the engine'
	@echo 'make install         PREFIX=/usr/local, DESTDIR='
	@echo 'SAN=address,undefined before any of these builds with sanitizers, in a tree of its own'
