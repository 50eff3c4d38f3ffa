# bfc: a declarative backfill compiler for ClickHouse.
#
#   make            builds build/bfc
#   make demo       sets the machine up, then loads history on a real ClickHouse
#   make check      sets the machine up, then runs all tests
#   make help       lists the rest

SHELL := /bin/bash
# V=1 shows whole commands.
V ?=
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-5s %s\n' $(1) $@)
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

PREFIX ?= /usr/local
DESTDIR ?=
VERSION := 0.1.0

CC := gcc
CPPFLAGS := -D_GNU_SOURCE -DBFC_VERSION='"$(VERSION)"' -DBFC_LIBRARY='"$(PREFIX)/share/bfc/stdlib"' -I.
CFLAGS ?= -O2 -g
WARNINGS := -std=c11 -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wvla -fno-common
# flex's and bison's own code shadows and leaves functions unused.
WARNINGS_GENERATED := -std=c11 -Wall -Werror -Wno-unused-function -Wno-unused-but-set-variable \
	-Wno-unused-variable -Wno-sign-compare -Wno-maybe-uninitialized
LDLIBS := -ljansson -lnettle -ldl -lm

# SAN=address,undefined: a build tree of its own, so that nothing is mixed.
SAN ?=
ifneq ($(SAN),)
comma := ,
BUILD := build/san-$(subst $(comma),-,$(SAN))
CFLAGS += -fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer
LDFLAGS += -fsanitize=$(SAN)
else
BUILD := build
endif

GRAMMARS := scan parse select
GENERATED_C := $(GRAMMARS:%=$(BUILD)/gen/grammar/%.c)
COMPILER_C := $(sort $(wildcard compiler/base/*.c compiler/*.c grammar/*.c))
RUNTIME_C := $(sort $(wildcard runtime/*.c))
CLI_C := $(sort $(wildcard runtime/cli/*.c))
HEADERS := $(sort $(wildcard compiler/base/*.h compiler/*.h grammar/*.h runtime/*.h runtime/cli/*.h))

COMPILER_O := $(GENERATED_C:.c=.o) $(COMPILER_C:%.c=$(BUILD)/%.o)
RUNTIME_O := $(RUNTIME_C:%.c=$(BUILD)/%.o)
CLI_O := $(CLI_C:%.c=$(BUILD)/%.o)

.PHONY: all
all: $(BUILD)/bfc

$(BUILD)/bfc: $(CLI_O) $(BUILD)/libruntime.a $(BUILD)/libcompiler.a
	$(call say,LD)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/libcompiler.a: $(COMPILER_O)
	$(call say,AR)
	$(Q)rm -f $@ && ar rcs $@ $^
$(BUILD)/libruntime.a: $(RUNTIME_O)
	$(call say,AR)
	$(Q)rm -f $@ && ar rcs $@ $^
# For unit tests, which have a main() of their own.
$(BUILD)/libcli.a: $(filter-out $(BUILD)/runtime/cli/main.o,$(CLI_O))
	$(call say,AR)
	$(Q)rm -f $@ && ar rcs $@ $^

# Generated headers must be there before anything that may include them.
GENERATED_H := $(GRAMMARS:%=$(BUILD)/gen/grammar/%.h)
$(COMPILER_O): | $(GENERATED_H)

$(BUILD)/gen/grammar/scan.c $(BUILD)/gen/grammar/scan.h &: grammar/scan.l
	@mkdir -p $(@D)
	$(call say,FLEX)
	$(Q)flex --outfile=$(BUILD)/gen/grammar/scan.c --header-file=$(BUILD)/gen/grammar/scan.h $<
$(BUILD)/gen/grammar/%.c $(BUILD)/gen/grammar/%.h &: grammar/%.y
	@mkdir -p $(@D)
	$(call say,BISON)
	$(Q)bison -Wall -Werror -Wno-yacc --output=$(BUILD)/gen/grammar/$*.c --header=$(BUILD)/gen/grammar/$*.h $<

$(BUILD)/gen/%.o: $(BUILD)/gen/%.c
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) -I$(BUILD)/gen $(CFLAGS) $(WARNINGS_GENERATED) -MMD -MP -c -o $@ $<
$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) -I$(BUILD)/gen $(CFLAGS) $(WARNINGS) -MMD -MP -c -o $@ $<

# --- tests ---------------------------------------------------------------------------------
UNIT_C := $(sort $(wildcard tests/unit/test_*.c))
UNIT_SUPPORT_C := $(sort $(filter-out $(UNIT_C),$(wildcard tests/unit/*.c)))
UNIT_BIN := $(UNIT_C:%.c=$(BUILD)/%)
$(BUILD)/tests/unit/test_%: $(BUILD)/tests/unit/test_%.o $(UNIT_SUPPORT_C:%.c=$(BUILD)/%.o) \
		$(BUILD)/libcli.a $(BUILD)/libruntime.a $(BUILD)/libcompiler.a
	$(call say,LD)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

.SECONDARY: $(UNIT_C:%.c=$(BUILD)/%.o) $(UNIT_SUPPORT_C:%.c=$(BUILD)/%.o)

# --- install -------------------------------------------------------------------------------
# The prefix is compiled in (BFC_LIBRARY): with another one that object is built again.
.PHONY: FORCE
$(BUILD)/prefix: FORCE
	@mkdir -p $(@D)
	@echo '$(PREFIX)' | cmp -s - $@ || echo '$(PREFIX)' >$@
$(BUILD)/runtime/cli/cli.o: $(BUILD)/prefix

INSTALL := install
BINDIR := $(DESTDIR)$(PREFIX)/bin
SHAREDIR := $(DESTDIR)$(PREFIX)/share
LIBRARY_FOLDERS := stdlib stdlib/sources stdlib/checks
MAN_PAGE := $(SHAREDIR)/man/man1/bfc.1
COMPLETIONS := bash-completion/completions/bfc zsh/site-functions/_bfc \
	fish/vendor_completions.d/bfc.fish

.PHONY: install uninstall
install: $(BUILD)/bfc
	$(INSTALL) -d $(BINDIR) $(dir $(MAN_PAGE)) $(addprefix $(SHAREDIR)/bfc/,$(LIBRARY_FOLDERS)) \
		$(SHAREDIR)/doc/bfc \
		$(dir $(addprefix $(SHAREDIR)/,$(COMPLETIONS)))
	$(INSTALL) -m 755 $(BUILD)/bfc $(BINDIR)/bfc
	sed -e 's|@VERSION@|$(VERSION)|' -e 's|@PREFIX@|$(PREFIX)|' runtime/cli/bfc.1 >$(MAN_PAGE)
	chmod 644 $(MAN_PAGE)
	for folder in $(LIBRARY_FOLDERS); do \
		$(INSTALL) -m 644 $$folder/*.bf $(SHAREDIR)/bfc/$$folder/ || exit 1; \
	done
	$(INSTALL) -m 644 LICENSE README.md $(SHAREDIR)/doc/bfc/
	$(INSTALL) -m 644 grammar/README.md $(SHAREDIR)/doc/bfc/language.md
	$(INSTALL) -m 644 stdlib/hazards.md $(SHAREDIR)/doc/bfc/
	$(INSTALL) -m 644 runtime/cli/completions/bfc.bash $(SHAREDIR)/bash-completion/completions/bfc
	$(INSTALL) -m 644 runtime/cli/completions/_bfc $(SHAREDIR)/zsh/site-functions/_bfc
	$(INSTALL) -m 644 runtime/cli/completions/bfc.fish $(SHAREDIR)/fish/vendor_completions.d/bfc.fish

uninstall:
	rm -f $(BINDIR)/bfc $(MAN_PAGE) $(addprefix $(SHAREDIR)/,$(COMPLETIONS))
	rm -rf $(SHAREDIR)/bfc $(SHAREDIR)/doc/bfc

# --- examples ------------------------------------------------------------------------------
# The committed plans, after a change of what bfc writes; look at the diff.
.PHONY: plans
plans: all
	for plan in examples/*/plan.sql; do \
		folder=$$(dirname $$plan); \
		$(BUILD)/bfc compile -o $$plan $$folder/$$(basename $$folder).bf; \
	done

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
-include tests/tests.mk
