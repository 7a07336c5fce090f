# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Builds Portcullis. `make help` lists the targets and the switches.
#
#   lib/*.c        -> $(BUILD)/lib.a         used by both programs and by the tests
#   bpf/*.bpf.c    -> $(BUILD)/kernel.bpf.o  -> $(BUILD)/kernel.skel.h
#   enforcer/*.c   -> $(BUILD)/enforcerd     enforcer/kernel*.c alone may include the skeleton
#   ctl/*.c        -> $(BUILD)/policyctl
#
# A new file in one of these folders is picked up by itself. What each package on the machine is
# for stands in dist/packages.list.

VERSION := 0.1.0

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
export PATH := $(PATH):/usr/sbin:/sbin
export LC_ALL := C

#@ Switches, as in `make WERROR=1`
#@   CC=clang        another C compiler (default gcc)
#@   WERROR=1        warnings are errors
#@   V=1             show whole commands
#@   FAULTS=1        test build with fault points (PC_FAULTS), in build-faults
#@   SANITIZE=1      with AddressSanitizer and UBSan, by clang, in build-asan
#@   PREFIX=/usr     where to install (default /usr/local); DESTDIR=DIR stages it below DIR
PREFIX ?= /usr/local
V ?=
WERROR ?=
SANITIZE ?=
FAULTS ?=
FUZZ ?=
ifeq ($(origin CC),default)
CC := $(if $(SANITIZE)$(FUZZ),clang,gcc)
endif
CLANG ?= clang
BPFTOOL ?= bpftool
PKG_CONFIG ?= pkg-config

# Each kind of build has a folder of its own, so that none overwrites another's objects.
BUILD := build$(if $(FUZZ),-fuzz,$(if $(SANITIZE),-asan))$(if $(FAULTS),-faults)

# `$(call say,CC)` prints one short line instead of the command, unless V=1.
Q := $(if $(V),,@)
say = @$(if $(V),:,printf '  %-8s %s\n' '$(1)' '$@')

# --- C ------------------------------------------------------------------------------------------

warnings := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
	-Wold-style-definition -Wformat=2 -Wvla -Wundef -Wnull-dereference -Wpointer-arith \
	-Wwrite-strings -Wcast-qual -Wimplicit-fallthrough
# Only file names relative to the tree end up in objects: two builds anywhere are the same bytes.
reproducible := -ffile-prefix-map=$(CURDIR)=.
sanitizers := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

ifneq ($(SANITIZE)$(FUZZ),)
hardening := $(sanitizers) $(if $(FUZZ),-fsanitize=fuzzer-no-link)
optimize := -O1 -g
link_hardening := $(sanitizers)
else
hardening := -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fPIE
optimize := -O2 -g
link_hardening := -pie -Wl,-z,relro,-z,now
endif

CFLAGS ?=
LDFLAGS ?=
c_flags := -std=gnu17 -D_GNU_SOURCE $(optimize) $(warnings) $(if $(WERROR),-Werror) $(hardening) \
	$(reproducible) $(if $(FAULTS),-DPC_FAULTS) $(CFLAGS)
link_flags := $(link_hardening) -Wl,--as-needed $(LDFLAGS)

# lib/ sees itself and include/; the programs see lib/ too. tests/check/layers holds them to it.
includes_lib := -Iinclude -Ilib
includes_bpf := -Iinclude -Ibpf

# Libraries are found by pkg-config; only those really called are linked (--as-needed).
lib_packages := yaml-0.1 sqlite3 libcrypto jansson
enforcerd_packages := $(lib_packages) libbpf libsystemd
policyctl_packages := $(lib_packages) smartcols
packages := $(sort $(enforcerd_packages) $(policyctl_packages))
package_flags := $(shell $(PKG_CONFIG) --cflags $(packages) 2>/dev/null)
enforcerd_libs = $(shell $(PKG_CONFIG) --libs $(enforcerd_packages))
policyctl_libs = $(shell $(PKG_CONFIG) --libs $(policyctl_packages))

lib_objects := $(patsubst %.c,$(BUILD)/%.o,$(wildcard lib/*.c))
enforcer_objects := $(patsubst %.c,$(BUILD)/%.o,$(wildcard enforcer/*.c))
ctl_objects := $(patsubst %.c,$(BUILD)/%.o,$(wildcard ctl/*.c))
kernel_objects := $(filter $(BUILD)/enforcer/kernel%.o,$(enforcer_objects))

.PHONY: all
all: $(BUILD)/enforcerd $(BUILD)/policyctl ## Build enforcerd and policyctl (the default)

$(BUILD)/enforcerd: $(enforcer_objects) $(BUILD)/lib.a
	$(call say,LINK)
	$(Q)$(CC) $(c_flags) $(link_flags) $^ $(enforcerd_libs) -o $@

$(BUILD)/policyctl: $(ctl_objects) $(BUILD)/lib.a
	$(call say,LINK)
	$(Q)$(CC) $(c_flags) $(link_flags) $^ $(policyctl_libs) -o $@

# The programs without their main(), for tests that look inside them.
$(BUILD)/lib.a: $(lib_objects)
$(BUILD)/enforcer.a: $(filter-out %/main.o,$(enforcer_objects))
$(BUILD)/ctl.a: $(filter-out %/main.o,$(ctl_objects))
$(BUILD)/lib.a $(BUILD)/enforcer.a $(BUILD)/ctl.a:
	$(call say,AR)
	$(Q)rm -f $@ && ar rcsD $@ $^

$(BUILD)/%.o: %.c $(BUILD)/.flags
	$(call say,CC)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(c_flags) $(package_flags) $(includes) $(defines) -MD -MP -c $< -o $@

$(lib_objects): includes = $(includes_lib)
$(enforcer_objects): includes = $(includes_lib) -Ienforcer
$(ctl_objects): includes = $(includes_lib) -Ictl

# A system header (-isystem) draws no warnings, and -MD (not -MMD) still records it: a change in
# bpf/ rebuilds what holds the skeleton.
$(kernel_objects): includes += -isystem $(BUILD)
$(kernel_objects): $(BUILD)/kernel.skel.h

# Only sources that speak of the prefix or the version are compiled with them, and again when they
# change: `make` followed by `make install PREFIX=/usr` builds little twice.
placed := $(shell grep -lE 'PC_(PREFIX|VERSION)' $(wildcard lib/*.c enforcer/*.c ctl/*.c) /dev/null)
placed_objects := $(patsubst %.c,$(BUILD)/%.o,$(placed))
$(placed_objects): defines = -DPC_PREFIX='"$(PREFIX)"' -DPC_VERSION='"$(VERSION)"'
$(placed_objects): $(BUILD)/.place

# --- BPF ----------------------------------------------------------------------------------------
# Kernel types come from bpf/kernel.bpf.h, not from the machine that builds.

machine := $(shell uname -m)
bpf_arch_x86_64 := x86
bpf_arch_aarch64 := arm64
bpf_arch := $(or $(bpf_arch_$(machine)),$(machine))
# Where Debian keeps asm/types.h, which linux/types.h wants.
multiarch := $(wildcard /usr/include/$(machine)-linux-gnu)

# A hook has the arguments the kernel gives it, used or not.
bpf_flags := -g -O2 -target bpf -mcpu=v3 -std=gnu17 -Wall -Wextra -Wno-unused-parameter -Werror \
	-D__TARGET_ARCH_$(bpf_arch) $(if $(FAULTS),-DPC_FAULTS) $(includes_bpf) \
	$(addprefix -idirafter ,$(multiarch)) $(reproducible)

bpf_objects := $(patsubst %.c,$(BUILD)/%.o,$(wildcard bpf/*.bpf.c))

$(BUILD)/%.bpf.o: %.bpf.c $(BUILD)/.flags
	$(call say,BPF)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(bpf_flags) -MD -MP -c $< -o $@

# Linking keeps BTF, and drops the debugging sections that only compilers need.
$(BUILD)/kernel.bpf.o: $(bpf_objects)
	$(call say,BPFLINK)
	$(Q)$(BPFTOOL) gen object $@ $^

$(BUILD)/kernel.skel.h: $(BUILD)/kernel.bpf.o
	$(call say,SKEL)
	$(Q)$(BPFTOOL) gen skeleton $< name pc_kernel_bpf >$@

# --- Bookkeeping --------------------------------------------------------------------------------

# Both files change only when what they record changes; objects depend on them.
remember = mkdir -p $(@D); printf '%s\n' '$(subst ','\'',$(1))' >$@.new; \
	if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

$(BUILD)/.flags: FORCE
	@$(PKG_CONFIG) --exists --print-errors $(packages) || \
		{ echo "Something to build with is missing: run 'make deps'." >&2; exit 1; }
	@$(call remember,$(CC) $(c_flags) $(link_flags) $(package_flags) $(CLANG) $(bpf_flags))

$(BUILD)/.place: FORCE
	@$(call remember,$(PREFIX) $(VERSION))

.PHONY: FORCE
FORCE:

.PHONY: clean
clean: ## Remove everything that was built
	rm -rf build build-asan build-faults build-asan-faults build-fuzz

.PHONY: help
help: ## Say what can be made
	@echo 'Targets'
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  \1\t\2/' | \
		expand -t 18
	@echo
	@sed -n 's/^#@ //p' $(MAKEFILE_LIST)

include mk/install.mk mk/test.mk

-include $(shell find $(BUILD) -type f -name '*.d' 2>/dev/null)
