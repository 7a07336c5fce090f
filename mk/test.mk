# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Tests, checks and the demonstration. tests/run runs the suites and counts.
#
# tests/unit/test_*.c   cmocka programs over lib/, with sanitizers; test_enforcer_*.c and
#                       test_ctl_*.c see the daemon's or the CLI's objects too
# tests/bpf/test_*.c    the same over the skeletons of tests/bpf/*.bpf.c, as root
# tests/fuzz/fuzz_*.c   libFuzzer targets over lib/
# tests/bench/          bench_*.c measure over lib/; run measures in virtual machines what
#                       policies cost each system call, by cost*.c, and resources what sets of
#                       policies take: native.c without a kernel side, applies.c in guests
# tests/vm/*.c          static programs that the virtual machines' suites bring along
# tests/soak/           what suite-soak.sh does there: programs over the enforcer's maps, and load
# Other .c files in these folders are linked into every program of the folder.

jobs := $(shell nproc)
# Runs a second make in the other kind of build, in parallel unless told how many.
submake = +$(Q)$(MAKE) --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,-j$(jobs))

# --- Programs -----------------------------------------------------------------------------------

test_sources := $(wildcard tests/unit/*.c tests/bpf/*.c tests/fuzz/*.c tests/bench/*.c)
test_programs = $(patsubst %.c,$(BUILD)/%,$(wildcard tests/$(1)/$(2)_*.c))
test_helpers = $(patsubst %.c,$(BUILD)/%.o, \
	$(filter-out %.bpf.c tests/$(1)/$(2)_%,$(wildcard tests/$(1)/*.c)))

unit_programs := $(call test_programs,unit,test)
bpf_programs := $(call test_programs,bpf,test)
fuzz_programs := $(call test_programs,fuzz,fuzz)
bench_programs := $(call test_programs,bench,bench)
bpf_skeletons := $(patsubst %.bpf.c,$(BUILD)/%.skel.h,$(wildcard tests/bpf/*.bpf.c))

# Literals passed to cmocka's macros change their sign all the time.
test_objects := $(patsubst %.c,$(BUILD)/%.o,$(filter-out %.bpf.c,$(test_sources)))
$(test_objects): includes = $(includes_lib) -Ibpf -Ienforcer -Ictl -isystem $(BUILD)/tests/bpf
$(test_objects): c_flags += -Wno-conversion -Wno-sign-conversion
$(patsubst %,%.o,$(bpf_programs)): $(bpf_skeletons)
.SECONDARY: $(test_objects) $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/bpf/*.bpf.c))

$(BUILD)/tests/%.skel.h: $(BUILD)/tests/%.bpf.o
	$(call say,SKEL)
	$(Q)$(BPFTOOL) gen skeleton $< name $(subst -,_,$(notdir $*)) >$@

$(filter $(BUILD)/tests/unit/test_enforcer_%,$(unit_programs)): $(BUILD)/enforcer.a
$(filter $(BUILD)/tests/unit/test_ctl_%,$(unit_programs)): $(BUILD)/ctl.a
$(unit_programs): $(call test_helpers,unit,test)
$(bpf_programs): $(call test_helpers,bpf,test)
$(fuzz_programs): $(call test_helpers,fuzz,fuzz)

# lib.a comes last: what is before it calls it.
test_libs = $(shell $(PKG_CONFIG) --libs $(packages) $(if $(FUZZ),,cmocka))
programs := $(unit_programs) $(bpf_programs) $(fuzz_programs) $(bench_programs)
$(programs): $(BUILD)/%: $(BUILD)/%.o $(BUILD)/lib.a
	$(call say,LINK)
	$(Q)$(CC) $(c_flags) $(link_flags) $(if $(FUZZ),-fsanitize=fuzzer) \
		$(filter %.o,$^) $(filter-out %/lib.a,$(filter %.a,$^)) $(BUILD)/lib.a \
		$(test_libs) -o $@

# Static: it runs in guests, after chroot and in empty mount namespaces.
vm_objects = $(patsubst %.c,$(BUILD)/%.o,$(wildcard $(addprefix tests/vm/,$(1))))
act_objects := $(call vm_objects,act.c act-*.c passing.c)
$(BUILD)/tests/vm/act: $(act_objects)
	$(call say,LINK)
	$(Q)$(CC) $(c_flags) -static $^ -o $@

alias_objects := $(call vm_objects,alias*.c passing.c ring.c)
$(BUILD)/tests/vm/alias: $(alias_objects)
	$(call say,LINK)
	$(Q)$(CC) $(c_flags) -static $^ -o $@

actor_objects := $(call vm_objects,actor*.c passing.c ring.c)
$(BUILD)/tests/vm/actor: $(actor_objects)
	$(call say,LINK)
	$(Q)$(CC) $(c_flags) -static $^ -o $@

$(BUILD)/tests/vm/actor-dynamic: $(actor_objects:.o=.dynamic.o)
	$(call say,LINK)
	$(Q)$(CC) $(c_flags) $(link_flags) $^ -o $@

$(BUILD)/tests/vm/%.dynamic.o: tests/vm/%.c $(BUILD)/.flags
	$(call say,CC)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(c_flags) -DACTOR_DYNAMIC -MD -MP -c $< -o $@

# Runs in guests; the other attaches programs there, with libraries that tests/vm/run brings along.
cost_objects := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/bench/cost*.c))
$(BUILD)/tests/bench/cost: $(cost_objects)
	$(call say,LINK)
	$(Q)$(CC) $(c_flags) -static $^ -o $@

$(BUILD)/tests/bench/empty: $(BUILD)/tests/bench/empty.o
	$(call say,LINK)
	$(Q)$(CC) $(c_flags) $(link_flags) $^ $(enforcerd_libs) -o $@

$(BUILD)/tests/bench/applies: $(BUILD)/tests/bench/applies.o
	$(call say,LINK)
	$(Q)$(CC) $(c_flags) -static $^ -o $@

# The daemon without a kernel side, on this machine.
$(BUILD)/tests/bench/native.o: includes += -Itests/unit
native_objects := $(BUILD)/tests/bench/native.o $(BUILD)/tests/unit/fake_kernel.o
$(BUILD)/tests/bench/native: $(native_objects) $(BUILD)/enforcer.a $(BUILD)/lib.a
	$(call say,LINK)
	$(Q)$(CC) $(c_flags) $(link_flags) $^ $(enforcerd_libs) -o $@

# Runs in guests beside an enforcer, with the production code over the enforcer's own maps.
soak_objects := $(patsubst %.c,$(BUILD)/%.o,$(filter-out %.bpf.c,$(wildcard tests/soak/*.c)))
$(soak_objects): includes = -Iinclude -isystem $(BUILD)/tests/soak
$(BUILD)/tests/soak/caches.o: $(BUILD)/tests/soak/caches.skel.h
$(BUILD)/tests/soak/caches: $(soak_objects)
	$(call say,LINK)
	$(Q)$(CC) $(c_flags) $(link_flags) $^ $(enforcerd_libs) -o $@

.PHONY: unit-programs bpf-programs fuzz-programs bench-programs cost-programs vm-programs \
	resource-programs
unit-programs: $(unit_programs)
bpf-programs: $(bpf_programs)
fuzz-programs: $(fuzz_programs)
bench-programs: $(bench_programs)
cost-programs: $(addprefix $(BUILD)/tests/bench/,cost empty)
resource-programs: $(addprefix $(BUILD)/tests/bench/,applies native)
vm-programs: $(addprefix $(BUILD)/tests/vm/,act actor actor-dynamic alias) \
	$(BUILD)/tests/soak/caches $(BUILD)/tests/bench/applies

# --- Targets ------------------------------------------------------------------------------------

# One installation serves every virtual machine: two that start together must not both build one.
stage := $(CURDIR)/build/stage
.PHONY: stage
stage:
	$(Q)rm -rf $(stage)
	$(submake) install DESTDIR=$(stage) PREFIX=/usr

.PHONY: test
test: deps ## Set up everything and run every test
	$(submake) stage
	$(submake) vm-programs
	$(submake) FAULTS=1 build-faults/enforcerd
	$(submake) SANITIZE=1 unit-programs bpf-programs
	$(submake) FUZZ=1 fuzz-programs
	$(Q)PC_VM_STAGE=$(stage) tests/run unit bpf golden fuzz vm

.PHONY: check
check: deps ## Check format, static analysis, scripts and the rules of the house
	$(submake) all
	$(Q)tests/run check

.PHONY: unit
unit: ## Run the unit tests (ONLY=PATTERN picks some, here and below)
	$(submake) SANITIZE=1 unit-programs
	$(Q)tests/run unit

.PHONY: bpf-test
bpf-test: ## Run the tests of the BPF code on this kernel (as root)
	$(submake) SANITIZE=1 bpf-programs
	$(Q)tests/run bpf

.PHONY: fuzz
fuzz: ## Fuzz each target for FUZZ_SECONDS (default 60)
	$(submake) FUZZ=1 fuzz-programs
	$(Q)FUZZ_SECONDS=$(or $(FUZZ_SECONDS),60) tests/run fuzz

.PHONY: vm-test
vm-test: ## Run the tests in virtual machines, on KERNELS (default "6.1 6.12 7.2")
	$(submake) stage
	$(submake) vm-programs
	$(submake) FAULTS=1 build-faults/enforcerd
	$(Q)PC_VM_STAGE=$(stage) tests/run vm

.PHONY: bench
bench: ## Measure what things cost, in instructions on KERNELS (default "6.1 6.12 7.2")
	$(submake) stage
	$(submake) bench-programs cost-programs
	$(Q)for program in $(bench_programs); do "$$program"; done
	$(Q)PC_VM_STAGE=$(stage) tests/bench/run

.PHONY: bench-resources
bench-resources: ## Measure memory, time to compile and to apply, and that nothing grows
	$(submake) stage
	$(submake) resource-programs
	$(Q)PC_VM_STAGE=$(stage) tests/bench/resources

# The log of each part stays in build/test-logs; what it counted is printed.
.PHONY: soak
soak: ## Go on for long: SOAK_CASES (ten million) of each kind, FUZZ_SECONDS (600) each
	$(submake) stage
	$(submake) vm-programs
	$(submake) SANITIZE=1 unit-programs bpf-programs
	$(submake) FUZZ=1 fuzz-programs
	$(Q)PC_VM_STAGE=$(stage) SOAK_CASES=$(or $(SOAK_CASES),10000000) ONLY=soak \
		TEST_TIMEOUT=86400 tests/run unit bpf vm
	$(Q)grep -h '^# .* cases' build/test-logs/*.log
	$(Q)FUZZ_SECONDS=$(or $(FUZZ_SECONDS),600) tests/run fuzz

.PHONY: run
run: ## Show the main job on this machine, as root (VM=1: in a virtual machine)
	@[ "$$(id -u)" = 0 ] || [ -n "$(VM)" ] || \
		{ echo 'This needs root: sudo make run  (make run VM=1 does not)' >&2; exit 1; }
	$(Q)dist/deps.sh build vm
	$(submake) all
	$(Q)VM=$(VM) KERNEL=$(KERNEL) exec tests/demo/run
