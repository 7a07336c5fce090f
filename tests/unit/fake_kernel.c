/* SPDX-License-Identifier: GPL-2.0-only */
/* A kernel side without a kernel, for tests of the daemon. */
#include "fake_kernel.h"

#include <errno.h>
#include <string.h>
#include <time.h>

struct fake_kernel fake_kernel = {.enforcing = true};

struct pc_kernel {
	int nothing;
};
static struct pc_kernel the_kernel;

void fake_kernel_reset(void)
{
	for (uint32_t i = 0; i < fake_kernel.event_count; i++)
		free(fake_kernel.events[i]);
	fake_kernel = (struct fake_kernel){.enforcing = true};
}

void fake_kernel_time_is_up(void)
{
	fake_kernel.generation++;
	fake_kernel.revision = fake_kernel.fallback_revision;
	fake_kernel.fallback = true;
	fake_kernel.confirm_by = 0;
}

static int failing(int *calls, struct pc_kernel_error *error, const char *what)
{
	if (!*calls || --*calls)
		return 0;
	error->err = -EIO;
	snprintf(error->message, sizeof(error->message), "%s fails, as told", what);
	return -EIO;
}

void pc_kernel_probe(struct pc_kernel_features *ret_features)
{
	*ret_features = (struct pc_kernel_features){.count = 1, .enforces = true};
	ret_features->items[0] = (struct pc_kernel_feature){
		.name = "fake",
		.what = "tests",
		.present = true,
		.required = true,
		.detail = "nothing is enforced",
	};
}

int pc_kernel_open(const struct pc_kernel_options *options, struct pc_kernel **ret_kernel,
		   bool *ret_adopted, struct pc_kernel_error *error)
{
	int err = failing(&fake_kernel.fail_open, error, "loading");

	(void)options;
	if (err)
		return err;
	*ret_kernel = &the_kernel;
	*ret_adopted = fake_kernel.pinned;
	fake_kernel.pinned = true;
	return 0;
}

void pc_kernel_close(struct pc_kernel *kernel)
{
	(void)kernel;
}

void pc_kernel_remove(struct pc_kernel *kernel)
{
	(void)kernel;
	fake_kernel_reset();
}

static uint64_t boot_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec;
}

int pc_kernel_install(struct pc_kernel *kernel, struct pc_kernel_install *install,
		      struct pc_kernel_error *error)
{
	int err = failing(&fake_kernel.fail_install, error, "installing");

	(void)kernel;
	if (err)
		return err;
	fake_kernel.installs++;
	fake_kernel.fallback = false;
	fake_kernel.confirm_by = 0;
	if (install->confirm_seconds) {
		fake_kernel.fallback_revision = fake_kernel.revision;
		fake_kernel.confirm_by = boot_seconds() + install->confirm_seconds;
	}
	fake_kernel.revision = install->revision;
	fake_kernel.policies = install->image->set->count;
	install->generation = ++fake_kernel.generation;
	if (fake_kernel.on_install)
		fake_kernel.on_install();
	return 0;
}

int pc_kernel_confirm(struct pc_kernel *kernel, struct pc_kernel_error *error)
{
	int err = failing(&fake_kernel.fail_confirm, error, "confirming");

	(void)kernel;
	if (err)
		return err;
	if (!fake_kernel.confirm_by)
		return -ENOENT;
	fake_kernel.confirms++;
	fake_kernel.confirm_by = 0;
	return 0;
}

int pc_kernel_set_enforcing(struct pc_kernel *kernel, bool on, struct pc_kernel_error *error)
{
	int err = failing(&fake_kernel.fail_set_enforcing, error, "switching");

	(void)kernel;
	if (!err)
		fake_kernel.enforcing = on;
	return err;
}

int pc_kernel_update_roots(struct pc_kernel *kernel, struct pc_kernel_error *error)
{
	(void)kernel;
	fake_kernel.roots_updates++;
	return failing(&fake_kernel.fail_roots, error, "updating roots");
}

const char *pc_kernel_root_prefix(const struct pc_kernel *kernel, uint32_t root)
{
	(void)kernel;
	return root ? NULL : "";
}

bool pc_kernel_links_due(const struct pc_kernel *kernel)
{
	(void)kernel;
	return fake_kernel.links_due;
}

int pc_kernel_update_links(struct pc_kernel *kernel, struct pc_kernel_error *error)
{
	(void)kernel;
	fake_kernel.links_updates++;
	if (fake_kernel.fail_links) {
		snprintf(error->message, sizeof(error->message), "directories moved");
		return -EAGAIN;
	}
	fake_kernel.links_due = false;
	return 0;
}

void pc_kernel_links(const struct pc_kernel *kernel, struct pc_kernel_links *ret_links)
{
	(void)kernel;
	*ret_links = (struct pc_kernel_links){
		.kept = true,
		.complete = !fake_kernel.links_due,
		.files = 3,
		.took = 2000000,
	};
}

int pc_kernel_status(struct pc_kernel *kernel, struct pc_kernel_status *ret_status)
{
	(void)kernel;
	*ret_status = (struct pc_kernel_status){
		.generation = fake_kernel.generation,
		.revision = fake_kernel.revision,
		.enforcing = fake_kernel.enforcing,
		.fallback = fake_kernel.fallback,
		.confirm_by = fake_kernel.confirm_by,
		.hooks = 2,
		.map_bytes = 4096,
		.stats = fake_kernel.stats,
	};
	return 0;
}

void pc_kernel_hooks(const struct pc_kernel *kernel, char *buf, size_t size)
{
	(void)kernel;
	snprintf(buf, size, "file_open, bprm_check_security");
}

int pc_kernel_counters(struct pc_kernel *kernel, uint32_t row, struct pc_counter_row *ret_row)
{
	(void)kernel;
	*ret_row = fake_kernel.counters[row];
	return 0;
}

int pc_kernel_clear_counters(struct pc_kernel *kernel, uint32_t row)
{
	(void)kernel;
	fake_kernel.clears++;
	fake_kernel.counters[row] = (struct pc_counter_row){0};
	return 0;
}

int pc_kernel_verify(struct pc_kernel *kernel, const struct pc_image *image,
		     struct pc_kernel_error *error)
{
	(void)kernel;
	(void)image;
	if (!fake_kernel.differs)
		return 0;
	snprintf(error->message, sizeof(error->message), "they differ, as told");
	return 1;
}

int pc_kernel_events_fd(const struct pc_kernel *kernel)
{
	(void)kernel;
	return -1;
}

void fake_kernel_event(const struct pc_event *head, const char *exe, const char *path)
{
	size_t exe_length = strlen(exe), path_length = strlen(path);
	struct pc_event *event = malloc(sizeof(*event) + exe_length + path_length);
	char *tail = (char *)(event + 1);

	*event = *head;
	event->exe_length = (uint32_t)exe_length;
	event->path_length = (uint32_t)path_length;
	event->size = (uint32_t)(sizeof(*event) + exe_length + path_length);
	memcpy(tail, exe, exe_length);
	memcpy(tail + exe_length, path, path_length);
	fake_kernel.stats.reported++;
	if (fake_kernel.event_count < FAKE_EVENTS_MAX) {
		fake_kernel.events[fake_kernel.event_count++] = event;
		return;
	}
	fake_kernel.stats.dropped++;
	free(event);
}

int pc_kernel_drain(struct pc_kernel *kernel, pc_kernel_event_fn fn, void *context)
{
	uint32_t count = fake_kernel.event_count;

	(void)kernel;
	for (uint32_t i = 0; i < count; i++) {
		fn(context, fake_kernel.events[i]);
		free(fake_kernel.events[i]);
	}
	fake_kernel.event_count = 0;
	return (int)count;
}
