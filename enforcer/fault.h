/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Steps at which a test build (make FAULTS=1) can be told to fail or to be killed. Anything else is
 * built without them.
 *
 * The file PC_FAULT_FILE holds a step's name and what is to happen there: "kill", or the errno to
 * fail with. It is removed when the step is reached, so that the next attempt goes through.
 */
#ifndef PC_FAULT_H
#define PC_FAULT_H

#define PC_FAULT_FILE "/run/portcullis-fault"

/*
 * Symbol, name, whether the step can fail; and where the daemon is killed there, which image
 * decides then, and which once it has been started again. tests/vm/suite-faults.sh goes through
 * them all, and reads them from here.
 */
#define PC_FAULT_POINTS(X)                                                                         \
	X(START_STORE, "start-store", 0, "old", "old")                                             \
	X(START_MAPS, "start-maps", 1, "old", "old")                                               \
	X(START_ADOPTED, "start-adopted", 1, "old", "old")                                         \
	X(START_OPENED, "start-opened", 1, "old", "old")                                           \
	X(START_MOUNTS, "start-mounts", 0, "old", "old")                                           \
	X(SWITCH_STORED, "switch-stored", 0, "old", "old")                                         \
	X(SWITCH_SLOT, "switch-slot", 1, "old", "old")                                             \
	X(SWITCH_MAP, "switch-map", 1, "old", "old")                                               \
	X(SWITCH_MAPPED, "switch-mapped", 1, "old", "old")                                         \
	X(SWITCH_PINNED, "switch-pinned", 1, "old", "old")                                         \
	X(SWITCH_ROOTS, "switch-roots", 1, "old", "old")                                           \
	X(SWITCH_FILLED, "switch-filled", 1, "old", "old")                                         \
	X(SWITCH_LOAD, "switch-load", 1, "old", "old")                                             \
	X(SWITCH_ATTACH, "switch-attach", 1, "old", "old")                                         \
	X(SWITCH_PIN, "switch-pin", 1, "old", "old")                                               \
	X(SWITCH_LINKS, "switch-links", 0, "old", "old")                                           \
	X(SWITCH_READY, "switch-ready", 1, "old", "old")                                           \
	X(SWITCH_DONE, "switch-done", 0, "new", "old")                                             \
	X(SWITCH_ACTIVE, "switch-active", 0, "new", "new")                                         \
	X(CONFIRM_ACTIVE, "confirm-active", 0, "new", "new")                                       \
	X(CONFIRM_DONE, "confirm-done", 0, "new", "new")                                           \
	X(STOP_BEGUN, "stop-begun", 0, "old", "old")                                               \
	X(STOP_CLOSED, "stop-closed", 0, "old", "old")

enum pc_fault {
#define X(symbol, name, fails, killed, started) PC_FAULT_##symbol,
	PC_FAULT_POINTS(X)
#undef X
};

#ifdef PC_FAULTS
/* 0, or the negative errno this step is to fail with, and errno. */
int pc_fault(enum pc_fault point);
#else
static inline int pc_fault(enum pc_fault point)
{
	(void)point;
	return 0;
}
#endif

#endif
