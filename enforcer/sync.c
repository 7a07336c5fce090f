/* SPDX-License-Identifier: GPL-2.0-only */
/* Store and kernel kept in step: at start, and while the daemon runs. */
#include "sync.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "fault.h"
#include "log.h"
#include "sync-internal.h"

#define RETRY_NS UINT64_C(60000000000)

uint64_t pc_now(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

const struct pc_compiled *pc_sync_in_force(const struct pc_sync *sync)
{
	return sync->pending ? sync->pending : sync->active;
}

/* ---- rows of counters ---------------------------------------------------------------------- */

static bool had_row(const struct pc_compiled *then, const char *policy, uint32_t row)
{
	for (uint32_t i = 0; then && i < then->set.count; i++)
		if (!strcmp(then->set.policies[i]->name, policy))
			return then->counters[i] == row;
	return false;
}

/* A row begins at zero when a policy gets it; one that stays keeps its counts. Counts in a row of
 * the image in force are left alone even where it has to be shared. */
static void clear_new_rows(struct pc_sync *sync, const struct pc_compiled *compiled)
{
	const struct pc_compiled *then = pc_sync_in_force(sync);
	struct pc_kernel_status status;

	/* Begun anew, or adopted with this very revision in force: the counts are its own. */
	if (!then && (pc_kernel_status(sync->kernel, &status) ||
		      status.revision == compiled->revision.number))
		return;
	if (then == compiled)
		return;
	for (uint32_t i = 0; i < compiled->set.count; i++)
		if (!had_row(then, compiled->set.policies[i]->name, compiled->counters[i]))
			pc_kernel_clear_counters(sync->kernel, compiled->counters[i]);
}

/* ---- putting in force ---------------------------------------------------------------------- */

/* Loading programs takes as long as the verifier does, and nothing else runs meanwhile. */
#define INSTALL_USEC UINT64_C(600000000)

static void watchdog_wait(uint64_t install_usec)
{
	uint64_t usec;

	if (sd_watchdog_enabled(0, &usec) > 0)
		sd_notifyf(0, "WATCHDOG_USEC=%" PRIu64 "\nWATCHDOG=1",
			   install_usec ? install_usec : usec);
}

int pc_sync_install(struct pc_sync *sync, const struct pc_compiled *compiled,
		    uint32_t confirm_seconds, uint64_t *ret_generation,
		    struct pc_kernel_error *error)
{
	struct pc_kernel_install install = {
		.image = &compiled->image,
		.revision = compiled->revision.number,
		.confirm_seconds = confirm_seconds,
	};
	int err;

	/* Before the switch: the first event of the new image may be here right after it. */
	if (pc_rulebook_add(&sync->rulebook, compiled))
		return -ENOMEM;
	clear_new_rows(sync, compiled);
	watchdog_wait(INSTALL_USEC);
	err = pc_kernel_install(sync->kernel, &install, error);
	watchdog_wait(0);
	if (err)
		return err;
	*ret_generation = install.generation;
	pc_log(LOG_NOTICE, "revision %" PRIu64 " is in force as generation %" PRIu64 "%s",
	       install.revision, install.generation,
	       confirm_seconds ? ", until it is confirmed or time is up" : "");
	return 0;
}

void pc_sync_adopt(struct pc_sync *sync, struct pc_compiled *compiled)
{
	if (sync->active != compiled)
		pc_compiled_free(sync->active);
	sync->active = compiled;
	sync->retry_at = 0;
	pc_mended(&sync->problems, PC_FAILURE_COMPILE);
	pc_mended(&sync->problems, PC_FAILURE_INSTALL);
	pc_mended(&sync->problems, PC_FAILURE_STORE_EMPTY);
}

void pc_sync_drop_pending(struct pc_sync *sync)
{
	pc_compiled_free(sync->pending);
	sync->pending = NULL;
	/* Where this fails, the next start finds that nothing waits, and tries again. */
	pc_store_put_setting(sync->store, PC_SETTING_PENDING, NULL);
}

int pc_sync_empty(struct pc_compiled **ret_compiled)
{
	PC_CLEANUP(pc_diags_free) struct pc_diags diags = {0};

	return pc_compile_texts(NULL, 0, NULL, ret_compiled, &diags);
}

static const char *first_error(const struct pc_diags *diags)
{
	for (uint32_t i = 0; i < diags->count; i++)
		if (diags->items[i].severity == PC_ERROR)
			return diags->items[i].message;
	return "out of memory";
}

/* Compiles a revision of the store; failures are logged under `failure`. */
static int compile(struct pc_sync *sync, uint64_t number, enum pc_failure failure,
		   struct pc_compiled **ret_compiled)
{
	PC_CLEANUP(pc_diags_free) struct pc_diags diags = {0};
	struct pc_store_error error = {0};
	int err = pc_compile_revision(sync->store, number, ret_compiled, &diags, &error);

	if (err)
		pc_failed(&sync->problems, failure, "revision %" PRIu64 ": %s", number,
			  error.err ? error.message : first_error(&diags));
	return err;
}

/* Is the image in force that of this revision, byte for byte? */
static bool is_in_force(struct pc_sync *sync, const struct pc_compiled *compiled)
{
	struct pc_kernel_status status;
	struct pc_kernel_error error = {0};

	if (pc_kernel_status(sync->kernel, &status) || !status.generation ||
	    status.revision != compiled->revision.number || status.confirm_by)
		return false;
	if (!pc_kernel_verify(sync->kernel, &compiled->image, &error))
		return true;
	pc_log(LOG_WARNING, "the image in force is not that of its revision: %s", error.message);
	return false;
}

/* Puts the store's active revision in force, unless it is. Takes compiled in any case. */
static int put_in_force(struct pc_sync *sync, struct pc_compiled *compiled, enum pc_failure failure)
{
	struct pc_kernel_error error = {0};
	uint64_t generation;
	int err;

	if (is_in_force(sync, compiled)) {
		pc_rulebook_add(&sync->rulebook, compiled);
		pc_sync_adopt(sync, compiled);
		return 0;
	}
	err = pc_sync_install(sync, compiled, 0, &generation, &error);
	if (!err) {
		pc_sync_drop_pending(sync);
		pc_sync_adopt(sync, compiled);
		return 0;
	}
	pc_failed(&sync->problems, failure, "revision %" PRIu64 ": %s", compiled->revision.number,
		  error.message);
	pc_compiled_free(compiled);
	return err;
}

static void retry_later(struct pc_sync *sync)
{
	sync->retry_at = sync->now(CLOCK_BOOTTIME) + RETRY_NS;
}

/* ---- enforcement off and on ---------------------------------------------------------------- */

static void set_enforcing(struct pc_sync *sync, bool on)
{
	struct pc_kernel_error error = {0};
	struct pc_kernel_status status;

	if (!pc_kernel_status(sync->kernel, &status) && status.enforcing == on) {
		pc_mended(&sync->problems, PC_FAILURE_ENFORCEMENT);
		return;
	}
	if (pc_kernel_set_enforcing(sync->kernel, on, &error)) {
		pc_failed(&sync->problems, PC_FAILURE_ENFORCEMENT, "%s", error.message);
		return;
	}
	pc_log(on ? LOG_NOTICE : LOG_WARNING, "enforcement is %s", on ? "on" : "off");
	pc_mended(&sync->problems, PC_FAILURE_ENFORCEMENT);
}

void pc_sync_enforcement(struct pc_sync *sync)
{
	uint64_t now = sync->now(CLOCK_REALTIME);
	struct pc_store_state state;

	if (pc_store_state(sync->store, &state)) {
		pc_failed(&sync->problems, PC_FAILURE_STORE_READ, "%s",
			  pc_store_last_error(sync->store)->message);
		return;
	}
	pc_mended(&sync->problems, PC_FAILURE_STORE_READ);
	sync->off = !pc_store_enforcing(&state, now);
	sync->off_until = sync->off ? state.off_until_ns : 0;
	sync->off_until_boot =
		sync->off_until ? sync->now(CLOCK_BOOTTIME) + (sync->off_until - now) : 0;
	set_enforcing(sync, !sync->off);
}

/* The time is up by either clock: setting one back does not make it longer. */
static void end_off(struct pc_sync *sync)
{
	const struct pc_store_who self = {.login_uid = UINT32_MAX, .comm = "enforcerd"};
	struct pc_refusal ignored;

	if (!sync->off || !sync->off_until ||
	    (sync->now(CLOCK_REALTIME) < sync->off_until &&
	     sync->now(CLOCK_BOOTTIME) < sync->off_until_boot))
		return;
	pc_log(LOG_NOTICE, "the time that enforcement was to be off is over");
	sync->off = false; /* even where the store cannot be written */
	pc_sync_on(sync, &self, &ignored);
	set_enforcing(sync, true);
}

/* ---- start --------------------------------------------------------------------------------- */

/* A confirmation that was awaited when the last daemon ended is still awaited, if the kernel says
 * so.
 */
static void adopt_pending(struct pc_sync *sync, uint64_t active,
			  const struct pc_kernel_status *status)
{
	PC_CLEANUP(pc_arena_free) struct pc_arena arena = {0};
	const char *text;

	if (pc_store_get_setting(sync->store, PC_SETTING_PENDING, &arena, &text))
		return;
	/* Active already: the last daemon ended while confirming it. It is installed again, for
	 * good. */
	if (status->confirm_by && !status->fallback && status->revision != active &&
	    status->revision == strtoull(text, NULL, 10) &&
	    !compile(sync, status->revision, PC_FAILURE_COMPILE, &sync->pending)) {
		pc_rulebook_add(&sync->rulebook, sync->pending);
		pc_log(LOG_NOTICE, "revision %" PRIu64 " still waits to be confirmed",
		       status->revision);
		return;
	}
	pc_sync_drop_pending(sync);
}

static int start_empty(struct pc_sync *sync, const struct pc_kernel_status *status)
{
	if (status->revision && !sync->pending)
		pc_failed(&sync->problems, PC_FAILURE_STORE_EMPTY,
			  "revision %" PRIu64
			  " of a store that is gone is in force; apply a complete set of policies",
			  status->revision);
	return 0;
}

static int start_active(struct pc_sync *sync, uint64_t active,
			const struct pc_kernel_status *status)
{
	bool kept = status->generation != 0;
	enum pc_failure failure = kept ? PC_FAILURE_COMPILE : PC_FAILURE_COMPILE_START;
	struct pc_compiled *compiled;
	int err = compile(sync, active, failure, &compiled);

	if (!err && sync->pending) {
		pc_rulebook_add(&sync->rulebook, compiled);
		pc_sync_adopt(sync, compiled);
		return 0;
	}
	if (!err) {
		failure = kept ? PC_FAILURE_INSTALL : PC_FAILURE_INSTALL_START;
		err = put_in_force(sync, compiled, failure);
	}
	if (err && kept)
		retry_later(sync);
	return err && !kept ? pc_failure_status(failure) : 0;
}

int pc_sync_start(struct pc_sync *sync)
{
	struct pc_kernel_status status = {0};
	uint64_t active;
	int err;

	if (!sync->now)
		sync->now = pc_now;
	sync->rulebook.store = sync->store;
	if (pc_store_data_version(sync->store, &sync->data_version) ||
	    pc_store_active(sync->store, &active)) {
		pc_failed(&sync->problems, PC_FAILURE_STORE_OPEN, "%s",
			  pc_store_last_error(sync->store)->message);
		return pc_failure_status(PC_FAILURE_STORE_OPEN);
	}
	pc_kernel_status(sync->kernel, &status);
	pc_sync_roots(sync);
	pc_fault(PC_FAULT_START_MOUNTS);
	pc_sync_enforcement(sync);
	adopt_pending(sync, active, &status);
	err = active ? start_active(sync, active, &status) : start_empty(sync, &status);
	if (!err)
		pc_sync_roots(sync);
	return err;
}

void pc_sync_stop(struct pc_sync *sync)
{
	pc_compiled_free(sync->active);
	pc_compiled_free(sync->pending);
	pc_rulebook_free(&sync->rulebook);
	sync->active = NULL;
	sync->pending = NULL;
}

/* ---- while running ------------------------------------------------------------------------- */

void pc_sync_roots(struct pc_sync *sync)
{
	struct pc_kernel_error error = {0};

	if (pc_kernel_update_roots(sync->kernel, &error)) {
		pc_failed(&sync->problems, PC_FAILURE_ROOTS, "%s", error.message);
		retry_later(sync);
	} else {
		pc_mended(&sync->problems, PC_FAILURE_ROOTS);
	}
}

/* Brings the kernel to the active revision, whoever made it so. */
static void follow_active(struct pc_sync *sync)
{
	struct pc_compiled *compiled;
	uint64_t active;

	if (pc_store_active(sync->store, &active)) {
		pc_failed(&sync->problems, PC_FAILURE_STORE_READ, "%s",
			  pc_store_last_error(sync->store)->message);
		retry_later(sync);
		return;
	}
	if (!active || (sync->active && sync->active->revision.number == active))
		return;
	pc_log(LOG_NOTICE, "the store has a new active revision, %" PRIu64, active);
	if (compile(sync, active, PC_FAILURE_COMPILE, &compiled) ||
	    put_in_force(sync, compiled, PC_FAILURE_INSTALL))
		retry_later(sync);
}

static void follow_store(struct pc_sync *sync)
{
	uint64_t version;

	if (pc_store_data_version(sync->store, &version)) {
		pc_failed(&sync->problems, PC_FAILURE_STORE_READ, "%s",
			  pc_store_last_error(sync->store)->message);
		return;
	}
	if (version == sync->data_version)
		return;
	sync->data_version = version;
	pc_sync_enforcement(sync);
	follow_active(sync);
}

void pc_sync_went_back(struct pc_sync *sync)
{
	pc_sync_drop_pending(sync);
	if (sync->active && !is_in_force(sync, sync->active)) {
		pc_compiled_free(sync->active);
		sync->active = NULL; /* so that it is followed, and tried again where that fails */
		follow_active(sync);
	}
	pc_sync_roots(sync);
}

/* Did the kernel go back by itself? */
static void follow_deadline(struct pc_sync *sync)
{
	struct pc_kernel_status status;

	if (!sync->pending || pc_kernel_status(sync->kernel, &status))
		return;
	if (status.confirm_by && !status.fallback &&
	    status.revision == sync->pending->revision.number)
		return;
	pc_log(LOG_WARNING,
	       "revision %" PRIu64 " was not confirmed in time: revision %" PRIu64
	       " is in force again, as generation %" PRIu64,
	       sync->pending->revision.number, status.revision, status.generation);
	pc_sync_went_back(sync);
}

/* Where the table is not complete, files of several names are denied until it is. */
static void follow_links(struct pc_sync *sync)
{
	struct pc_kernel_error error = {0};
	struct pc_kernel_links links;

	if (pc_kernel_links_due(sync->kernel)) {
		watchdog_wait(INSTALL_USEC);
		if (pc_kernel_update_links(sync->kernel, &error))
			pc_failed(&sync->problems, PC_FAILURE_LINKS, "%s", error.message);
		watchdog_wait(0);
	}
	pc_kernel_links(sync->kernel, &links);
	if (!links.kept || links.complete)
		pc_mended(&sync->problems, PC_FAILURE_LINKS);
}

void pc_sync_tick(struct pc_sync *sync)
{
	follow_deadline(sync);
	follow_store(sync);
	end_off(sync);
	follow_links(sync);
	if (*sync->problems.text[PC_FAILURE_ENFORCEMENT])
		set_enforcing(sync, !sync->off);
	if (sync->retry_at && sync->now(CLOCK_BOOTTIME) >= sync->retry_at) {
		sync->retry_at = 0;
		pc_sync_roots(sync);
		follow_active(sync);
	}
}
