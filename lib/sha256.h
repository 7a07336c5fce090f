/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SHA-256 through libcrypto. */
#ifndef PC_SHA256_H
#define PC_SHA256_H

#include "util.h"

#define PC_SHA256_SIZE 32
#define PC_SHA256_HEX_SIZE (2 * PC_SHA256_SIZE + 1)

/* A digest being computed. Errors are kept and come out of pc_sha256_finish(). */
struct pc_sha256 {
	void *context; /* owned; NULL once finished or failed */
};

void pc_sha256_start(struct pc_sha256 *hash);
void pc_sha256_add(struct pc_sha256 *hash, const void *bytes, size_t n);
/* Adds a number as 8 bytes, little endian. */
void pc_sha256_add_u64(struct pc_sha256 *hash, uint64_t value);
/* Adds n as a number, then the bytes: no two lists of fields give the same input. */
void pc_sha256_add_field(struct pc_sha256 *hash, const void *bytes, size_t n);
/* Frees the context. 0, or -ENOMEM where libcrypto failed at any step. */
int pc_sha256_finish(struct pc_sha256 *hash, uint8_t ret_digest[PC_SHA256_SIZE]);
/* For PC_CLEANUP: frees a digest that was not finished. */
void pc_sha256_drop(struct pc_sha256 *hash);

/* All at once. 0 or -ENOMEM. */
int pc_sha256(const void *bytes, size_t n, uint8_t ret_digest[PC_SHA256_SIZE]);
/* Lower-case hexadecimal with a NUL. */
void pc_sha256_hex(const uint8_t digest[PC_SHA256_SIZE], char ret_hex[PC_SHA256_HEX_SIZE]);

#endif
