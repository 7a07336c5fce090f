/* SPDX-License-Identifier: GPL-2.0-only */
/* Changes that somebody asked for: all or nothing, whatever fails and wherever the daemon is
 * killed. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "fault.h"
#include "log.h"
#include "sync-internal.h"

int pc_refuse(struct pc_refusal *refusal, enum pc_exit exit_status, const char *hint,
	      const char *format, ...)
{
	va_list arguments;

	refusal->exit = exit_status;
	va_start(arguments, format);
	vsnprintf(refusal->message, sizeof(refusal->message), format, arguments);
	va_end(arguments);
	snprintf(refusal->hint, sizeof(refusal->hint), "%s", hint ? hint : "");
	return -ECANCELED;
}

int pc_refuse_store(struct pc_refusal *refusal, const struct pc_store_error *error, int err)
{
	enum pc_exit status = PC_EXIT_INTERNAL;

	if (err == -ESTALE)
		status = PC_EXIT_STALE;
	else if (err == -ENOENT)
		status = PC_EXIT_USAGE;
	return pc_refuse(refusal, status, error->hint, "%s",
			 error->err ? error->message : strerror(-err));
}

int pc_refuse_kernel(struct pc_refusal *refusal, const struct pc_kernel_error *error)
{
	bool host = error->err == -EOPNOTSUPP || error->err == -ENOSYS;

	return pc_refuse(refusal, host ? PC_EXIT_HOST : PC_EXIT_UNCONFIRMED, error->hint, "%s",
			 *error->message ? error->message : strerror(-error->err));
}

/*
 * The order of a change, so that it may be cut off anywhere:
 *
 *   1  the new revision is stored, and is not active     start: the old one is compiled and in
 * force 2  its image is put in force                         start: store and kernel differ, and
 * what the store says is put in force: the old one 3  it is made active start: the new one
 *
 * So the active revision is always one that has been in force, and nobody was told of success
 * before 3. Where 3 fails, the old image is put in force again. With a time to confirm, 3 waits for
 * the confirmation; a start in between (the setting `confirm-pending`, and the kernel's word that
 * the deadline is armed) goes on waiting, and a reboot comes up with the old one.
 */

static int make_plan(struct pc_sync *sync, const struct pc_change *change, bool dry,
		     struct pc_plan **ret_plan, struct pc_diags *diags, struct pc_refusal *refusal)
{
	struct pc_change with_active = *change;
	struct pc_store_error error;
	int err;

	with_active.active = sync->active;
	with_active.dry = dry;
	err = pc_plan_make(sync->store, &with_active, ret_plan, diags, &error);
	if (err == -EINVAL && diags->errors)
		return pc_refuse(refusal, PC_EXIT_INVALID, "nothing was changed",
				 "the policies are not valid: %u %s", diags->errors,
				 diags->errors == 1 ? "error" : "errors");
	return err ? pc_refuse_store(refusal, &error, err) : 0;
}

static int check_survival(const struct pc_plan *plan, struct pc_diags *diags,
			  struct pc_refusal *refusal)
{
	struct pc_survivors survivors;
	uint32_t lost = 0;

	pc_survivors_find(&survivors);
	if (pc_survival_check(plan->compiled, &survivors, diags, &lost))
		return pc_refuse(refusal, PC_EXIT_INTERNAL, NULL, "out of memory");
	if (!lost)
		return 0;
	return pc_refuse(refusal, PC_EXIT_INVALID, PC_SURVIVAL_HINT, PC_SURVIVAL_REFUSED, lost,
			 lost == 1 ? "" : "s");
}

/* A store that was lost must not weaken what is in force: only a complete set replaces it. */
static int check_base(const struct pc_sync *sync, const struct pc_change *change,
		      const struct pc_change_how *how, struct pc_refusal *refusal)
{
	if (sync->pending)
		return pc_refuse(refusal, PC_EXIT_NO, "policyctl confirm, or policyctl cancel",
				 "revision %" PRIu64 " waits to be confirmed",
				 sync->pending->revision.number);
	if (*sync->problems.text[PC_FAILURE_STORE_EMPTY] && !change->replace && !how->force)
		return pc_refuse(refusal, PC_EXIT_NO,
				 "apply the complete set of policies, or use --force",
				 "the store is empty, yet policies are in force: this change would "
				 "drop them");
	return 0;
}

/* Something to fall back to, where nothing was in force yet. */
static int ensure_fallback(struct pc_sync *sync, struct pc_refusal *refusal)
{
	PC_CLEANUP(pc_compiled_freep) struct pc_compiled *empty = NULL;
	struct pc_kernel_error error = {0};
	struct pc_kernel_status status;
	uint64_t generation;

	if (!pc_kernel_status(sync->kernel, &status) && status.generation)
		return 0;
	if (pc_sync_empty(&empty))
		return pc_refuse(refusal, PC_EXIT_INTERNAL, NULL, "out of memory");
	if (pc_sync_install(sync, empty, 0, &generation, &error))
		return pc_refuse_kernel(refusal, &error);
	return 0;
}

/* After an image was put in force in vain. */
static void go_back(struct pc_sync *sync)
{
	PC_CLEANUP(pc_compiled_freep) struct pc_compiled *empty = NULL;
	const struct pc_compiled *old = sync->active;
	struct pc_kernel_error error = {0};
	uint64_t generation;

	if (!old && !pc_sync_empty(&empty))
		old = empty;
	if (!old || pc_sync_install(sync, old, 0, &generation, &error))
		pc_failed(&sync->problems, PC_FAILURE_INSTALL,
			  "going back to revision %" PRIu64 ": %s", old ? old->revision.number : 0,
			  error.message);
	pc_sync_roots(sync);
}

static int remember_pending(struct pc_sync *sync, uint64_t revision, struct pc_refusal *refusal)
{
	char text[24];
	int err;

	snprintf(text, sizeof(text), "%" PRIu64, revision);
	err = pc_store_put_setting(sync->store, PC_SETTING_PENDING, text);
	return err ? pc_refuse_store(refusal, pc_store_last_error(sync->store), err) : 0;
}

/* Step 3, and what follows from it for the daemon. */
static int make_active(struct pc_sync *sync, struct pc_plan *plan, struct pc_refusal *refusal)
{
	uint64_t number = plan->compiled->revision.number;
	int err = pc_store_set_active(sync->store, number, plan->base);

	if (err) {
		pc_refuse_store(refusal, pc_store_last_error(sync->store), err);
		go_back(sync);
		return -ECANCELED;
	}
	pc_fault(PC_FAULT_SWITCH_ACTIVE);
	pc_sync_adopt(sync, PC_TAKE_PTR(plan->compiled));
	return 0;
}

static int install_plan(struct pc_sync *sync, struct pc_plan *plan, uint32_t confirm_seconds,
			uint64_t *ret_generation, struct pc_refusal *refusal)
{
	struct pc_kernel_error error = {0};
	int err = 0;

	if (confirm_seconds)
		err = ensure_fallback(sync, refusal);
	if (!err && confirm_seconds)
		err = remember_pending(sync, plan->compiled->revision.number, refusal);
	if (err)
		return err;
	if (pc_sync_install(sync, plan->compiled, confirm_seconds, ret_generation, &error)) {
		if (confirm_seconds)
			pc_sync_drop_pending(sync);
		return pc_refuse_kernel(refusal, &error);
	}
	if (!confirm_seconds)
		return make_active(sync, plan, refusal);
	sync->pending = PC_TAKE_PTR(plan->compiled);
	return 0;
}

static bool already_in_force(struct pc_sync *sync, uint64_t number)
{
	struct pc_kernel_status status;

	return sync->active && sync->active->revision.number == number &&
	       !pc_kernel_status(sync->kernel, &status) && status.revision == number &&
	       status.generation;
}

static int carry_out(struct pc_sync *sync, struct pc_plan *plan, const struct pc_change_how *how,
		     struct pc_change_done *done, struct pc_refusal *refusal)
{
	struct pc_kernel_status status = {0};
	struct pc_store_error error;
	struct pc_store_put put;
	int err;

	err = pc_plan_put(sync->store, plan, &how->who, how->comment, PC_STORE_PUT_INACTIVE, &put,
			  &error);
	if (err)
		return pc_refuse_store(refusal, &error, err);
	pc_fault(PC_FAULT_SWITCH_STORED);
	done->unchanged = put.unchanged;
	done->revision = put.number;
	pc_kernel_status(sync->kernel, &status);
	done->generation = status.generation;
	if (put.unchanged && already_in_force(sync, put.number))
		return 0;
	err = install_plan(sync, plan, put.unchanged ? 0 : how->confirm_seconds, &done->generation,
			   refusal);
	if (!err)
		pc_sync_roots(sync);
	return err;
}

int pc_sync_change(struct pc_sync *sync, const struct pc_change *change,
		   const struct pc_change_how *how, struct pc_change_done *ret_done,
		   struct pc_diags *diags, struct pc_refusal *refusal)
{
	PC_CLEANUP(pc_plan_freep) struct pc_plan *plan = NULL;
	struct pc_change_done done = {.enforcing = !sync->off};
	int err = check_base(sync, change, how, refusal);

	if (!err)
		err = make_plan(sync, change, how->dry_run, &plan, diags, refusal);
	if (!err && !how->force)
		err = check_survival(plan, diags, refusal);
	if (err)
		return err;
	done.previous = plan->base;
	if (!how->dry_run)
		err = carry_out(sync, plan, how, &done, refusal);
	if (err)
		return err;
	done.plan = PC_TAKE_PTR(plan);
	*ret_done = done;
	return 0;
}

/* ---- confirmation -------------------------------------------------------------------------- */

static int want_pending(const struct pc_sync *sync, struct pc_refusal *refusal)
{
	if (sync->pending)
		return 0;
	return pc_refuse(refusal, PC_EXIT_NO, NULL, "nothing waits to be confirmed");
}

static int too_late(struct pc_sync *sync, uint64_t before, struct pc_refusal *refusal)
{
	pc_sync_went_back(sync);
	if (!before)
		return pc_refuse(refusal, PC_EXIT_UNCONFIRMED, "apply it again",
				 "too late: no policy is in force again");
	return pc_refuse(refusal, PC_EXIT_UNCONFIRMED, "apply it again",
			 "too late: revision %" PRIu64 " is in force again", before);
}

/*
 * The store first: cut off in between, the next start puts in force what was confirmed. The other
 * way round it would take back what is final.
 */
int pc_sync_confirm(struct pc_sync *sync, uint64_t *ret_revision, uint64_t *ret_generation,
		    struct pc_refusal *refusal)
{
	uint64_t before = sync->active ? sync->active->revision.number : 0, number;
	struct pc_kernel_error error = {0};
	struct pc_kernel_status status = {0};
	int err = want_pending(sync, refusal);

	if (err)
		return err;
	number = sync->pending->revision.number;
	if (!pc_kernel_status(sync->kernel, &status) && (status.fallback || !status.confirm_by))
		return too_late(sync, before, refusal);
	err = pc_store_set_active(sync->store, number, before);
	if (err)
		return pc_refuse_store(refusal, pc_store_last_error(sync->store), err);
	pc_fault(PC_FAULT_CONFIRM_ACTIVE);
	err = pc_kernel_confirm(sync->kernel, &error);
	if (err) {
		if (pc_store_set_active(sync->store, before, number))
			pc_failed(&sync->problems, PC_FAILURE_STORE_WRITE, "%s",
				  pc_store_last_error(sync->store)->message);
		if (err != -ENOENT)
			return pc_refuse_kernel(refusal, &error);
		return too_late(sync, before, refusal);
	}
	pc_fault(PC_FAULT_CONFIRM_DONE);
	pc_sync_adopt(sync, PC_TAKE_PTR(sync->pending));
	pc_sync_drop_pending(sync);
	pc_kernel_status(sync->kernel, &status);
	pc_log(LOG_NOTICE, "revision %" PRIu64 " is confirmed", number);
	*ret_revision = number;
	*ret_generation = status.generation;
	return 0;
}

int pc_sync_cancel(struct pc_sync *sync, uint64_t *ret_revision, uint64_t *ret_generation,
		   struct pc_refusal *refusal)
{
	PC_CLEANUP(pc_compiled_freep) struct pc_compiled *empty = NULL;
	const struct pc_compiled *old = sync->active;
	struct pc_kernel_error error = {0};
	int err = want_pending(sync, refusal);

	if (err)
		return err;
	if (!old && pc_sync_empty(&empty))
		return pc_refuse(refusal, PC_EXIT_INTERNAL, NULL, "out of memory");
	if (pc_sync_install(sync, old ? old : empty, 0, ret_generation, &error))
		return pc_refuse_kernel(refusal, &error);
	pc_sync_drop_pending(sync);
	pc_sync_roots(sync);
	*ret_revision = old ? old->revision.number : 0;
	return 0;
}

/* ---- enforcement --------------------------------------------------------------------------- */

/* The store first, in both directions: it says what is to be, and the kernel is brought to it again
 * and again until it is so. */
static int switch_enforcement(struct pc_sync *sync, bool on, uint64_t until, const char *reason,
			      const struct pc_store_who *who, struct pc_refusal *refusal)
{
	int err = pc_store_set_enforcement(sync->store, on, until, reason, who);

	if (err)
		return pc_refuse_store(refusal, pc_store_last_error(sync->store), err);
	pc_sync_enforcement(sync);
	if (*sync->problems.text[PC_FAILURE_ENFORCEMENT])
		return pc_refuse(refusal, PC_EXIT_UNCONFIRMED, "the daemon goes on trying", "%s",
				 sync->problems.text[PC_FAILURE_ENFORCEMENT]);
	return 0;
}

int pc_sync_off(struct pc_sync *sync, uint32_t seconds, const char *reason,
		const struct pc_store_who *who, struct pc_refusal *refusal)
{
	uint64_t until = seconds ? sync->now(CLOCK_REALTIME) + seconds * UINT64_C(1000000000) : 0;

	pc_log(LOG_WARNING, "uid %u (login %d, %s) switches enforcement off: %s", who->uid,
	       (int)who->login_uid, who->comm, reason);
	return switch_enforcement(sync, false, until, reason, who, refusal);
}

int pc_sync_on(struct pc_sync *sync, const struct pc_store_who *who, struct pc_refusal *refusal)
{
	return switch_enforcement(sync, true, 0, NULL, who, refusal);
}

/* ---- verification -------------------------------------------------------------------------- */

/* Compiles from the store again, so that the daemon's own memory is not what is compared with. */
int pc_sync_verify(struct pc_sync *sync, uint64_t *ret_revision, uint64_t *ret_generation,
		   struct pc_refusal *refusal)
{
	const struct pc_compiled *in_force = pc_sync_in_force(sync);
	PC_CLEANUP(pc_compiled_freep) struct pc_compiled *compiled = NULL;
	PC_CLEANUP(pc_diags_free) struct pc_diags diags = {0};
	struct pc_kernel_status status = {0};
	struct pc_kernel_error error = {0};
	struct pc_store_error store_error = {0};
	int err = pc_store_verify(sync->store);

	if (err)
		return pc_refuse(refusal, PC_EXIT_NO, pc_store_last_error(sync->store)->hint,
				 "the store: %s", pc_store_last_error(sync->store)->message);
	if (pc_kernel_status(sync->kernel, &status) || !status.generation || !in_force)
		return pc_refuse(refusal, PC_EXIT_NO, "policyctl apply",
				 "no revision of the store is in force");
	if (status.revision != in_force->revision.number)
		return pc_refuse(refusal, PC_EXIT_NO, "policyctl status says why",
				 "revision %" PRIu64 " is in force, not %" PRIu64, status.revision,
				 in_force->revision.number);
	err = pc_compile_revision(sync->store, in_force->revision.number, &compiled, &diags,
				  &store_error);
	if (err)
		return pc_refuse_store(refusal, &store_error, err);
	err = pc_kernel_verify(sync->kernel, &compiled->image, &error);
	if (err)
		return pc_refuse(refusal, PC_EXIT_NO, error.hint, "%s", error.message);
	*ret_revision = status.revision;
	*ret_generation = status.generation;
	return 0;
}
