# plantd: `make help` lists what can be asked for. Every section belongs to one part of the project.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
SHELL := /bin/bash

# The system's Python: OpenCV with GStreamer is installed for it and for no other.
PYTHON ?= /usr/bin/python3
export PYTHON

.PHONY: help
help:                   ## list these targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# ---- environments -------------------------------------------------------------------------------
# System packages. The environments see OpenCV and numpy of the system.
SYSTEM_PACKAGES = python3-venv python3-pip 'python3-opencv|libopencv-python' python3-numpy \
	gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good

.PHONY: system-packages venv venv-host mypy36
system-packages:        ## install the missing Debian or Ubuntu packages (with sudo)
	@tools/system_packages.sh $(SYSTEM_PACKAGES)

venv: system-packages   ## make .venv: what a device has, and the test tools
	@tools/environment.sh .venv pins-device requirements/device.txt requirements/test.txt requirements/lint.txt

venv-host: system-packages  ## make .venv-host: adds TensorFlow, for import and training
	@tools/environment.sh .venv-host pins-host requirements/host.txt requirements/host-nodeps.txt \
		requirements/test.txt

mypy36: system-packages
	@tools/environment.sh --own .venv-mypy36 pins-mypy36 requirements/mypy36.txt
