# The front door: installs what is missing (and says what), builds, tests. `make help` lists the targets.
BUILD ?= build
PREFIX ?= /usr/local
FUZZ_SECONDS ?= 30
JOBS ?=
NINJA = ninja $(if $(JOBS),-j$(JOBS)) -C
# Says nothing unless it fails.
quietly = out=$$($(1) 2>&1) || { echo "$$out" >&2; exit 1; }
SANITIZE = -Db_sanitize=address,undefined -Db_lundef=false

all: $(BUILD)/build.ninja
	@$(NINJA) $(BUILD) --quiet inchworm all

help:
	@echo 'make            build $(BUILD)/inchworm, installing what is missing'
	@echo 'make demo       lint, plan, up, status and down on an example project with SQLite'
	@echo 'make test       all tests, with database servers that the tests start themselves'
	@echo 'make check      formatting, layers, sizes, symbols, rendered docs, a build with clang'
	@echo 'make bench      Inchworm beside the tools that a user would pick instead'
	@echo 'make fuzz       every fuzzer for FUZZ_SECONDS=$(FUZZ_SECONDS), with ASan and UBSan'
	@echo 'make install    to DESTDIR and PREFIX=$(PREFIX)'
	@echo 'make clean      remove what was built'

demo: all
	@tools/demo $(BUILD)/inchworm

test:
	@tools/install-deps test
	@tests/run

check: all build-clang/build.ninja
	@tools/check $(BUILD) build-clang

bench: build-release/build.ninja
	@tools/install-deps test
	@$(NINJA) build-release --quiet inchworm measure
	@bench/run

fuzz: build-fuzz/build.ninja
	@$(NINJA) build-fuzz --quiet
	@tools/fuzz build-fuzz $(FUZZ_SECONDS)

install: build-release/build.ninja
	@meson configure build-release -Dprefix='$(PREFIX)'
	@$(NINJA) build-release --quiet inchworm
	@DESTDIR='$(DESTDIR)' meson install -C build-release --quiet

$(BUILD)/build.ninja:
	@tools/install-deps build
	@$(call quietly,meson setup $(BUILD))

build-release/build.ninja:
	@tools/install-deps build
	@$(call quietly,meson setup build-release --buildtype=release)

build-clang/build.ninja:
	@tools/install-deps check
	@$(call quietly,CC=clang-14 meson setup build-clang)

build-fuzz/build.ninja:
	@tools/install-deps check
	@$(call quietly,CC=clang-14 meson setup build-fuzz -Dfuzz=true $(SANITIZE) -Dc_args=-fsanitize=fuzzer-no-link)

clean:
	rm -rf build build-*

.PHONY: all help demo test check bench fuzz install clean
