# SPDX-License-Identifier: GPL-2.0
#
# libbpf.mk - which libbpf a build takes: the installed one, or LIBBPF_DIR=; and where
# a libbpf 0.x is, if there is one: LIBBPF0_DIR=.
#
# It sets LIBBPF_CFLAGS, LIBBPF_LIBS, ELF_LIBS and LIBBPF0_A, the path of a libbpf.a of 0.x or
# nothing; TRIPLET, as Debian's directories have it; and the two functions below.
PKG_CONFIG ?= pkg-config
# Newer clang has no -print-multiarch, and x86_64-pc-linux-gnu.
TRIPLET := $(shell $(CC) -print-multiarch 2>/dev/null || \
	$(CC) -dumpmachine 2>/dev/null | sed 's/-[^-]*-linux/-linux/')

# An installed tree (include/bpf, lib) or a build of libbpf's own src/.
libbpf_i = -I$(1)/include -I$(1)/usr/include
libbpf_a = $(firstword $(wildcard $(foreach d,lib lib64 lib/$(TRIPLET) usr/lib usr/lib64 \
	usr/lib/$(TRIPLET) .,$(1)/$(d)/libbpf.a)))
ifdef LIBBPF_DIR
LIBBPF_CFLAGS := $(call libbpf_i,$(LIBBPF_DIR))
LIBBPF_LIBS := $(call libbpf_a,$(LIBBPF_DIR))
else
LIBBPF_CFLAGS := $(shell $(PKG_CONFIG) --cflags libbpf 2>/dev/null)
LIBBPF_LIBS := $(shell $(PKG_CONFIG) --libs libbpf 2>/dev/null || echo -lbpf)
endif
# The same of a libbpf 0.x: in the cache, where `make libbpf0` of bpf_evolution puts it.
LIBBPF0_DIR ?= $(or $(BPF_EVOLUTION_CACHE),$(or $(XDG_CACHE_HOME),$(or $(HOME),$(shell bash -c "unset HOME; echo ~"))/.cache)/bpf_evolution)/packages/bullseye/libbpf-dev
LIBBPF0_A := $(call libbpf_a,$(LIBBPF0_DIR))
ELF_LIBS := -lelf -lz
