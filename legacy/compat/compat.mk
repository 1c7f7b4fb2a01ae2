# SPDX-License-Identifier: GPL-2.0
#
# compat.mk - builds libcompat.a, the program maps2btf, and the programs that test it.
#
# The Makefile in this directory includes this file, and so does the Makefile of a project
# around it.  They set OUT, BIN, CC, AR, CFLAGS, LDFLAGS, STD, WARN, CLANG, BPFTOOL, Q and
# msg; include libbpf.mk; and set COMPAT_NEEDS, prerequisites of everything that is
# compiled, and `settings`: if its value changes, everything is built again.  They may
# use COMPAT_CFLAGS, for sources and BPF programs that are written for libbpf 0.x,
# $(OUT)/libcompat.a, COMPAT_PROGRAMS, HOST_MAPS2BTF, which runs during the build, and
# $(OUT)/.settings, which is newer than anything that was built with other settings.  All
# else here is for compat alone.

compat := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
compat_obj = $(patsubst $(compat)/%.c,$(OUT)/compat/%.o,$(1))
compat_lib := $(filter-out %/main.c,$(wildcard $(compat)/shims/*.c $(compat)/maps2btf/*.c))
compat_tests := $(patsubst $(compat)/tests/%.c,%,$(wildcard $(compat)/tests/*.c))

COMPAT_CFLAGS := -I$(compat)/include $(LIBBPF_CFLAGS)
COMPAT_PROGRAMS := $(BIN)/maps2btf $(compat_tests:%=$(BIN)/%)

# $(call changed,FILE,WORDS) is the target `again` if FILE does not hold WORDS.  It strips
# both, as make 4.3 does not always remove the last newline of a file.
changed = $(if $(subst x$(strip $(2))x,,x$(strip $(file <$(1)))x),again)
# The settings of the last build.  If a directory has files, but not this one, make did
# not create it, and neither writes to it nor removes it.
$(OUT)/.settings: $(call changed,$(OUT)/.settings,$(settings))
	$(Q)test -e $@ || test -z "$$(ls -A $(OUT) 2>/dev/null)" || { \
		echo "OUT=$(OUT) has files that make did not build: name another directory" >&2; exit 1; }
	$(Q)mkdir -p $(OUT)
	$(Q)printf '%s\n' '$(subst ','\'',$(settings))' >$@
.PHONY: again

# Only the shims are compiled with the headers of libbpf 0.x.
$(OUT)/compat/shims/%.o: private compat_inc := -I$(compat) $(COMPAT_CFLAGS)
$(OUT)/compat/maps2btf/%.o: private compat_inc := $(LIBBPF_CFLAGS)
# A project around this may set VERSION; then $(OUT)/.version is newer if it has changed.
$(OUT)/compat/maps2btf/main.o: private compat_inc := $(LIBBPF_CFLAGS) \
	-DVERSION='"$(or $(VERSION),1.0)"'
$(OUT)/compat/maps2btf/main.o: $(if $(VERSION),$(OUT)/.version)
$(OUT)/compat/tests/%.o: private compat_inc := -I$(compat)/maps2btf $(LIBBPF_CFLAGS)

$(OUT)/compat/%.o: $(compat)/%.c $(OUT)/.settings | $(COMPAT_NEEDS)
	$(call msg,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(STD) $(WARN) -D_GNU_SOURCE -MMD -MP $(compat_inc) -c -o $@ $<

$(OUT)/libcompat.a: $(call compat_obj,$(compat_lib))
	$(call msg,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

compat_link = $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(LIBBPF_LIBS) $(ELF_LIBS)
$(BIN)/maps2btf: $(OUT)/compat/maps2btf/main.o $(OUT)/libcompat.a
	$(call msg,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(compat_link)
$(compat_tests:%=$(BIN)/%): $(BIN)/%: $(OUT)/compat/tests/%.o $(OUT)/libcompat.a
	$(call msg,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(compat_link)

# If the programs are built for another architecture, a maps2btf of this machine is built, too.
HOST_MAPS2BTF := $(if $(CROSS),$(OUT)/host/maps2btf,$(BIN)/maps2btf)
$(OUT)/host/maps2btf: $(wildcard $(compat)/maps2btf/*.[ch]) $(OUT)/.settings | $(COMPAT_NEEDS)
	$(call msg,HOSTCC,$@)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) -O2 $(STD) $(WARN) -D_GNU_SOURCE -DVERSION='"host"' $(HOST_LIBBPF_CFLAGS) \
		-o $@ $(filter %.c,$^) $(HOST_LIBBPF_LIBS) $(ELF_LIBS)

.PRECIOUS: $(OUT)/compat/%.o

# The environment of the tests.
COMPAT_ENV = OUT='$(abspath $(OUT))' CC='$(CC)' CLANG='$(CLANG)' BPFTOOL='$(BPFTOOL)' \
	LIBBPF_CFLAGS='$(LIBBPF_CFLAGS)' LIBBPF_LIBS='$(LIBBPF_LIBS)' $(if $(SANITIZE),CFLAGS='$(CFLAGS)')

## check-legacy: test with the programs of the 5.10 kernel, in a guest that runs it
.PHONY: check-legacy
check-legacy: $(BIN)/maps2btf
	$(Q)$(COMPAT_ENV) $(compat)/tests/check-legacy.sh

## fuzz: search input that crashes maps2btf, for TIME seconds
.PHONY: fuzz
fuzz: $(OUT)/.settings
	$(Q)$(COMPAT_ENV) TIME='$(or $(TIME),60)' $(compat)/fuzz/fuzz.sh
