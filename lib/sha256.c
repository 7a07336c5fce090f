/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SHA-256 through libcrypto. */
#include "sha256.h"

#include <endian.h>
#include <errno.h>
#include <openssl/evp.h>

void pc_sha256_start(struct pc_sha256 *hash)
{
	hash->context = EVP_MD_CTX_new();
	if (hash->context && EVP_DigestInit_ex(hash->context, EVP_sha256(), NULL) != 1)
		pc_sha256_drop(hash);
}

void pc_sha256_add(struct pc_sha256 *hash, const void *bytes, size_t n)
{
	if (hash->context && n && EVP_DigestUpdate(hash->context, bytes, n) != 1)
		pc_sha256_drop(hash);
}

void pc_sha256_add_u64(struct pc_sha256 *hash, uint64_t value)
{
	uint64_t little = htole64(value);

	pc_sha256_add(hash, &little, sizeof(little));
}

void pc_sha256_add_field(struct pc_sha256 *hash, const void *bytes, size_t n)
{
	pc_sha256_add_u64(hash, n);
	pc_sha256_add(hash, bytes, n);
}

int pc_sha256_finish(struct pc_sha256 *hash, uint8_t ret_digest[PC_SHA256_SIZE])
{
	int done = hash->context && EVP_DigestFinal_ex(hash->context, ret_digest, NULL) == 1;

	pc_sha256_drop(hash);
	return done ? 0 : -ENOMEM;
}

void pc_sha256_drop(struct pc_sha256 *hash)
{
	EVP_MD_CTX_free(hash->context);
	hash->context = NULL;
}

int pc_sha256(const void *bytes, size_t n, uint8_t ret_digest[PC_SHA256_SIZE])
{
	struct pc_sha256 hash;

	pc_sha256_start(&hash);
	pc_sha256_add(&hash, bytes, n);
	return pc_sha256_finish(&hash, ret_digest);
}

void pc_sha256_hex(const uint8_t digest[PC_SHA256_SIZE], char ret_hex[PC_SHA256_HEX_SIZE])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < PC_SHA256_SIZE; i++) {
		ret_hex[2 * i] = digits[digest[i] >> 4];
		ret_hex[2 * i + 1] = digits[digest[i] & 15];
	}
	ret_hex[PC_SHA256_HEX_SIZE - 1] = '\0';
}
