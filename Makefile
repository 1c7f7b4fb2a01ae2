# SPDX-License-Identifier: GPL-2.0
#
# Standalone build of bpf_evolution: pattern rules and wildcards, no list of
# samples anywhere.  A family is the files that share a stem; what is built
# follows from which of them exist.  `make help` lists targets and variables.

# A rule that fails leaves no half-written target; there are no implicit rules.
.DELETE_ON_ERROR:
.SUFFIXES:
silent := $(findstring s,$(filter-out --%,$(firstword -$(MAKEFLAGS))))
MAKEFLAGS += --no-builtin-rules

# `make deps run` installs the packages, and then runs a new make, which finds them.
ifneq ($(filter deps,$(MAKECMDGOALS)),)
.NOTPARALLEL:
.PHONY: $(MAKECMDGOALS)
include selftests/arch.mk
# The sysroot is fetched first, since deps.sh tries it.  But on Ubuntu fetching needs a package
# that deps.sh installs.
sysroot_sh := selftests/guest/sysroot.sh $(ARCH) >/dev/null
deps:
	$(if $(and $(CROSS),$(SYSROOT)),@$(sysroot_sh) || { selftests/deps.sh; $(sysroot_sh); })
	@selftests/deps.sh
	@selftests/guest/fetch.sh $(DEBIAN_ARCH:%=-a %) bullseye libbpf-dev >/dev/null || :
$(filter-out deps,$(MAKECMDGOALS)): deps
	@$(MAKE) --no-print-directory -j$$(nproc) $@
else

include selftests/arch.mk
OUT ?= .output$(CROSS:%=-%)
V ?= 0
BIN := $(OUT)/bin
ifneq ($(words $(OUT)),1)
$(error OUT='$(OUT)': name one directory, without spaces)
endif
# These characters are special to make or to the shell.
hash := \#
special = $(shell printf %s '$(subst ','\'',$(1))' | tr -cd ' \t:;%&|<>()*?"\\$$$(hash)=`'\')
$(foreach v,OUT LIBBPF_DIR SYSROOT VMLINUX_H VMLINUX_BTF,$(if $($(v)),$(if $(call special,$($(v))),$(error \
	$(v)='$($(v))': name a path without spaces and without any of :;%&|<>()*?"\$$$(hash)=`'))))

ifeq ($(V),1)
Q :=
msg = @:
else
Q := @
msg = @$(if $(silent),:,printf '  %-9s %s\n' $(1) $(patsubst $(OUT)/%,%,$(2)))
MAKEFLAGS += --no-print-directory
endif

# ---- tools (selftests/check-deps.sh tries them, and says what is missing) ----------

$(foreach v,CC HOSTCC CLANG LLVM_STRIP,$(if $(strip $($(v))),,$(error $(v)= names nothing)))
# This finds libbpf; LIBBPF_DIR= and LIBBPF0_DIR= name others.
include legacy/compat/libbpf.mk

# What --version says: of a checkout what git calls it, else of which release this is.
VERSION := 1.0
VERSION := $(or $(if $(wildcard .git),$(shell git describe --always --dirty 2>/dev/null)),$(VERSION))

# ---- flags -----------------------------------------------------------------

CFLAGS ?= -O2 -g
WARN := -Wall -Wextra $(if $(WERROR),-Werror)
PLAIN_CFLAGS := $(CFLAGS)
ifdef SANITIZE
override CFLAGS += -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer
endif
STD := -std=gnu11
COMMON := $(STD) $(WARN) -D_GNU_SOURCE -MMD -MP -Isamples -Isamples/lib -I$(OUT)/samples/lib
# A BPF object has the byte order of the programs that load it, which is that of the compiler.
bpf_target = $(if $(shell echo | $(1) $(STD) -E -dM -x c - 2>/dev/null | grep 'BYTE_ORDER__.*BIG'),bpfeb,bpfel)
BPF_TARGET := $(call bpf_target,$(CC))
# The bpftool of the build: any, but for the other byte order most likely that of the target.
ifndef BPFTOOL
ifneq ($(and $(CROSS),$(filter-out $(call bpf_target,$(HOSTCC)),$(BPF_TARGET))),)
BPFTOOL := selftests/guest/target_bpftool.sh
else
BPFTOOL := $(shell sh samples/lib/find_bpftool.sh 2>/dev/null)
endif
endif
BPF_CFLAGS := $(STD) -O2 -mcpu=v3 -target $(BPF_TARGET) -D__TARGET_ARCH_$(ARCH) $(sysroot) \
	$(WARN) -Wno-unused-parameter -MMD -MP -Isamples $(if $(TRIPLET),-idirafter $(SYSROOT)/usr/include/$(TRIPLET))

# ---- what there is ----------------------------------------------------------

stem = $(sort $(patsubst $(1),%,$(filter $(1),$(2))))

SAMPLES_C := $(wildcard samples/*.c)
REPORTS := $(call stem,samples/%_report.c,$(SAMPLES_C))
WORKLOADS := $(call stem,samples/%.c,$(filter-out %_report.c,$(SAMPLES_C)))

LEGACY_SRC := $(wildcard legacy/*.c legacy/*.sh)
KERNS := $(call stem,legacy/%_kern.c,$(LEGACY_SRC))
RAWS := $(call stem,legacy/%_raw.c,$(LEGACY_SRC))
USERS := $(call stem,legacy/%_user.c,$(LEGACY_SRC))
SHELLS := $(call stem,legacy/%_bpftool.sh,$(LEGACY_SRC))
HOSTS := $(call stem,legacy/%_bpftool.c,$(LEGACY_SRC))

MODERN_SRC := $(wildcard modern/*.c)
BPFS := $(call stem,modern/%.bpf.c,$(MODERN_SRC))
SKELS := $(call stem,modern/%.c,$(filter-out %.bpf.c,$(MODERN_SRC)))

# A stem with one side only, or a file that no rule matches, is an error.
family = $(sort $(foreach s,$(1),$(firstword $(subst -, ,$(s)))))
LEGACY_STEMS := $(call family,$(KERNS) $(RAWS) $(USERS) $(HOSTS))
MODERN_STEMS := $(call family,$(SKELS) $(BPFS))
known := $(foreach s,$(KERNS),legacy/$(s)_kern.c) \
	$(foreach s,$(RAWS),legacy/$(s)_raw.c) \
	$(foreach s,$(USERS),legacy/$(s)_user.c) \
	$(foreach s,$(SHELLS),legacy/$(s)_bpftool.sh) \
	$(foreach s,$(HOSTS),legacy/$(s)_bpftool.c)
stray := $(filter-out $(known),$(LEGACY_SRC))
$(if $(stray),$(error $(stray): no rule builds this; legacy/ has X_kern.c, \
	X_raw.c, X_user.c, X_bpftool.sh and X_bpftool.c))
lonely := $(filter-out $(MODERN_STEMS),$(LEGACY_STEMS))
$(if $(lonely),$(error $(lonely): there is a legacy side, but no modern/$(firstword $(lonely)).c))
lonely := $(filter-out $(LEGACY_STEMS),$(MODERN_STEMS))
$(if $(lonely),$(error $(lonely): there is a modern side, but no legacy/$(firstword $(lonely))_*))
lonely := $(filter-out $(SHELLS),$(HOSTS)) $(filter-out $(HOSTS),$(call family,$(SHELLS)))
$(if $(strip $(lonely)),$(error $(strip $(lonely)): legacy/X_bpftool.sh and X_bpftool.c go together))
lonely := $(filter-out $(SKELS),$(BPFS)) $(filter-out $(BPFS),$(SKELS))
$(if $(strip $(lonely)),$(error $(strip $(lonely)): modern/X.bpf.c and modern/X.c go together))
lonely := $(filter-out $(LEGACY_STEMS),$(WORKLOADS) $(REPORTS))
$(if $(lonely),$(error samples/$(firstword $(lonely)): no family in legacy/ and modern/ has this stem))
lonely := $(filter-out $(WORKLOADS),$(LEGACY_STEMS))
$(if $(lonely),$(error $(lonely): there is no workload samples/$(firstword $(lonely)).c))

# A flavour is a stem with a dash.  If it has only a BPF object, X-F_kern.c, the user sides of X
# are built a second time, as X-F: they load the object of their own name.
FLAVOURS := $(foreach s,$(KERNS),$(if $(findstring -,$(s)),$(s)))
flavours_of = $(1) $(filter-out $(1),$(foreach s,$(FLAVOURS),$(if $(filter $(call family,$(s)),$(1)),$(s))))
# $(call source,STEM,STEMS): STEM if it has a source of its own and so is in STEMS, else its family.
source = $(or $(filter $(1),$(2)),$(call family,$(1)))
HOSTED := $(call flavours_of,$(HOSTS))

LEGACY_LIB := $(filter-out %_main.c,$(wildcard legacy/lib/*.c))
LEGACY_MAINS := $(call stem,legacy/lib/%_main.c,$(wildcard legacy/lib/*_main.c))
# A directory may include only what is in its include path, see below, not by way of "..".
around := $(shell grep -rlE '^[[:space:]]*$(hash)[[:space:]]*include[[:space:]]*["<][^">]*\.\./' \
	--include='*.[ch]' samples legacy modern selftests)
$(if $(around),$(error $(around): an include with .. goes around the include paths of the Makefile))

# Programs for tests, by what they may include; the unit tests of a lib/ are in its tests/.
SAMPLES_TESTS := $(wildcard selftests/runner/*.c selftests/cases/*.c samples/lib/tests/*.c)
LEGACY_TESTS := $(wildcard legacy/lib/tests/*.c)
TESTS_C := $(SAMPLES_TESTS) $(LEGACY_TESTS)
tests = $(patsubst %.c,$(BIN)/%,$(notdir $(1)))

# If one of these settings changes, everything is built again.
settings := $(CC) $(CROSS:%=$(HOSTCC)) $(CFLAGS) $(WARN) $(LDFLAGS) $(CLANG) $(BPF_CFLAGS) $(LLVM_STRIP) $(BPFTOOL) \
	$(LIBBPF_CFLAGS) $(LIBBPF_LIBS) $(VMLINUX_H) $(VMLINUX_BTF)
# Of compat this Makefile uses only COMPAT_CFLAGS, libcompat.a and its programs.
COMPAT_NEEDS := $(OUT)/.tools
.DEFAULT_GOAL := all
include legacy/compat/compat.mk

comma := ,
obj = $(patsubst %.c,$(OUT)/%.o,$(1))
plain = $(patsubst %.c,$(OUT)/plain/%.o,$(1))

PROGRAMS := $(WORKLOADS:%=$(BIN)/%.workload) \
	$(KERNS:%=$(BIN)/%_kern.o) $(KERNS:%=$(BIN)/%_kern.btf.o) \
	$(addprefix $(BIN)/,$(addsuffix .raw,$(call flavours_of,$(RAWS))) \
		$(foreach stage,libbpf libbpf0,$(addsuffix .$(stage),$(call flavours_of,$(USERS)))) \
		$(addsuffix .skel,$(call flavours_of,$(SKELS)))) \
	$(HOSTED:%=$(BIN)/%.bpftool) $(SHELLS:%=$(BIN)/%_bpftool.sh) \
	$(LEGACY_MAINS:%=$(BIN)/%) $(COMPAT_PROGRAMS) \
	$(patsubst samples/lib/%,$(BIN)/%,$(wildcard samples/lib/*.sh)) \
	$(call tests,$(TESTS_C))

.PHONY: all
all: $(PROGRAMS)

$(PROGRAMS): | $(OUT)/.tools

# Before anything is compiled, prints a line for each tool that is missing or does not work.
CHECK_DEPS = ARCH=$(ARCH) CROSS=$(CROSS) CLANG='$(CLANG)' BPFTOOL='$(BPFTOOL)' CC='$(CC)' STD='$(STD)' \
	LLVM_STRIP='$(LLVM_STRIP)' CFLAGS='$(LIBBPF_CFLAGS)' LDFLAGS='$(LDFLAGS)' \
	LIBS='$(LIBBPF_LIBS) $(ELF_LIBS)' LIBBPF_DIR='$(LIBBPF_DIR)' SYSROOT='$(SYSROOT)' \
	HOSTCC='$(HOSTCC)' HOST_CFLAGS='$(HOST_LIBBPF_CFLAGS)' HOST_LIBS='$(HOST_LIBBPF_LIBS) $(ELF_LIBS)' \
	BPF_TARGET='$(BPF_TARGET)' \
	VMLINUX='$(or $(VMLINUX_H),$(filter-out $(OUT)/%,$(VMLINUX_BTF)))' sh selftests/check-deps.sh
$(OUT)/.tools: selftests/check-deps.sh $(OUT)/.settings
	$(Q)$(CHECK_DEPS)
	$(Q)touch $@
## check-deps: say what the build lacks
.PHONY: check-deps
check-deps:
	@$(CHECK_DEPS) $(DEPS)

# ---- user space: objects ------------------------------------------------------

# Each directory may include from its own lib/ and from samples/, and from nothing else.  A
# program built on libbpf has its headers, too, and the unit tests have selftests/ktap.h.
$(OUT)/samples/%.o: private INC :=
$(OUT)/samples/lib/tests/%.o: private INC := -Iselftests
$(OUT)/legacy/lib/%.o: private INC := -Ilegacy/lib
$(OUT)/legacy/lib/tests/%.o: private INC := -Ilegacy/lib -Iselftests
$(OUT)/legacy/%_raw.o: private INC := -Ilegacy/lib
$(OUT)/legacy/%_bpftool.o: private INC := -Ilegacy/lib
$(OUT)/legacy/%_user.o: private INC := -Ilegacy/lib $(COMPAT_CFLAGS)
$(OUT)/libbpf0/%_user.o: private INC := -Ilegacy/lib $(call libbpf_i,$(LIBBPF0_DIR))
$(OUT)/modern/%.o: private INC := -Imodern/lib -I$(OUT)/modern $(LIBBPF_CFLAGS)
$(OUT)/selftests/cases/%.o: private INC := -Iselftests
$(OUT)/selftests/runner/%.o: private INC := -Iselftests -Iselftests/runner

# A line { __NR_read, "read" }, for each call that the headers know; two macros are not calls.
$(OUT)/samples/lib/syscall_table.h: $(OUT)/.settings | $(OUT)/.tools
	$(call msg,GEN,$@)
	@mkdir -p $(@D)
	$(Q)echo '$(hash)include <asm/unistd.h>' | $(CC) $(STD) -E -dM -x c - | \
		sed -n -e '/__NR_\(syscalls\|arch_specific_syscall\) /d' \
			-e 's/^$(hash)define __NR_\([a-z0-9_]*\) .*/{ __NR_\1, "\1" },/p' >$@
$(call obj,samples/lib/syscall_names.c) $(call plain,samples/lib/syscall_names.c): \
	$(OUT)/samples/lib/syscall_table.h

$(OUT)/%.o: %.c $(OUT)/.settings | $(OUT)/.tools
	$(call msg,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(COMMON) $(INC) -c -o $@ $<

$(OUT)/plain/%.o: %.c $(OUT)/.settings | $(OUT)/.tools
	$(call msg,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(PLAIN_CFLAGS) $(COMMON) -c -o $@ $<

# Of all objects, one knows the version (another for workloads, which have no sanitizer).
VERSION_O := $(OUT)/samples/lib/version.o $(OUT)/plain/samples/lib/version.o
$(VERSION_O): private COMMON += -DVERSION='"$(VERSION)"'
$(VERSION_O): $(OUT)/.version
$(OUT)/.version: $(call changed,$(OUT)/.version,$(VERSION)) | $(OUT)/.settings
	$(Q)echo '$(VERSION)' >$@

define archive
	$(call msg,AR,$@)
	@mkdir -p $(@D)
	$(Q)rm -f $@ && $(AR) rcs $@ $(filter %.o,$^)
endef

$(OUT)/libsamples.a: $(call obj,$(wildcard samples/lib/*.c))
	$(archive)
$(OUT)/liblegacy.a: $(call obj,$(LEGACY_LIB))
	$(archive)

# ---- user space: programs -------------------------------------------------------

define link
	$(call msg,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(1)
endef

# A family's report, where it has one; flavours share it.
report = $(foreach s,$(call family,$(1)),$(if $(filter $(s),$(REPORTS)),$(OUT)/samples/$(s)_report.o))

.SECONDEXPANSION:
# The system calls of a workload are the expected records, so it is built without sanitizers,
# which add calls.  It is static if there is a libc.a: execmon's workload executes itself, which
# in an emulated guest takes four times as long with a dynamic linker.
$(BIN)/%.workload: $(OUT)/plain/samples/%.o $(call plain,$(wildcard samples/lib/*.c))
	$(call msg,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(PLAIN_CFLAGS) $(LDFLAGS) -static -o $@ $(filter %.o,$^) -pthread 2>/dev/null || \
		$(CC) $(PLAIN_CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) -pthread
$(BIN)/%.raw: $(OUT)/legacy/$$(call source,$$*,$(RAWS))_raw.o $$(call report,$$*) $(OUT)/liblegacy.a $(OUT)/libsamples.a
	$(call link,$(ELF_LIBS))
$(HOSTED:%=$(BIN)/%.bpftool): $(BIN)/%.bpftool: $(OUT)/legacy/$$(call family,$$*)_bpftool.o \
		$$(call report,$$*) $(OUT)/liblegacy.a $(OUT)/libsamples.a
	$(call link)
$(BIN)/%.libbpf: $(OUT)/legacy/$$(call source,$$*,$(USERS))_user.o $$(call report,$$*) $(OUT)/libcompat.a $(OUT)/liblegacy.a $(OUT)/libsamples.a
	$(call link,$(LIBBPF_LIBS) $(ELF_LIBS))
ifneq ($(LIBBPF0_A),)
$(BIN)/%.libbpf0: $(OUT)/libbpf0/$$(call source,$$*,$(USERS))_user.o $$(call report,$$*) $(OUT)/liblegacy.a $(OUT)/libsamples.a
	$(call link,$(LIBBPF0_A) $(ELF_LIBS))
$(OUT)/libbpf0/%_user.o: legacy/%_user.c $(OUT)/.libbpf0 $(OUT)/.settings | $(OUT)/.tools
	$(call msg,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(COMMON) $(INC) -c -o $@ $<
else
# Without a libbpf 0.x it is still a variant, which skips and says what it lacks.
$(BIN)/%.libbpf0: $(OUT)/.libbpf0
	$(call msg,SKIP,$@)
	@mkdir -p $(@D)
	$(Q)printf '#!/bin/sh\necho "%s" >&2\nexit 4\n' \
		'$(@F): no libbpf 0.x: make libbpf0 fetches that of Debian 11 (none for s390), or set LIBBPF0_DIR' >$@
	$(Q)chmod 755 $@
endif
# This file names the libbpf 0.x of the last build.
$(OUT)/.libbpf0: $(call changed,$(OUT)/.libbpf0,$(or $(LIBBPF0_A),none)) | $(OUT)/.settings
	$(Q)echo '$(or $(LIBBPF0_A),none)' >$@
$(BIN)/%.skel: $(OUT)/modern/$$(call source,$$*,$(SKELS)).o $$(call report,$$*) $(OUT)/libsamples.a
	$(call link,$(LIBBPF_LIBS) $(ELF_LIBS))
$(LEGACY_MAINS:%=$(BIN)/%): $(BIN)/%: $(OUT)/legacy/lib/%_main.o $(OUT)/liblegacy.a $(OUT)/libsamples.a
	$(call link,-Wl$(comma)--as-needed $(ELF_LIBS))
# A program may have parts in a directory of its name, such as equiv/.
$(foreach c,$(TESTS_C),$(eval $(BIN)/$(notdir $(c:.c=)): $(call obj,$(c) $(wildcard $(c:.c=)/*.c))))
$(call tests,$(SAMPLES_TESTS)): $(OUT)/libsamples.a
	$(call link)
$(call tests,$(LEGACY_TESTS)): $(OUT)/liblegacy.a $(OUT)/libsamples.a
	$(call link,-Wl$(comma)--as-needed $(ELF_LIBS))

$(BIN)/%_bpftool.sh: legacy/%_bpftool.sh
	$(call msg,INSTALL,$@)
	@mkdir -p $(@D)
	$(Q)install -m 755 $< $@
$(BIN)/%.sh: samples/lib/%.sh
	$(call msg,INSTALL,$@)
	@mkdir -p $(@D)
	$(Q)install -m 644 $< $@

# ---- BPF ---------------------------------------------------------------------------

$(BIN)/%_kern.o: legacy/%_kern.c $(OUT)/.settings | $(OUT)/.tools
	$(call msg,CLANG-BPF,$(@F))
	@mkdir -p $(@D) $(OUT)/legacy
	$(Q)$(CLANG) $(BPF_CFLAGS) -g -Ilegacy/lib $(COMPAT_CFLAGS) \
		-MF $(OUT)/legacy/$*_kern.d -c -o $@ $<
	$(Q)$(LLVM_STRIP) -g $@

$(BIN)/%_kern.btf.o: $(BIN)/%_kern.o $(HOST_MAPS2BTF)
	$(call msg,MAPS2BTF,$(@F))
	$(Q)$(HOST_MAPS2BTF) $< $@

# vmlinux.h has the types of this machine's kernel, or else of a guest's.
ifeq ($(CROSS),)
VMLINUX_BTF ?= /sys/kernel/btf/vmlinux
endif
VMLINUX_BTF ?= $(OUT)/vmlinux.btf
$(OUT)/vmlinux.btf: $(OUT)/.settings | $(OUT)/.tools
	$(call msg,BTF,$@)
	$(Q)btf=$$(selftests/guest/btf.sh $(ARCH) $(GUEST_KERNEL)) && cp "$$btf" $@
$(OUT)/modern/vmlinux.h: $(or $(VMLINUX_H),$(filter $(OUT)/%,$(VMLINUX_BTF))) $(OUT)/.settings | $(OUT)/.tools
	$(call msg,GEN,$@)
	@mkdir -p $(@D)
	$(Q)$(if $(VMLINUX_H),cp $(VMLINUX_H) $@,'$(BPFTOOL)' btf dump file $(VMLINUX_BTF) format c >$@)

$(OUT)/modern/%.bpf.o: modern/%.bpf.c $(OUT)/modern/vmlinux.h $(OUT)/.settings | $(OUT)/.tools
	$(call msg,CLANG-BPF,$(@F))
	$(Q)$(CLANG) $(BPF_CFLAGS) -g -Imodern/lib -I$(OUT)/modern $(LIBBPF_CFLAGS) -c -o $@ $<
	$(Q)$(LLVM_STRIP) -g $@

$(OUT)/modern/%.skel.h: $(OUT)/modern/%.bpf.o
	$(call msg,GEN-SKEL,$(@F))
	$(Q)'$(BPFTOOL)' gen skeleton $< name $(subst -,_,$*)_bpf >$@

# The skeleton must exist before its user is first compiled; -MMD does the rest.
$(foreach s,$(SKELS),$(eval $(OUT)/modern/$(s).o: | $(OUT)/modern/$(s).skel.h))

.PRECIOUS: $(OUT)/%.o $(OUT)/plain/%.o $(OUT)/libbpf0/%_user.o $(OUT)/modern/%.skel.h $(OUT)/modern/%.bpf.o $(OUT)/libsamples.a

# Only in a directory of a build, since make executes what it includes.
-include $(shell test -e $(OUT)/.settings && find $(OUT) -type f -name '*.d')

# ---- what can be asked for -----------------------------------------------------------

KERNEL ?= $(or $(GUEST_KERNEL),6.1)
CPUS ?= 2
VM := OUT=$(OUT) BPFTOOL='$(BPFTOOL)' selftests/guest/vm.sh -A $(ARCH) -k $(KERNEL)
$(if $(and $(CROSS),$(SANITIZE)),$(error SANITIZE=$(SANITIZE): the libraries for that are not in the sysroot \
	of ARCH=$(ARCH); build with it on such a machine))
# What runs the programs on this machine refuses those of another architecture.
HERE_ONLY := run-host check check-host check-legacy soak mutate-host check-kills
$(if $(CROSS),$(foreach t,$(filter $(HERE_ONLY),$(MAKECMDGOALS)),$(error \
	$(t): programs for ARCH=$(ARCH) do not run on this machine; make run ARCH=$(ARCH) runs them in a guest)))

## deps: install what is missing (Debian, Ubuntu; as root or through sudo)
## all: build everything into OUT (default)
## run: all families at all stages, compared, on kernel KERNEL in a VM
.PHONY: run run-host
run: all
	$(Q)$(VM) -c $(CPUS) -- equiv -f table $(STEMS)
## run-host: the same on this machine's own kernel (as root)
run-host: all
	$(Q)$(BIN)/equiv -f table $(STEMS)

## check: all tests, in VMs, and on this kernel where it can run them
## check-host: the families and the runner's own tests on this kernel (as root)
## soak: the families N times, with noise and sanitizers
.PHONY: check check-host soak
check check-host soak: all
	$(Q)$(MAKE) libbpf0
	$(Q)OUT=$(OUT) KERNEL=$(KERNEL) BPFTOOL='$(BPFTOOL)' selftests/$@$(if $(filter check,$@),.py,.sh)

## mutate: change one BPF instruction at a time; does equiv notice? (see selftests/mutate)
.PHONY: mutate mutate-host
mutate mutate-host: $(OUT)/.settings
	$(Q)OUT=$(OUT) KERNEL=$(if $(filter mutate,$@),$(KERNEL),host) POISON_CLANG='$(CLANG)' \
		STEMS='$(STEMS)' N='$(N)' SEED='$(SEED)' ONLY='$(ONLY)' selftests/mutate/mutate.py
## mutate-host: the same on this machine's own kernel (as root)

## check-kills: N SIGKILLs of any process of a run, on this kernel (as root); nothing may be left
.PHONY: check-kills
check-kills: all
	$(Q)$(BIN)/kills -n $(or $(N),500)

## check-trees: the suite in kernel trees of 5.10, 6.1, 6.12 and 7.3, and the style of all C
.PHONY: check-trees
check-trees: $(OUT)/.settings
	$(Q)OUT=$(OUT) selftests/tree/check-trees.sh

## check-distros: deps, run and check on fresh Debian 12, 13, sid and an emulated Ubuntu (as root)
.PHONY: check-distros
check-distros:
	$(Q)OUT=$(OUT) STEMS='$(STEMS)' selftests/check-distros.sh $(DISTROS)

## matrix: the families on each kernel, with each libbpf and bpftool (OUT/matrix/index.html)
.PHONY: matrix
matrix: $(OUT)/.settings
	$(Q)OUT=$(OUT) selftests/matrix/matrix.py

## libbpf0: fetch a libbpf 0.x and build the libbpf stage against that as well
.PHONY: libbpf0
libbpf0:
	$(Q)test -n '$(LIBBPF0_A)' || selftests/guest/fetch.sh $(DEBIAN_ARCH:%=-a %) bullseye libbpf-dev >/dev/null || :
	$(Q)$(MAKE) -s --no-print-directory $(patsubst %,$(BIN)/%.libbpf0,$(call flavours_of,$(USERS)))

## install: into DESTDIR PREFIX/libexec/bpf_evolution, flat
## uninstall: remove what install has put there
.PHONY: install uninstall
PREFIX ?= /usr/local
INSTALLED = '$(DESTDIR)$(PREFIX)/libexec/bpf_evolution'
install: all
	$(Q)install -d $(INSTALLED)
	$(Q)cp -P $(PROGRAMS) $(INSTALLED)
uninstall:
	$(Q)rm -f $(PROGRAMS:$(BIN)/%=$(INSTALLED)/%)
	$(Q)test ! -d $(INSTALLED) || rmdir --ignore-fail-on-non-empty $(INSTALLED)

## pages: the pairs side by side, as HTML pages in OUT/pages
.PHONY: pages
pages: $(OUT)/.settings
	$(Q)samples/pages.sh $(OUT)/pages

## new: write a family of your own, STEM=my_family (see samples/adding.md)
.PHONY: new
new:
	$(Q)CC='$(CC)' OUT='$(OUT)' samples/new.sh '$(subst ','\'',$(STEM))'

# Prints the names of all programs: kselftest needs them before they are built.
.PHONY: list
list:
	@echo $(notdir $(PROGRAMS))

## clean: remove OUT
.PHONY: clean
clean:
	$(Q)test ! -e $(OUT) || test -e $(OUT)/.settings || { \
		echo "OUT=$(OUT) was not made by make: not removed; remove it yourself" >&2; exit 1; }
	$(Q)rm -rf $(OUT)

## help: this text
.PHONY: help
help:
	@echo 'Usage: make [TARGET] [VARIABLE=VALUE]'
	@echo
	@sed -n 's/^## \([a-z0-9-]*\): \(.*\)/  \1\t\2/p' Makefile legacy/compat/compat.mk | expand -t 16
	@echo
	@echo 'Variables:'
	@echo '  OUT=DIR         where everything is built (.output, or .output-ARCH)'
	@echo '  V=1             show the commands'
	@echo '  KERNEL=K        the guest'\''s kernel: 5.10, 6.1, 6.12, ..., or an image (6.1; s390: 6.12)'
	@echo '  ARCH=A          what to build for: x86, arm64, s390, as in a kernel tree (this machine)'
	@echo '  CROSS_COMPILE=P, LLVM=1, HOSTCC=  as in a kernel tree'
	@echo '  SYSROOT=DIR     headers and libraries of ARCH (those that make deps fetches)'
	@echo '  CPUS=N          CPUs of the guest for run (2)'
	@echo '  STEMS="S ..."   families for run, run-host, soak and mutate (all)'
	@echo '  STEM=S          name of the family that new writes'
	@echo '  N=N             repetitions for soak (50), kills of check-kills (500), mutants of a side (all)'
	@echo '  SEED=S          which N mutants mutate takes (1)'
	@echo '  TIME=SECONDS    for fuzz (60)'
	@echo '  KERNELS="K ..." kernels of matrix (5.10 6.1 6.12 7.3)'
	@echo '  CELLS="K/B ..." cells of matrix, or patterns of them (all)'
	@echo '  DISTROS="D ..." for check-distros (bookworm trixie sid ubuntu)'
	@echo '  COMMANDS="C ..." what check-distros tries (build run check arm64 s390)'
	@echo '  JOBS=N          tests of check (3), trees (1) or cells of matrix (CPUs) at a time'
	@echo '  PREFIX=DIR      for install and uninstall (/usr/local)'
	@echo '  LIBBPF_DIR=DIR  a libbpf other than the installed one'
	@echo '  LIBBPF0_DIR=DIR a libbpf 0.x other than the one that make libbpf0 fetches'
	@echo '  CLANG=, LLVM_STRIP=, BPFTOOL=, CC=  other tools'
	@echo '  VMLINUX_BTF=FILE  where vmlinux.h is made from (this kernel'\''s BTF)'
	@echo '  VMLINUX_H=FILE  an existing vmlinux.h'
	@echo '  WERROR=1        warnings are errors'
	@echo '  SANITIZE=S      build user space with sanitizers (address,undefined)'

endif
