#include "compiler/base/sha256.h"

void sha256_end(struct sha256_ctx *context, char out[65])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t digest[SHA256_DIGEST_SIZE];

	sha256_digest(context, sizeof(digest), digest);
	for (size_t i = 0; i < sizeof(digest); i++) {
		out[2 * i] = digits[digest[i] >> 4];
		out[2 * i + 1] = digits[digest[i] & 15];
	}
	out[64] = '\0';
}

void sha256_hex(struct str text, char out[65])
{
	struct sha256_ctx context;

	sha256_init(&context);
	sha256_add(&context, text);
	sha256_end(&context, out);
}
