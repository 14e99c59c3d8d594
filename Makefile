# The front door. Everything is built by Meson; this file only knows which commands to call.
#
#   make            build into build/          make asan      tests under ASan and UBSan (clang)
#   make demo       build, then show it        make fuzz      fuzz the parsers for a while
#   make test       all tests                  make bench     measure
#   make install    PREFIX=/usr/local          make figures   redraw the figures of the docs
#   make clean      remove the build folders   make format    lay the code out
#   make test-full  everything with everything: an hour of end-to-end tests

BUILD ?= build
PREFIX ?= /usr/local
JOBS ?=
MESON_TEST_ARGS ?=

ninja = ninja $(if $(JOBS),-j$(JOBS)) -C
sanitize = -Db_sanitize=address,undefined -Db_lundef=false \
	-Dc_args='-fno-sanitize-recover=undefined -fno-omit-frame-pointer'

.PHONY: all demo test test-full asan fuzz bench bench-kernel soak figures install clean format deps deps-test

all: $(BUILD)/build.ninja
	$(ninja) $(BUILD)

$(BUILD)/build.ninja:
	meson setup --prefix $(PREFIX) $(BUILD)

deps:
	tools/install-deps.sh build

deps-test:
	tools/install-deps.sh build test

demo: deps
	@$(MAKE) --no-print-directory all
	@tools/if-present.sh tools/demo.sh $(BUILD)

test: deps-test
	@$(MAKE) --no-print-directory all
	tools/run-tests.py $(BUILD) -t 10 $(MESON_TEST_ARGS)

test-full: deps-test
	@$(MAKE) --no-print-directory all
	E2E=full tools/run-tests.py $(BUILD) --suite e2e -t 20 $(MESON_TEST_ARGS)

# Memory of the compiler is freed with the process, so leaks are not looked for.
asan: deps-test
	test -e build-asan/build.ninja || CC=clang meson setup $(sanitize) build-asan
	$(ninja) build-asan
	ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1 \
		tools/run-tests.py build-asan -t 20 $(MESON_TEST_ARGS)

fuzz: deps-test
	@tools/if-present.sh tools/fuzz.sh

bench: all
	@tools/if-present.sh tools/bench.sh $(BUILD)

bench-kernel: all # as root
	tools/kernel-cost.py $(BUILD)/src/packetscope

soak: all
	@tools/if-present.sh tools/soak.sh $(BUILD)

figures:
	tools/install-deps.sh build figures
	@$(MAKE) --no-print-directory all
	@tools/if-present.sh tools/figures.sh $(BUILD)

install: all
	meson configure --prefix $(PREFIX) $(BUILD)
	meson install -C $(BUILD)

format:
	git ls-files 'src/*.[ch]' 'include/*.h' 'tests/*.[ch]' 'tools/*.c' | xargs clang-format -i

clean:
	rm -rf build build-asan build-fuzz
