# make test       install the test dependencies and run every test
# make unit       run the tests that need no other programs (cargo test)
# make later      run the library and process tests with the system clock at 2029-01-01
# make clients    run the tests with other programs and a real browser
# make test-long  run the tests that take over an hour: 10,000 idle connections, 200,000 addresses, a year of edits,
#                 a day of faults, 1,000,000 events, 20,000 series, every hour of every zone
# make bench      measure reading, memory and responses beside bare csv, icalendar, nginx and bare hyper
# make deb        build a Debian package in target/debian
# make pictures   take the screenshots of the README
# make bounds     measure the memory that hostile input takes, with a release build
# make fuzz       run each fuzz target for SECONDS (600)

NEEDS := target/clients
PYTHON := $(NEEDS)/venv/bin/python
export PYTHONDONTWRITEBYTECODE := 1
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.PHONY: test test-long format rust lint unit later docs clients bench deb pictures bounds fuzz

LINT := cargo clippy --all-targets --locked -- -D warnings
UNIT := cargo test --locked
DOCS := RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --locked --quiet

# The dependencies are downloaded while the compiler runs.
test: format
	$(MAKE) --jobs 3 $(NEEDS)/ready rust
	$(MAKE) clients later

rust: export MAKEFLAGS :=
rust:
	$(LINT)
	$(UNIT)
	$(DOCS)

format:
	cargo fmt --check

lint:
	$(LINT)

unit:
	$(UNIT)

docs:
	$(DOCS)

# No test depends on the date. The monotonic clock and the times of files are not faked. The tests in `licences` run
# cargo, which hangs under faketime. Those of dates take long and read no clock.
LATER := env FAKETIME_DONT_FAKE_MONOTONIC=1 NO_FAKE_STAT=1 faketime 2029-01-01
later: $(NEEDS)/ready
	cargo test --locked --lib --test it --config "target.'cfg(unix)'.runner = '$(LATER)'" -- --skip licences --skip date_

clients: $(NEEDS)/ready
	cargo build --locked --bins --examples
	$(PYTHON) -m pytest -q -p no:cacheprovider -n 2 --dist loadfile --durations 12 --ignore tests/clients/test_hostile.py tests/clients
	$(PYTHON) -m pytest -q -p no:cacheprovider tests/clients/test_hostile.py

test-long: $(NEEDS)/ready
	cargo build --locked --bins --examples
	cargo build --locked --release
	$(PYTHON) tests/clients/long.py

pictures: $(NEEDS)/ready
	cargo build --locked --bins
	$(PYTHON) tests/clients/pictures.py

bench:
	for tool in nginx:nginx wrk:wrk h2load:nghttp2-client; do \
		command -v $${tool%%:*} >/dev/null && continue; \
		$(SUDO) apt-get update --quiet && \
		$(SUDO) apt-get install --yes --quiet --no-install-recommends $${tool##*:} || exit 1; \
	done
	cargo bench --locked

# Reproducible: paths of the machine are not part of the package.
deb: export SOURCE_DATE_EPOCH := $(shell git log -1 --format=%ct)
deb: export RUSTFLAGS := --remap-path-prefix=$(CURDIR)=/calcast --remap-path-prefix=$(HOME)/.cargo=/cargo
deb:
	command -v cargo-deb >/dev/null || cargo install cargo-deb --locked
	cargo build --locked --release
	rm -rf target/pages && target/release/calcast man target/pages
	target/release/calcast completions bash > target/pages/calcast.bash
	target/release/calcast completions zsh > target/pages/_calcast
	target/release/calcast completions fish > target/pages/calcast.fish
	cargo deb --locked --no-build

bounds:
	cargo test --locked --release --test bounds -- --nocapture

# RUSTC_BOOTSTRAP enables the sanitizers of a stable compiler.
FUZZ := RUSTC_BOOTSTRAP=1 cargo fuzz
SECONDS := 600
fuzz:
	command -v cargo-fuzz >/dev/null || cargo install cargo-fuzz --locked
	for target in table workbook cell settings front_matter respond; do \
		$(FUZZ) run --fuzz-dir tests/fuzz --target-dir target/fuzz $$target -- -max_total_time=$(SECONDS) -timeout=20 -max_len=20000 || exit 1; \
	done

# No test is skipped: a tool that cannot be installed fails the run.
$(NEEDS)/ready: tests/clients/requirements.txt tests/clients/package.json tests/clients/package-lock.json Makefile
	mkdir -p $(NEEDS)
	for tool in caddy:caddy chromium:chromium faketime:faketime java:default-jre-headless man:man-db nginx:nginx-light node:nodejs npm:npm python3:python3-venv systemd-analyze:systemd; do \
		command -v $${tool%%:*} >/dev/null && continue; \
		$(SUDO) apt-get update --quiet && \
		$(SUDO) env RUNLEVEL=1 apt-get install --yes --quiet --no-install-recommends $${tool##*:} || exit 1; \
	done
	/usr/bin/python3 -c 'import gi; gi.require_version("ICalGLib", "3.0")' 2>/dev/null || { \
		$(SUDO) apt-get update --quiet && \
		$(SUDO) apt-get install --yes --quiet --no-install-recommends python3-gi gir1.2-ical-3.0; }
	python3 -m venv $(NEEDS)/venv
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --requirement tests/clients/requirements.txt
	cp tests/clients/package.json tests/clients/package-lock.json $(NEEDS)/
	cd $(NEEDS) && npm ci --silent --no-audit --no-fund --ignore-scripts
	touch $@
