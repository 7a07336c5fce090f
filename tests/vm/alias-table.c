// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The techniques. Where one is known to reach the file, .reaches says with which operations, and
 * .why says why and what closes it: it stands in docs/aliases.md, too.
 */
#include <stddef.h>

#include "alias.h"

#define ONE(title, step, text) .name = title, .go = go_##step, .about = text
#define BEFORE(step) .prepare = prepare_##step
#define MOUNT .mounts = true
#define MOVE .moves = true
#define RUN .approval = true, .operations = EXECUTE
#define RUN_OR_MAP .approval = true, .operations = EXECUTE | MAP

const struct technique techniques[] = {
	{ONE("plain", plain, "its own name")},

	{ONE("symlink", symlink, "a symbolic link to the file")},
	{ONE("symlink-folder", symlink_folder, "a symbolic link to its folder")},
	{ONE("symlink-chain", symlink_chain, "a chain of 20 links with `..` and `.` in them")},
	{ONE("dots", dots, "a path with `//`, `.` and `..`")},
	{ONE("hard-link-before", use_alias, "a hard link from before the policy"), BEFORE(alias)},
	{ONE("hard-link", hard_link, "a hard link that the task makes")},
	{ONE("hard-link-fd", hard_link_fd, "the same from an O_PATH descriptor")},
	{ONE("tmpfile-link", tmpfile, "O_TMPFILE and linkat, in the place of the file"),
	 .operations = REPLACE},

	{ONE("rename", rename_file, "rename of the file"), MOVE},
	{ONE("rename-parent", rename_folder, "rename of its folder"), MOVE},
	{ONE("rename-top", rename_top, "rename of a folder further up"), MOVE, .free_denied = true},
	{ONE("exchange", exchange, "exchange with another file"), MOVE},
	{ONE("exchange-parent", exchange_folder, "exchange of its folder with another"), MOVE},
	{ONE("whiteout", whiteout, "rename that leaves a whiteout"), MOVE},

	{ONE("name-255", use_at, "a name of 255 bytes"), BEFORE(long_name)},
	{ONE("odd-bytes", use_at, "line feeds, control and non-UTF-8 bytes in names"),
	 BEFORE(odd_name)},
	{ONE("path-4096", use_at, "a path of more than 5,000 bytes"), BEFORE(long_path)},
	{ONE("deep-64", use_at, "64 components"), BEFORE(deep)},
	{ONE("too-deep", use_at, "80 components"), BEFORE(too_deep), .free_denied = true},

	{ONE("proc-root", proc_self_root, "`/proc/thread-self/root`")},
	{ONE("proc-1-root", proc_1_root, "`/proc/1/root`")},
	{ONE("proc-pid-root", proc_pid_root, "`/proc/PID/root` of another process")},
	{ONE("proc-cwd", proc_self_cwd, "`/proc/self/cwd`")},
	{ONE("proc-pid-cwd", proc_pid_cwd, "`/proc/PID/cwd` of another process")},
	{ONE("proc-fd-folder", proc_fd_folder, "`/proc/self/fd` of its folder")},
	{ONE("proc-fd", proc_fd_file, "O_PATH, and opened anew by `/proc/self/fd`")},
	{ONE("dev-fd", dev_fd, "O_PATH, and opened anew by `/dev/fd`")},
	{ONE("openat", openat, "an O_PATH descriptor of its folder")},
	{ONE("openat2-no-xdev", openat2_no_xdev, "openat2, RESOLVE_NO_XDEV")},
	{ONE("openat2-no-magiclinks", openat2_no_magiclinks, "openat2, RESOLVE_NO_MAGICLINKS")},
	{ONE("openat2-no-symlinks", openat2_no_symlinks, "openat2, RESOLVE_NO_SYMLINKS")},
	{ONE("openat2-beneath", openat2_beneath, "openat2, RESOLVE_BENEATH")},
	{ONE("openat2-in-root", openat2_in_root, "openat2, RESOLVE_IN_ROOT")},
	{ONE("openat2-cached", openat2_cached, "openat2, RESOLVE_CACHED")},
	{ONE("file-handle", handle, "name_to_handle_at and open_by_handle_at")},
	{ONE("io-uring", uring, "io_uring")},
	{ONE("io-uring-worker", uring_worker, "io_uring, by a worker thread")},
	{ONE("io-uring-poll", uring_thread, "io_uring, by the thread that polls the queue")},

	{ONE("inherited", inherited, "a descriptor from before the policy"), BEFORE(held),
	 .operations = READ | WRITE | MAP, .reaches = READ | WRITE,
	 .why = "what is open stays open; start the subject after the policy"},
	{ONE("passed", received, "a descriptor over a socket"), BEFORE(sent),
	 .operations = READ | WRITE | MAP},
	{ONE("passed-path", received_path, "an O_PATH descriptor over a socket, opened anew"),
	 BEFORE(sent_path)},
	{ONE("pidfd-getfd", taken, "a descriptor taken from another process"), BEFORE(offered),
	 .operations = READ | WRITE | MAP},
	{ONE("deleted", deleted, "deleted, and opened anew by `/proc/self/fd`"), BEFORE(removed)},
	{ONE("recreated", plain, "deleted and made again"), BEFORE(recreated)},

	{ONE("bind-file", bind_file, "a bind mount of the file"), MOUNT},
	{ONE("bind-folder", bind_folder, "a bind mount of its folder"), MOUNT},
	{ONE("bind-root", bind_root, "a bind mount of everything"), MOUNT},
	{ONE("bound-before", bound_before, "a bind mount of the host's, from before")},
	{ONE("open-tree", open_tree, "open_tree and move_mount"), MOUNT},
	{ONE("open-tree-loose", open_tree_loose, "open_tree, mounted nowhere"), .space = true},
	{ONE("mount-move", move, "a bind mount, moved with MS_MOVE"), MOUNT},
	{ONE("move-mount", move_mount, "a bind mount, moved with move_mount"), MOUNT},
	{ONE("covered", cover, "below a file system that covers its folder"), MOUNT},
	{ONE("mount-namespace", namespace, "a mount namespace of one's own")},
	{ONE("chroot", chroot, "chroot into its folder"), MOUNT},
	{ONE("chroot-out", chroot_out, "chroot elsewhere, and the way out of it"), MOUNT},
	{ONE("pivot-root", pivot, "pivot_root into its folder"), MOUNT},

	{ONE("overlay-above", overlay, "an overlay with its folder below"), MOUNT,
	 .reaches = READ | EXECUTE | MAP, .only_allowed = true,
	 .why = "a file below an overlay is decided by the overlay's name; do not allow `mount`"},
	{ONE("overlay-upper", overlay_upper, "an overlay with its folder on top"), MOUNT,
	 .reaches = READ | WRITE | EXECUTE | MAP, .only_allowed = true,
	 .why = "a file below an overlay is decided by the overlay's name; do not allow `mount`"},
	{ONE("overlay-below", overlay_layer, "the layer below a protected overlay of the host"),
	 BEFORE(merged), .operations = READ | EXECUTE | MAP, .reaches = ALL,
	 .why = "a layer has a name of its own; name it, too"},
	{ONE("mounted-again", other_mount, "its file system, mounted once more"), BEFORE(disk),
	 MOUNT},
	{ONE("loop-again", loop_again, "a second loop device of the same image"), BEFORE(disk),
	 MOUNT, .operations = READ | EXECUTE, .reaches = READ | EXECUTE, .only_allowed = true,
	 .why = "another file system to the kernel, and foreign; do not allow `mount`"},
	{ONE("raw-disk", raw_disk, "its blocks, read from the device"), BEFORE(disk), MOUNT,
	 .operations = READ, .reaches = READ, .only_allowed = true,
	 .why = "blocks have no names; do not allow `raw-io`"},
	{ONE("raw-node", raw_node, "the same by a node that the task makes"), BEFORE(disk), MOUNT,
	 .operations = READ, .reaches = READ, .only_allowed = true,
	 .why = "blocks have no names; do not allow `raw-io`"},

	{ONE("run-plain", plain, "a program that is not approved"), RUN_OR_MAP},
	{ONE("run-tmpfs", run_tmpfs, "a file system of one's own where the approved one is"),
	 RUN_OR_MAP, BEFORE(other), MOUNT},
	{ONE("run-bind", run_bind, "bound over the approved one"), RUN_OR_MAP, MOUNT},
	{ONE("run-memfd", run_memfd, "a memfd"), RUN_OR_MAP, BEFORE(other)},
	{ONE("run-deleted", run_deleted, "a deleted executable"), RUN_OR_MAP, BEFORE(other)},
	{ONE("run-tmpfile", run_tmpfile, "O_TMPFILE"), RUN_OR_MAP, BEFORE(other)},
	{ONE("run-interpreter", run_script, "a script whose interpreter it is"), RUN},
	{ONE("run-argument", run_argument, "a script, given to an approved interpreter"), RUN,
	 BEFORE(other), .reaches = EXECUTE,
	 .why = "the interpreter reads it; approve no interpreter, or deny it to read scripts"},
	{ONE("run-loader", run_loader, "a program, given to the dynamic loader"), RUN,
	 .fails = "status 127"},
	{ONE("run-preload", run_preload, "a library in LD_PRELOAD"), RUN, .fails = "status 0"},
	{ONE("run-binfmt", run_binfmt, "a file for a handler of binfmt_misc"), RUN},
	{ONE("run-own-binfmt", run_own_binfmt, "a handler in a binfmt_misc of one's own"), RUN,
	 BEFORE(other), MOUNT},
	{ONE("run-shared", run_shared, "a writable shared mapping, made executable"), RUN,
	 BEFORE(other)},
	{ONE("run-written", run_written, "the approved program, written over"), RUN, BEFORE(other)},
	{ONE("run-replaced", run_replaced, "the approved program, replaced by rename"), RUN,
	 BEFORE(other)},
	{0},
};
