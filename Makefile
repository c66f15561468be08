# SPDX-License-Identifier: GPL-2.0
# The kernel's build of the module is in Kbuild. Here: what a person calls.

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
s := scripts

.PHONY: help run test test-host test-guest test-debug \
	test-debug-fast test-soak test-long-stock test-long-debug test-planted test-upstream fuzz \
	module module-debug tools check format install bench bench-repeat bench-wall \
	bench-baseline bench-page bench-bisect bench-profile bench-trace \
	shell update clean host

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' $(MAKEFILE_LIST) | \
		while IFS='|' read -r name text; do printf '%-22s %s\n' "$$name" "$$text"; done

run: module tools ## the demo: NICs and VNICs in a guest, and traffic over them
	@$s/guest -- /softnic/scripts/demo

test: ## what CI runs; ends in N passed, N failed, N skipped
	@$s/test-all test-host test-guest test-debug-fast

test-soak: ## every selftest on the debug kernel, then the long runs: hours
	@$s/test-all test-debug test-long-stock test-long-debug

test-host: host ## the tests that need no kernel
	@$s/test-host

test-guest: module tools ## selftests on Debian's kernel (TESTS=theme/name... GUESTS=2)
	@$s/debian12-ip
	@python3 $s/selftests.py stock $(TESTS)

test-debug: module-debug tools ## the same on the debug kernel (TESTS=...)
	@$s/debian12-ip
	@python3 $s/selftests.py debug $(TESTS)

test-debug-fast: module-debug tools ## those of selftests/debug-fast.txt on the debug kernel
	@$s/debian12-ip
	@python3 $s/selftests.py debug --fast

test-long-stock test-long-debug: test-long-%: tools ## the long runs of selftests/soak.txt, on stock or debug
	@$(MAKE) $(if $(filter debug,$*),module-debug,module)
	@python3 $s/selftests.py $* --long

test-planted: module-debug ## faults planted in the debug kernel, and whether its checks report them
	@$s/planted

test-upstream: module tools ## the kernel's own driver selftests (TESTS=queues.py... DEVICES=veth UPDATE=1)
	@python3 $s/upstream.py --devices "$(or $(DEVICES),softnic)" $(if $(UPDATE),--update) $(TESTS)

fuzz: host ## fuzz the model (TARGET=frame RUNS=50000000)
	@$s/fuzz "$(TARGET)" "$(RUNS)"

module: host ## softnic.ko for Debian's kernel, in build/module/stock
	@$s/module stock

module-debug: host ## softnic.ko for the debug kernel, in build/module/debug
	@$s/module debug

tools: host ## vnicadm with man pages and completions, in build
	@$s/tools

install: ## what tools has made, under DESTDIR and PREFIX (/usr/local)
	@$s/install

check: host ## formatting, lints, layering, spec, docs
	@$s/check

format: host ## put module and tools into the form that check wants
	@$s/format

bench: module tools ## softnic against its peers, in instructions (FIGURES=pattern GUESTS=2)
	@tools/bench/bench '$(FIGURES)'

bench-repeat: module tools ## bench twice, and what the runs differ in (FIGURES=pattern)
	@tools/bench/repeat '$(FIGURES)'

bench-wall: module tools ## the same paths by the wall clock, as ratios (FIGURES=pattern ROUNDS=15)
	@tools/bench/bench-wall '$(FIGURES)'

bench-baseline: host ## keeps what make bench measured as what later runs are judged by
	@$s/in-root python3 $(CURDIR)/tools/bench/page.py $(CURDIR)/build/bench/results.json \
		--baseline $(CURDIR)/tools/bench/baseline.json

bench-page: host ## writes Documentation/benchmarks.md of what make bench measured
	@tools/bench/publish

bench-bisect: tools ## the commit that slowed a figure (FIGURE='workload: path' GOOD=commit BAD=HEAD)
	@python3 tools/bench/bisect_figure.py '$(FIGURE)' '$(GOOD)' '$(or $(BAD),HEAD)'

bench-profile: module tools ## where the kernel's instructions go, by function
	@tools/bench/profile/run

bench-trace: module tools ## what each trace event costs, on and off
	@tools/bench/trace-costs

shell: module tools ## a shell in the guest
	@$s/guest --timeout 86400 -- bash -l

update: ## look for a newer kernel in the archive at the next build
	@$s/kernel-files --forget

clean: ## remove build/; the cache stays
	rm -rf build

host:
	@$s/host-setup
