# SPDX-License-Identifier: GPL-2.0
#
# libbpf.mk - finds the libbpf of a build: the installed one, or that in LIBBPF_DIR.  And
# finds a libbpf 0.x in LIBBPF0_DIR, if there is one.
#
# It sets LIBBPF_CFLAGS, LIBBPF_LIBS and ELF_LIBS; LIBBPF0_A, the path of libbpf.a of 0.x,
# or nothing; TRIPLET, which is a part of the names of Debian's directories; and the two
# functions below.  A project that builds for another architecture sets CROSS and DEBIAN_ARCH:
# then CC finds the libbpf of the target, and HOST_LIBBPF_CFLAGS and _LIBS are this machine's.
PKG_CONFIG ?= pkg-config
# Newer clang has no -print-multiarch, and its -dumpmachine prints x86_64-pc-linux-gnu.
TRIPLET := $(shell $(CC) -print-multiarch 2>/dev/null || \
	$(CC) -dumpmachine 2>/dev/null | sed 's/-[^-]*-linux/-linux/')

# $(1) is an installed tree (include/bpf, lib), or the directory src of libbpf, built.
libbpf_i = -I$(1)/include -I$(1)/usr/include
libbpf_a = $(firstword $(wildcard $(foreach d,lib lib64 lib/$(TRIPLET) usr/lib usr/lib64 \
	usr/lib/$(TRIPLET) .,$(1)/$(d)/libbpf.a)))
HOST_LIBBPF_CFLAGS := $(shell $(PKG_CONFIG) --cflags libbpf 2>/dev/null)
HOST_LIBBPF_LIBS := $(shell $(PKG_CONFIG) --libs libbpf 2>/dev/null || echo -lbpf)
ifdef LIBBPF_DIR
LIBBPF_CFLAGS := $(call libbpf_i,$(LIBBPF_DIR))
LIBBPF_LIBS := $(call libbpf_a,$(LIBBPF_DIR))
else
LIBBPF_CFLAGS := $(if $(CROSS),,$(HOST_LIBBPF_CFLAGS))
LIBBPF_LIBS := $(if $(CROSS),-lbpf,$(HOST_LIBBPF_LIBS))
endif
# The same for a libbpf 0.x: by default in the cache of bpf_evolution (`make libbpf0`).
LIBBPF0_DIR ?= $(or $(BPF_EVOLUTION_CACHE),$(or $(XDG_CACHE_HOME),$(or $(HOME),$(shell bash -c "unset HOME; echo ~"))/.cache)/bpf_evolution)$(CROSS:%=/$(DEBIAN_ARCH))/packages/bullseye/libbpf-dev
LIBBPF0_A := $(call libbpf_a,$(LIBBPF0_DIR))
ELF_LIBS := -lelf -lz
