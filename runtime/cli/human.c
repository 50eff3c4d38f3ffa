#include "runtime/cli/human.h"

#include <stdio.h>

const char *human_count(uint64_t n, struct human *out)
{
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);
	size_t at = 0;

	for (int i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			out->text[at++] = ',';
		out->text[at++] = digits[i];
	}
	out->text[at] = '\0';
	return out->text;
}

const char *human_bytes(uint64_t bytes, struct human *out)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	double value = (double)bytes / 1024;
	size_t unit = 0;

	if (bytes < 1024) {
		snprintf(out->text, sizeof(out->text), "%u B", (unsigned)bytes);
		return out->text;
	}
	while (value >= 1023.95 && unit + 1 < sizeof(units) / sizeof(*units)) {
		value /= 1024;
		unit++;
	}
	snprintf(out->text, sizeof(out->text), "%.1f %s", value, units[unit]);
	return out->text;
}

const char *human_ms(uint64_t ms, struct human *out)
{
	unsigned long long seconds = ms / 1000;

	if (ms < 1000)
		snprintf(out->text, sizeof(out->text), "%u ms", (unsigned)ms);
	else if (seconds < 60)
		snprintf(out->text, sizeof(out->text), "%u.%u s", (unsigned)seconds,
		         (unsigned)(ms % 1000 / 100));
	else if (seconds < 3600)
		snprintf(out->text, sizeof(out->text), "%u min %u s", (unsigned)(seconds / 60),
		         (unsigned)(seconds % 60));
	else
		snprintf(out->text, sizeof(out->text), "%llu h %u min", seconds / 3600,
		         (unsigned)(seconds % 3600 / 60));
	return out->text;
}

uint64_t human_rate(uint64_t n, uint64_t ms)
{
	return ms ? (uint64_t)((double)n * 1000 / (double)ms) : 0;
}
