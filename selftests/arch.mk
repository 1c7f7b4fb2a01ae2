# SPDX-License-Identifier: GPL-2.0
#
# arch.mk - the architecture that the suite is built for, and the tools that build for it.
#
# ARCH, CROSS_COMPILE, LLVM and HOSTCC mean what they mean in a kernel tree; SYSROOT is the
# root directory of a system of the target, with its headers and libraries (SYSROOT= means
# that the compiler has its own).  This file sets ARCH, to the name in a kernel tree; CROSS,
# which is empty if the programs run on this machine; DEBIAN_ARCH and GUEST_KERNEL, fields of
# arch.sh; CC, AR, CLANG and LLVM_STRIP.
arch_of = $(shell selftests/arch.sh $(ARCH) $(1) 2>/dev/null)

HOST_ARCH := $(shell selftests/arch.sh '' arch 2>/dev/null || uname -m)
ARCH ?= $(HOST_ARCH)
ifneq ($(ARCH),$(HOST_ARCH))
override ARCH := $(shell selftests/arch.sh '$(subst ','\'',$(ARCH))' arch 2>&1)
$(if $(word 2,$(ARCH)),$(error $(ARCH)))
endif
DEBIAN_ARCH := $(call arch_of,debian)
GUEST_KERNEL := $(call arch_of,kernel)
CROSS := $(filter-out $(HOST_ARCH),$(ARCH))

ifneq ($(LLVM),)
llvm_prefix := $(filter %/,$(LLVM))
llvm_suffix := $(filter -%,$(LLVM))
CLANG ?= $(llvm_prefix)clang$(llvm_suffix)
LLVM_STRIP ?= $(llvm_prefix)llvm-strip$(llvm_suffix)
HOSTCC ?= $(CLANG)
endif
CLANG ?= clang
LLVM_STRIP ?= llvm-strip
HOSTCC ?= cc

# A CC or AR of the environment is most likely for this machine.  In a kernel tree it has no
# effect, either.
unset = $(filter default undefined $(if $(CROSS),environment),$(origin $(1)))
ifneq ($(CROSS),)
arch_triplet := $(call arch_of,triplet)
CROSS_COMPILE ?= $(arch_triplet)-
ifeq ($(origin SYSROOT),undefined)
SYSROOT := $(shell selftests/guest/sysroot.sh -n $(ARCH))
endif
# For scripts that run tools of the target, and deps.sh, which calls a new make.
export ARCH SYSROOT
endif
ifneq ($(LLVM),)
# A clang that is not installed in /usr does not find the libgcc of the cross compiler there.
cross_gcc := $(if $(CROSS),$(shell command -v $(CROSS_COMPILE)gcc))
arch_cc := $(CLANG) $(if $(CROSS),--target=$(arch_triplet)) \
	$(patsubst %/bin/,--gcc-toolchain=%,$(dir $(cross_gcc)))
arch_ar := $(llvm_prefix)llvm-ar$(llvm_suffix)
else ifneq ($(CROSS_COMPILE),)
arch_cc := $(CROSS_COMPILE)gcc
arch_ar := $(CROSS_COMPILE)ar
endif
ifneq ($(arch_cc),)
CC := $(if $(call unset,CC),$(arch_cc),$(CC))
AR := $(if $(call unset,AR),$(arch_ar),$(AR))
endif
sysroot := $(if $(SYSROOT),--sysroot=$(SYSROOT))
ifneq ($(sysroot),)
override CC := $(filter-out $(sysroot),$(CC)) $(sysroot)
endif
