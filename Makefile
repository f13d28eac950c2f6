# plantd: `make help` lists what can be asked for. Every section belongs to one part of the project.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
SHELL := /bin/bash

# The system's Python: OpenCV with GStreamer is installed for it and for no other. Another one, whose
# OpenCV has none: make test-device PYTHON=/opt/python WITHOUT_GSTREAMER=1
PYTHON ?= /usr/bin/python3
export PYTHON WHEELHOUSE WITHOUT_GSTREAMER

.PHONY: help
help:                   ## list these targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# ---- environments -------------------------------------------------------------------------------
# System packages. The environments see OpenCV and numpy of the system.
SYSTEM_PACKAGES = procps python3-venv python3-pip 'python3-opencv|libopencv-python' python3-numpy \
	gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good

.PHONY: system-packages venv venv-host venv-cluster venv-distribute venv-lint mypy36
system-packages:        ## install the missing Debian or Ubuntu packages (with sudo)
	@tools/system_packages.sh $(SYSTEM_PACKAGES)

venv: system-packages   ## make .venv: what a device has, and the test tools
	@tools/environment.sh .venv device requirements/device.txt requirements/display.txt \
		requirements/display-nodeps.txt requirements/test.txt

venv-host: system-packages  ## make .venv-host: adds TensorFlow, for import and training
	@tools/environment.sh .venv-host host requirements/host.txt requirements/host-nodeps.txt \
		requirements/test.txt

venv-cluster: system-packages  ## make .venv-cluster: what .venv-host has, and Ray, for --cluster
	@tools/environment.sh .venv-cluster cluster requirements/host.txt requirements/host-nodeps.txt \
		requirements/test.txt requirements/cluster.txt

venv-distribute: system-packages  ## make .venv-distribute: Keras on JAX, for weights --distribute
	@tools/environment.sh .venv-distribute distribute requirements/distribute.txt requirements/test.txt

venv-lint: system-packages
	@tools/environment.sh --own .venv-lint lint requirements/lint.txt

mypy36: system-packages
	@tools/environment.sh --own .venv-mypy36 mypy36 requirements/mypy36.txt

# ---- demo ---------------------------------------------------------------------------------------
.PHONY: demo play
demo: venv              ## the main job once, on a drawn plant; PHOTO=... or SOURCE=... for your own
	@.venv/bin/python tools/demo.py --photo "$(PHOTO)" --source "$(SOURCE)"

play: venv              ## keep it running: webcam or drawn pictures, Enter is the button; PICTURES=folder SOURCE=...
	@.venv/bin/python tools/play.py --pictures "$(PICTURES)" --source "$(SOURCE)"

# ---- tests --------------------------------------------------------------------------------------
# tests/host needs TensorFlow and runs in .venv-host; tests/bench measures and asserts nothing;
# tests/device needs a real one: make device-test; tests/browser a browser: make browser; tests/mqtt a broker: make mqtt;
# tests/cluster Ray: make cluster; tests/distribute JAX: make distribute; tests/gpsd a gpsd: make gpsd;
# tests/host/study as long as a tenth of all others: make test-study.
DEVICE_TESTS = tests --ignore=tests/host --ignore=tests/bench --ignore=tests/device \
	--ignore=tests/browser --ignore=tests/monitoring --ignore=tests/mqtt --ignore=tests/cluster \
	--ignore=tests/gpsd --ignore=tests/distribute
# The pure core and the story of one press: every line and every branch is run by a test.
CORE = $(addprefix daemon/plantd/,tensor.py heads.py verdict.py assessment.py wire.py pipeline.py)
CORE_TESTS = tests/property/test_heads.py tests/property/test_verdict.py $(patsubst daemon/plantd/%,tests/unit/plantd/test_%,$(CORE))
COVERAGE = .venv/bin/python -m coverage
# As many processes as the machine has processors, or JOBS=N; a file's tests stay together, so that
# they share what it sets up.
JOBS ?= auto
PYTEST = -m pytest -n $(JOBS) --dist loadfile
# The device's tests wait much for services that they started: two processes more than processors.
DEVICE_PYTEST = -m pytest -n $(if $(filter auto,$(JOBS)),$$(($$(nproc) + 2)),$(JOBS)) --dist loadfile
JUNIT = build/junit

.PHONY: test test-device test-host test-study browser venv-browser monitoring mqtt gpsd cluster distribute metrics-reference api-reference venv-fuzz fuzz-api test-bfloat16 test-aiohttp coverage coverage-all
test:                   ## install what is needed, run all tests, print cost and sum; ARGS=... goes to pytest
	@status=0; rm -rf $(JUNIT); reports=$(JUNIT)/device.xml; costs=; \
	timed() { local began=$$SECONDS good=0; $(MAKE) $$1 || good=1; \
	  costs="$$costs $$1=$$((SECONDS - began))"; return $$good; }; \
	timed venv || exit 1; timed test-device || status=1; \
	left_out=$$($(PYTHON) tools/left_out.py); \
	if [ -n "$$left_out" ]; then echo "== left out: $$left_out"; \
	else timed venv-host && timed test-host || status=1; reports="$$reports $(JUNIT)/host.xml"; fi; \
	.venv/bin/python tools/costs_of_tests.py $$costs $$reports; \
	.venv/bin/python tools/sum_junit.py --left-out "$$left_out" $$reports || status=1; \
	exit $$status

# The tests take frames over shared memory from another program (shmsink is in "bad"), make a release
# (git), run an example with curl, sign models (gpg), and listen to what espeak-ng says (aplay plays
# it to nobody).
TEST_PACKAGES = alsa-utils gstreamer1.0-plugins-bad curl espeak-ng git gpg gpg-agent gpgv

test-device: venv       ## the tests of what runs on a device, in .venv
	@tools/system_packages.sh $(TEST_PACKAGES)
	@echo "== tests of the device's side, in .venv"
	@mkdir -p $(JUNIT)
	@.venv/bin/python $(DEVICE_PYTEST) $(DEVICE_TESTS) \
	  $(if $(WITHOUT_GSTREAMER),--without-gstreamer) --junitxml=$(JUNIT)/device.xml $(ARGS)

test-host: venv-host    ## the tests of import, calibration and training, in .venv-host
	@echo "== tests of the workstation's side, in .venv-host"
	@mkdir -p $(JUNIT)
	@TF_CPP_MIN_LOG_LEVEL=2 .venv-host/bin/python $(PYTEST) tests/host --ignore=tests/host/study \
	  --junitxml=$(JUNIT)/host.xml $(ARGS)

test-study: venv-host   ## the study's own networks, a ResNet-50 a head: trained, frozen, imported, served
	@mkdir -p $(JUNIT)
	@TF_CPP_MIN_LOG_LEVEL=2 .venv-host/bin/python -m pytest -n 0 tests/host/study --junitxml=$(JUNIT)/study.xml $(ARGS)

test-bfloat16: venv-host ## the trainer in bfloat16; installs torch into .venv-host, which is large
	@.venv-host/bin/python -m pip --disable-pip-version-check install --quiet -r requirements/torch.txt
	@TF_CPP_MIN_LOG_LEVEL=2 .venv-host/bin/python -m pytest -n 0 -rs \
	  tests/host/plantd_training/networks/test_folded_lite.py

test-aiohttp: venv      ## the API's tests with the aiohttp of a device's Python 3.6
	@tools/aiohttp_of_the_device.sh .venv/bin/python build/aiohttp

venv-browser: system-packages  ## make .venv-browser: what a device has, and what drives a browser
	@tools/environment.sh .venv-browser browser requirements/device.txt requirements/test.txt \
		requirements/browser.txt

# One process: each test has a service and a browser of its own, and two cores are soon full.
browser: venv-browser   ## the page in Debian's Chromium, before a whole service; writes build/screenshots
	@tools/system_packages.sh chromium fonts-dejavu-core
	@mkdir -p $(JUNIT)
	@.venv-browser/bin/python -m pytest tests/browser --junitxml=$(JUNIT)/browser.xml $(ARGS)

monitoring: venv        ## metrics, alerts and dashboard judged by Debian's Prometheus, before a whole service
	@tools/prometheus.sh build/prometheus
	@mkdir -p $(JUNIT)
	@.venv/bin/python -m pytest tests/monitoring --junitxml=$(JUNIT)/monitoring.xml $(ARGS)

mqtt: venv              ## verdicts for a broker, before Debian's mosquitto; with both versions of paho-mqtt
	@tools/system_packages.sh mosquitto mosquitto-clients openssl
	@mkdir -p $(JUNIT)
	@.venv/bin/python -m pytest tests/mqtt --junitxml=$(JUNIT)/mqtt.xml $(ARGS)
	@tools/mqtt_of_the_device.sh .venv/bin/python build/paho

cluster: venv-cluster   ## two machines train as one, and one is killed in the middle; network namespaces, needs root
	@tools/system_packages.sh iproute2
	@mkdir -p $(JUNIT)
	@TF_CPP_MIN_LOG_LEVEL=2 .venv-cluster/bin/python -m pytest -n 0 tests/cluster --junitxml=$(JUNIT)/cluster.xml $(ARGS)

distribute: venv-distribute venv-host  ## two machines train one network together, and one is killed; network namespaces, needs root
	@tools/system_packages.sh iproute2
	@mkdir -p $(JUNIT)
	@KERAS_BACKEND=jax .venv-distribute/bin/python -m pytest -n 0 tests/distribute --junitxml=$(JUNIT)/distribute.xml $(ARGS)

gpsd: venv              ## the box's place by Debian's gpsd, fed a receiver's sentences, before a whole service
	@tools/system_packages.sh gpsd
	@mkdir -p $(JUNIT)
	@.venv/bin/python -m pytest tests/gpsd -n 0 --junitxml=$(JUNIT)/gpsd.xml $(ARGS)

metrics-reference: venv  ## write docs/metrics.md from the figures themselves
	@.venv/bin/python tools/metrics_reference.py

api-reference: venv     ## write docs/openapi.json and docs/api.md from the API's own calls
	@.venv/bin/python tools/api_reference.py

venv-fuzz: system-packages
	@tools/environment.sh --own .venv-fuzz fuzz requirements/fuzz.txt

fuzz-api: venv venv-fuzz  ## schemathesis on a real service, by the API's own description; ARGS='--max-examples=500'
	@tools/system_packages.sh socat
	@.venv/bin/python tools/fuzz_api.py --schemathesis "$$PWD/.venv-fuzz/bin/schemathesis" -- $(or $(ARGS),--max-examples=50)

# By the core's own tests alone: tracing makes the whole suite half as long again.
coverage: venv          ## the core's own tests; fails unless they cover it, lines and branches, to 100 %
	@echo "== coverage of the core: 100 % or failure"
	@mkdir -p build/coverage; rm -f build/coverage/data
	@.venv/bin/python -m pytest -n 0 -q $(CORE_TESTS) --cov --cov-config=setup.cfg --cov-report=
	@status=0; for file in $(CORE); do \
	  if $(COVERAGE) report --include=$$file --fail-under=100 --precision=2 >build/coverage/report 2>&1; \
	  then echo "$$file: 100 %"; \
	  else echo "$$file: not covered to 100 %:"; cat build/coverage/report; status=1; fi; \
	done; exit $$status

coverage-all: venv      ## the device's tests under coverage, and what no test reaches
	@mkdir -p build/coverage; rm -f build/coverage/data
	@.venv/bin/python $(PYTEST) $(DEVICE_TESTS) --cov --cov-config=setup.cfg --cov-report=
	@$(COVERAGE) report

.PHONY: roots pythons python36 wheels-tx2 arm64 nspawn vm
roots:                  ## bare Debians: make demo and the device's tests as an ordinary user; SUITES='trixie'
	@tests/system/roots/roots.sh $(SUITES)

pythons:                ## the device's tests and the installation on Python 3.6 (pip 9), 3.8 and 3.10
	@tests/system/roots/pythons.sh $(VERSIONS)

wheels-tx2: venv        ## look up for aarch64 what Python 3.6 is pinned to; downloads, runs nothing
	@tests/system/roots/wheels.sh .venv/bin/python

arm64:                  ## make demo in a bare Debian for a Jetson's processor, emulated; ARM64_TESTED='tests/contract' tests too
	@tests/system/roots/arm64.sh

python36:               ## the same on Python 3.6 alone
	@tests/system/roots/pythons.sh 3.6

nspawn:                 ## the installed package under a real systemd, in a container; needs root
	@tests/system/machine/nspawn.sh

vm:                     ## the same on a kernel with a camera node and a GPIO chip, emulated; needs root
	@tests/system/vm/vm.sh

.PHONY: wiring
wiring:                 ## draw docs/wiring.svg and its pin tables from the code's own
	@python3 tools/draw_wiring.py

# ---- documentation ----------------------------------------------------------------------------
.PHONY: venv-docs docs
venv-docs: system-packages
	@tools/environment.sh --own .venv-docs docs requirements/docs.txt

docs: venv-docs         ## build/docs/site from README, docs/ and the rooms' READMEs, by mkdocs; strict
	@tools/system_packages.sh git
	@.venv-docs/bin/python tools/docs_site.py

.PHONY: venv-recording recording
venv-recording: system-packages
	@tools/environment.sh .venv-recording recording requirements/device.txt requirements/recording.txt

recording: venv venv-recording  ## type make play into a terminal and draw what it prints: docs/play.svg
	@PYTHONPATH=daemon:tests .venv-recording/bin/python tools/recording.py

# ---- lint ---------------------------------------------------------------------------------------
# Folders that hold a package; a room that is not built yet is left out.
rooms = $(patsubst %/__init__.py,%,$(wildcard $(addsuffix /__init__.py,$(1))))
LISTED := $(shell cat tools/device_sources.txt)
DEVICE_SOURCES := $(call rooms,$(LISTED)) $(filter %.py,$(LISTED))
HOST_SOURCES := $(call rooms,calibration/plantd_calibration engines/plantd_import engines/plantd_training fleet/plantd_fleet)
PYTHON_SOURCES = $(wildcard daemon engines calibration fleet systemd tests tools examples) setup.py

.PHONY: lint ruff vermin mypy shellcheck format
lint: venv venv-host venv-lint mypy36  ## check style, Python 3.6, types and shell scripts
	@status=0; for part in ruff vermin mypy shellcheck; do $(MAKE) $$part || status=1; done; exit $$status

ruff: venv-lint
	@echo "== ruff: rules and format"
	@status=0; .venv-lint/bin/ruff check $(PYTHON_SOURCES) || status=1; \
	.venv-lint/bin/ruff format --check $(PYTHON_SOURCES) || status=1; exit $$status

vermin: venv
	@echo "== vermin: what runs on a device needs no more than Python 3.6"
	@.venv/bin/vermin -t=3.6- --violations --no-tips --eval-annotations $(DEVICE_SOURCES)

# mypy 0.971 cannot see the types of aiohttp and numpy; the current one checks their uses (where
# numpy's own say Any, what is returned cannot be checked).
mypy: venv venv-host venv-lint mypy36
	@status=0; echo "== mypy 0.971, strict, Python 3.6: $(DEVICE_SOURCES)"; \
	.venv-mypy36/bin/python -m mypy --python-version 3.6 --allow-subclassing-any \
	  --allow-untyped-decorators $(DEVICE_SOURCES) || status=1; \
	echo "== mypy, strict: $(DEVICE_SOURCES)"; \
	.venv-lint/bin/python -m mypy --python-executable .venv/bin/python --no-warn-return-any $(DEVICE_SOURCES) || status=1; \
	echo "== mypy, strict: $(HOST_SOURCES) tools examples"; \
	.venv-lint/bin/python -m mypy --python-executable .venv-host/bin/python --follow-imports=silent \
	  $(HOST_SOURCES) tools/*.py tools/deb/*.py examples/own_backend.py || status=1; exit $$status

shellcheck:
	@tools/system_packages.sh shellcheck
	@echo "== shellcheck"
	@grep -rlE --exclude-dir=.git --exclude-dir='.venv*' --exclude-dir=build '^#!/bin/(ba)?sh' . | xargs shellcheck

format: venv-lint       ## let ruff format and repair what it can
	@.venv-lint/bin/ruff check --fix $(PYTHON_SOURCES); .venv-lint/bin/ruff format $(PYTHON_SOURCES)

# ---- installation -------------------------------------------------------------------------------
.PHONY: install uninstall wheelhouse
install: system-packages  ## as root: the service, its units, user, configuration and model
	@systemd/install.sh

uninstall:              ## as root: remove it; data and configuration stay unless PURGE=1
	@PURGE="$(PURGE)" systemd/uninstall.sh

wheelhouse: system-packages  ## gather the packages that make install needs, for a machine without network
	@systemd/wheelhouse.sh build/wheelhouse

# ---- Debian packages ----------------------------------------------------------------------------
DEB_PACKAGES = bash-completion debhelper dpkg-dev git lintian man-db

.PHONY: venv-deb deb repository site-package test-deb test-repository nspawn-deb venv-ansible ansible
venv-deb: system-packages
	@tools/environment.sh .venv-deb deb requirements/device.txt requirements/deb.txt

deb: venv-deb           ## build the Debian packages, into build/deb; PYTHONS='3.11' or ARCH=arm64 for others
	@tools/system_packages.sh $(DEB_PACKAGES)
	@tools/deb/build.sh .venv-deb/bin/python

repository: deb         ## build the packages into a signed repository for apt; KEY=OWNER REPOSITORY=FOLDER, a stick's
	@tools/system_packages.sh aptly gpg gpg-agent
	@tools/deb/repository.sh "$(KEY)" "$(REPOSITORY)"

site-package: venv      ## make a package of a site's configuration, into build/deb; SITE=site.yaml VERSION=2026.11.1
	@tools/deb/site.sh .venv/bin/python "$(SITE)" "$(VERSION)"

test-deb: venv          ## build/deb in bare Debians: install, use, upgrade, remove, purge; DEB_SUITES='trixie'
	@tools/system_packages.sh $(DEB_PACKAGES)
	@mkdir -p $(JUNIT)
	@.venv/bin/python -m pytest -o python_files='check_*.py' --junitxml=$(JUNIT)/deb.xml \
	  tests/system/package/check_contents.py
	@tests/system/package/roots.sh $(DEB_SUITES)

test-repository: venv   ## a signed repository before the real apt, and build/deb from a stick in a bare Debian 12
	@tools/system_packages.sh $(DEB_PACKAGES) aptly gpg gpg-agent faketime
	@mkdir -p $(JUNIT)
	@.venv/bin/python -m pytest -o python_files='check_*.py' --junitxml=$(JUNIT)/repository.xml \
	  tests/system/package/check_repository.py
	@tests/system/package/repository_root.sh

nspawn-deb:             ## build/deb under a real systemd: boot, press, upgrade, remove, purge; needs root
	@tests/system/machine/nspawn_deb.sh

venv-ansible: system-packages  ## make .venv-ansible: Ansible for fleet/ansible, and what plantd-fleet needs to ask boxes
	@tools/environment.sh --own .venv-ansible ansible requirements/ansible.txt

ansible: venv venv-ansible  ## build/deb onto three boxes under a real systemd, by fleet/ansible over SSH; needs root
	@tests/system/boxes/boxes.sh .venv/bin/python .venv-ansible

# ---- pins ---------------------------------------------------------------------------------------
.PHONY: pins clean
pins:                   ## resolve anew and write the pins of each Python, of ~/.pyenv; VERSIONS='3.6 3.13'
	@tools/pins.sh $(VERSIONS)

clean:                  ## remove what make made, except the environments
	rm -rf build dist *.egg-info .pytest_cache .hypothesis .mypy_cache .ruff_cache

# ---- engine -------------------------------------------------------------------------------------
BUNDLE ?= engines/bundles/plants70
# On an installed box what is installed does it, and nothing is fetched.
INSTALLED := $(wildcard /opt/plantd/venv/bin/python3)
STUDY = build/rtx/study-tiny.onnx build/rtx/study-full.onnx

.PHONY: engine device-test rtx-build bindings-check venv-rtx
engine: $(if $(INSTALLED),,venv)  ## build and prove the engine for this machine; BUNDLE=... ARGS=... (--force)
	@tools/engine.sh $(or $(INSTALLED),.venv/bin/python) "$(BUNDLE)" $(ARGS)

device-test: venv       ## on a real Jetson: every engine there; a missing backend is a failure
	@.venv/bin/python -m pytest tests/device -s --junitxml=build/junit/real-device.xml $(ARGS)

venv-rtx: system-packages  ## make .venv-rtx: TensorRT-RTX, proprietary, NVIDIA's licence
	@tools/environment.sh --own .venv-rtx rtx requirements/rtx.txt

rtx-build: venv-host venv-rtx  ## build plans for several GPUs with TensorRT-RTX; needs no GPU
	@.venv-host/bin/python tools/rtx_graphs.py build/rtx tiny full engines/bundles/plants70
	@PYTHONPATH=daemon:engines .venv-rtx/bin/python tools/rtx_build.py \
	  engines/bundles/plants70/model.onnx $(STUDY) build/rtx/plants70-int8.onnx

bindings-check: venv-rtx  ## the INT8 calibrator, asked from C++ through NVIDIA's bindings of TensorRT 8.6
	@tools/system_packages.sh gcc libc6-dev
	@PYTHONPATH=daemon:engines .venv-rtx/bin/python tools/bindings_check.py

# ---- drawing ------------------------------------------------------------------------------------
.PHONY: architecture
architecture: venv      ## draw the rooms of docs/architecture.md anew, from the code's own imports
	@tools/system_packages.sh graphviz
	@PYTHONPATH=tests .venv/bin/python tools/draw_architecture.py

# ---- release ------------------------------------------------------------------------------------
.PHONY: release
release:                ## version, changelog, measurements, commit and tag: make release VERSION=1.2.3
	@test -n "$(VERSION)" || { echo "make release: say which: VERSION=1.2.3"; exit 64; }
	@$(PYTHON) tools/release.py "$(VERSION)"

# ---- record of a board --------------------------------------------------------------------------
.PHONY: device-record
device-record: $(if $(INSTALLED),,venv)  ## one redacted file about this board, for tests/data/boards; ARGS=... (--date 2026-06-01)
	@tools/device_record.sh $(or $(INSTALLED),.venv/bin/python) "$(BUNDLE)" $(ARGS)

# ---- bench --------------------------------------------------------------------------------------
BENCH = PYTHONPATH=tools:tests .venv/bin/python tests/bench

.PHONY: bench bench-table bench-press bench-turns bench-rest bench-photos bench-damage bench-record bench-fleet bench-growth
bench: bench-table bench-press bench-rest bench-record bench-fleet $(if $(DATA),bench-photos) bench-compare  ## measure everything; DATA=../shared/plants70 adds photographs

bench-table: venv venv-host  ## each stage beside what a user would take instead; ROUNDS=7, TORCH=1 adds torchvision, 3 GB to fetch
	@tools/system_packages.sh libturbojpeg0
	@tools/environment.sh --own .venv-bench bench requirements/bench.txt $(if $(TORCH),requirements/bench-torch.txt)
	@$(BENCH)/table.py --rounds $(or $(ROUNDS),7)

bench-press: venv       ## what a press costs beside frame and network, and memory; PRESSES=200
	@$(BENCH)/press.py --presses $(or $(PRESSES),200)

bench-turns: venv       ## captures of this checkout and of another in turn, for a busy machine; BASE=folder PRESSES=150
	@$(BENCH)/turns.py --base "$(BASE)" --presses $(or $(PRESSES),150)

bench-rest: venv        ## start, idle processor, status, lists of a large record; VERDICTS=1000000 FOLDER=...
	@$(BENCH)/rest.py --verdicts $(or $(VERDICTS),1000000) $(if $(FOLDER),--folder "$(FOLDER)")

bench-photos: venv      ## photographs by camera against the same ones sent in; DATA=..., EACH=1
	@$(BENCH)/photos.py --data "$(DATA)/test" --each $(or $(EACH),1)

bench-damage: venv      ## spoilt bytes inside camera frames: what becomes of the answers; DATA=..., EACH=3
	@$(BENCH)/damage.py --data "$(DATA)/test" --each $(or $(EACH),3)

bench-record: venv      ## the first verdicts of a large record after a kill, cache cold; MB=820, FOLDER=...
	@$(BENCH)/record.py --megabytes $(or $(MB),820) $(if $(FOLDER),--folder "$(FOLDER)")

bench-fleet: venv-host  ## a million drawn verdicts of forty boxes collected, and every question asked; VERDICTS=1000000
	@.venv-host/bin/python tests/bench/fleet.py --verdicts $(or $(VERDICTS),1000000) $(if $(FOLDER),--folder "$(FOLDER)")

bench-growth: venv-host  ## seconds and memory of a training a photograph, and a plan for many; PHOTOS=96 MEMORY=1500
	@.venv-host/bin/python tests/bench/growth.py --photos $(or $(PHOTOS),96) --memory $(or $(MEMORY),1500) $(if $(FOLDER),--folder "$(FOLDER)")

# ---- campaigns ----------------------------------------------------------------------------------
.PHONY: campaigns
campaigns: venv         ## do harm again and again, count what held; COUNT=200, HOURS=..., NAMES='kills'
	@PYTHONPATH=tests:tools .venv/bin/python -m campaigns $(NAMES) --count $(or $(COUNT),200) --hours $(or $(HOURS),0)

# ---- mutants and audit -----------------------------------------------------------------------
# Minutes a module on a quiet machine, a quarter of an hour on a busy one: MODULES='verdict heads' chooses.
.PHONY: mutation audit
mutation: venv          ## change the pure core in one place at a time: do its tests notice? MODULES=verdict
	@tools/environment.sh --own .venv-mutation mutation requirements/mutation.txt
	@tools/mutation.sh .venv/bin/python .venv-mutation/bin/mutmut $(or $(MODULES),verdict heads tensor wire quality)

audit: system-packages  ## ask PyPI for known weaknesses of the pinned packages; needs the network
	@tools/environment.sh --own .venv-audit audit requirements/audit.txt
	@status=0; for pins in requirements/pins/*.txt; do echo "== $$pins"; \
	  .venv-audit/bin/pip-audit --strict --disable-pip --no-deps --progress-spinner off -r "$$pins" || status=1; \
	done; exit $$status

# ---- compare ------------------------------------------------------------------------------------
.PHONY: bench-compare
bench-compare: venv-host  ## time every runtime: the 2019 network and the default bundle
	@.venv-host/bin/plantd-import compare --study full --bundle engines/bundles/plants70 \
		--out build/bench/compare
