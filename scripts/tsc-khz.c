// SPDX-License-Identifier: GPL-2.0
/*
 * Prints how often the time stamp counter counts in a millisecond. A guest reads
 * the host's counter, but learns its frequency within milliseconds at boot; on a
 * machine that is busy then its clock would go too fast, up to several times.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

#define NSEC_PER_SEC 1000000000LL
#define TRIES 1000

struct moment {
	uint64_t tsc;
	int64_t nsec;
};

/* Reads both clocks, by that try of several in which they are closest. */
static struct moment now(void)
{
	struct moment found = { 0 };
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < TRIES; i++) {
		uint64_t before = __rdtsc();
		struct timespec t;
		uint64_t took;

		clock_gettime(CLOCK_MONOTONIC_RAW, &t);
		took = __rdtsc() - before;
		if (took >= least)
			continue;
		least = took;
		found.tsc = before + took / 2;
		found.nsec = t.tv_sec * NSEC_PER_SEC + t.tv_nsec;
	}
	return found;
}

int main(void)
{
	struct timespec pause = { .tv_nsec = NSEC_PER_SEC / 20 };
	struct moment first = now(), last;

	nanosleep(&pause, NULL);
	last = now();
	printf("%.0f\n", (last.tsc - first.tsc) * 1e6 / (last.nsec - first.nsec));
	return 0;
}
