# Petrel: `make` alone says what there is. GNU make, Debian 12 or later, Swift 6.2 or later.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# What Debian has for it: libraries to build with, the time zones, and the server of the private
# database. The only list of them.
PACKAGES := pkg-config g++ libpq-dev libcurl4-openssl-dev libsqlite3-dev libyaml-dev libssl-dev \
  libsimdjson-dev libpcre2-dev zlib1g-dev tzdata postgresql

# What of it shows on a system without dpkg: libraries as pkg-config calls them, and programs.
LIBRARIES := libpq libcurl sqlite3 yaml-0.1 openssl simdjson libpcre2-8 zlib
PROGRAMS := pkg-config c++

# Empty: as PETREL_ variables, DATA/petrel.yaml or the defaults say.
DATA ?=
LISTEN ?=
PREFIX ?= /usr/local
TESTFLAGS ?=
TARGET ?= $(notdir $(wildcard Tests/Fuzz/Corpus/*))
SECONDS ?= 60
KILLS ?= 2000
POINTS ?= all
IMAGES ?= 10000
ONLY ?=
SEED ?= 1
COUNT ?= 1000

BINARY := .build/release/petrel
SOURCES := Package.swift $(shell find Sources -type f)
FORMAT := swift format
FORMATTED := Package.swift Sources Tests bench

.PHONY: help
help: ## Show this help
	@echo 'Petrel, an event-driven automation engine. What make can do:'
	@echo
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) \
	  | while IFS='|' read -r name about; do printf '%-16s %s\n' "$$name" "$$about"; done
	@echo
	@echo 'Settings: DATA=DIR LISTEN=HOST:PORT (run), PREFIX=/usr/local DESTDIR= (install),'
	@echo '          TESTFLAGS= (test), such as: make test TESTFLAGS="--filter JSONTests"'
	@echo '          TARGET= SECONDS= (fuzz), such as: make fuzz TARGET=json SECONDS=600'
	@echo '          KILLS=2000 POINTS=all IMAGES=10000 (faults), such as: make faults KILLS=100'
	@echo '          ONLY= (bench), such as: make bench ONLY=match,intake'
	@echo '          SEED=1 COUNT=1000 (simulate), such as: make simulate SEED=7 COUNT=1'

.PHONY: run
run: packages $(BINARY) ## Install what is missing, build a release and start it
	@exec $(BINARY) up $(if $(DATA),--data '$(DATA)') $(if $(LISTEN),--listen '$(LISTEN)')

.PHONY: build
build: packages $(BINARY) ## Build a release with the Swift runtime inside

$(BINARY): $(SOURCES)
	@$(MAKE) swift
	swift build -c release --static-swift-stdlib --product petrel
	@touch $@

.PHONY: test
test: packages swift ## Install what is missing and run every test
	swift test --disable-xctest --no-parallel $(TESTFLAGS)

# The sanitizers change every object, so they build in a folder of their own; Debian's gold cannot
# link them. What is found stays in .build/fuzz as TARGET-crash-*; `swift run fuzz TARGET FILE` runs
# it once more.
.PHONY: fuzz
fuzz: PACKAGES += lld
fuzz: PROGRAMS += ld.lld
fuzz: packages swift ## Feed the parsers mutated inputs, SECONDS=60 for each TARGET
	swift build --product fuzz --scratch-path .build/fuzz -Xswiftc -sanitize=address,fuzzer \
	  -Xswiftc -D -Xswiftc FUZZING -Xswiftc -use-ld=lld
	@for target in $(TARGET); do \
	  mkdir -p ".build/fuzz/corpus/$$target"; \
	  echo "$$target for $(SECONDS) s"; \
	  SWIFT_BACKTRACE=enable=no .build/fuzz/debug/fuzz "$$target" -max_total_time=$(SECONDS) \
	    -verbosity=0 -timeout=10 -rss_limit_mb=2048 -artifact_prefix=".build/fuzz/$$target-" \
	    ".build/fuzz/corpus/$$target" "Tests/Fuzz/Corpus/$$target"; \
	done

# The tests of `make test` with larger numbers. What lets calls of the system fail is strace.
.PHONY: faults
faults: PACKAGES += strace
faults: PROGRAMS += strace
faults: packages swift ## Kill, cut off and fail everything, KILLS=2000 POINTS=all IMAGES=10000
	KILLS='$(KILLS)' POINTS='$(POINTS)' IMAGES='$(IMAGES)' swift test --disable-xctest \
	  --no-parallel --filter '^FaultTests[.]|PowerLossTests'

.PHONY: simulate
simulate: packages swift ## Run the engine from seeds under faults, SEED=1 COUNT=1000
	@swift build -c release --static-swift-stdlib --product simulate
	@.build/release/simulate '$(SEED)' '$(COUNT)'

# Standard output is for the figures alone.
.PHONY: bench
bench: ## Measure what it costs: a line of JSON a figure, and a table
	@$(MAKE) packages $(BINARY) >&2
	@swift build -c release --static-swift-stdlib --product bench >&2
	@.build/release/bench $(ONLY)

.PHONY: lint
lint: swift ## Check the form of the sources
	@$(FORMAT) lint --recursive --strict --parallel --configuration .swift-format $(FORMATTED)
	@echo 'the sources are in form'

.PHONY: format
format: swift ## Bring the sources into form
	@$(FORMAT) --in-place --recursive --parallel --configuration .swift-format $(FORMATTED)

.PHONY: install
install: packages $(BINARY) ## Install program and content below PREFIX
	install -d '$(DESTDIR)$(PREFIX)/bin' '$(DESTDIR)$(PREFIX)/share/petrel'
	install -m 755 $(BINARY) '$(DESTDIR)$(PREFIX)/bin/petrel'
	@for folder in topics packs migrations; do \
	  rm -rf '$(DESTDIR)$(PREFIX)/share/petrel/'"$$folder"; \
	  cp -R "$$folder" '$(DESTDIR)$(PREFIX)/share/petrel/'; \
	done
	@echo "installed; start it with '$(PREFIX)/bin/petrel up --data DIR'"

.PHONY: clean
clean: ## Remove what was built; the data stay
	rm -rf .build

# Only what dpkg says is missing is installed, so that nobody needs to be root a second time. Without
# dpkg it is only said.
.PHONY: packages
packages:
	@missing=(); \
	if ! command -v dpkg-query >/dev/null; then \
	  for name in $(PROGRAMS); do \
	    command -v "$$name" >/dev/null || missing+=("$$name"); \
	  done; \
	  for name in $(LIBRARIES); do \
	    ! command -v pkg-config >/dev/null || pkg-config --exists "$$name" || missing+=("$$name"); \
	  done; \
	  [ $${#missing[@]} -gt 0 ] || exit 0; \
	  echo "error: this is no Debian, so install yourself: $${missing[*]}" >&2; \
	  exit 1; \
	fi; \
	for name in $(PACKAGES); do \
	  state=$$(dpkg-query -W -f='$${db:Status-Status}' "$$name" 2>/dev/null || true); \
	  [ "$$state" = installed ] || missing+=("$$name"); \
	done; \
	[ $${#missing[@]} -gt 0 ] || exit 0; \
	if [ "$$(id -u)" = 0 ]; then as=(); \
	elif command -v sudo >/dev/null; then as=(sudo); \
	else \
	  echo "error: Debian packages are missing; as root: apt-get install -y $${missing[*]}" >&2; \
	  exit 1; \
	fi; \
	echo "installing $${missing[*]}"; \
	export DEBIAN_FRONTEND=noninteractive; \
	"$${as[@]}" apt-get update -q; \
	"$${as[@]}" env DEBIAN_FRONTEND=noninteractive \
	  apt-get install -y -q --no-install-recommends "$${missing[@]}"

.PHONY: swift
swift:
	@command -v swift >/dev/null || { \
	  echo 'error: there is no swift on PATH; get Swift 6.2 or later from' \
	    'https://www.swift.org/install/linux and put its usr/bin on PATH' >&2; \
	  exit 1; \
	}
