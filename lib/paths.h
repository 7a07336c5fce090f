/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where things are, unless somebody says otherwise; lib/guarded.c has what is guarded of them. */
#ifndef PC_PATHS_H
#define PC_PATHS_H

#define PC_CONFIG_DIR "/etc/portcullis"
#define PC_RUN_DIR "/run/portcullis"
#define PC_STATE_DIR "/var/lib/portcullis"
#define PC_LOG_DIR "/var/log/portcullis"
#define PC_PIN_DIR "/sys/fs/bpf/portcullis"

#define PC_SOCKET_PATH PC_RUN_DIR "/control.sock"
#define PC_STORE_PATH PC_STATE_DIR "/store.db"
#define PC_SINK_PATH PC_LOG_DIR "/events.jsonl"

/* The unit that is shipped, and the cgroup systemd makes for it. */
#define PC_UNIT "enforcerd.service"
#define PC_UNIT_CGROUP "/system.slice/" PC_UNIT

#endif
