# SPDX-License-Identifier: GPL-2.0
#
# What people type.  How the kernel is made of base, patches and overlay: Kbuild.
# "make help" says what there is.

# Where everything that is made goes
B ?= build
override B := $(abspath $(B))
PREFIX ?= /usr/local

MAKEFLAGS += --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:

.PHONY: all
all: bzImage tools

include Kbuild

# ---------------------------------------------------------------------------
# Packages

.PHONY: deps deps-build
deps:
	@scripts/need build check
deps-build:
	@scripts/need --check build

# ---------------------------------------------------------------------------
# Tools

GUEST = $(MAKE) $(if $(V),,-s) -C tools/testing/guest O=$(B)/guest
.PHONY: tools bootloader-static loader icount guest install clean distclean
tools: | deps-build
	@$(MAKE) $(if $(V),,-s) -C tools/bzimage O=$(B)/tools all
	@$(MAKE) $(if $(V),,-s) -C tools/xen-bootloader O=$(B)/bootloader all
# The Xen rig's dom0 has not this host's libraries.
bootloader-static: | deps-build
	@$(MAKE) $(if $(V),,-s) -C tools/xen-bootloader O=$(B)/bootloader static
loader: | deps-build
	@$(MAKE) -s -C tools/testing/loader O=$(B)/loader
icount: | deps-build
	@$(MAKE) -s -C tools/testing/icount O=$(B)/icount $(B)/icount/libicount.so \
		$(B)/icount/libmarkcount.so $(B)/icount/init

# Not a part of the build: a 32-bit C library is needed only here.
guest:
	@scripts/need --check check
	@$(GUEST)

install:
	@$(MAKE) -C tools/bzimage O=$(B)/tools PREFIX=$(PREFIX) DESTDIR=$(DESTDIR) install
	@$(MAKE) -C tools/xen-bootloader O=$(B)/bootloader PREFIX=$(PREFIX) DESTDIR=$(DESTDIR) install

# ---------------------------------------------------------------------------
# Tests.  Each is a program that prints TAP; prove adds them up.

GROUPS := qemu grub grub-legacy syslinux kexec microvm efi own disk net fail memory
MATRIX = tools/testing/boot/matrix --image $(B)/bzImage --vmlinux $(B)/vmlinux \
	 --bzimage-tool $(B)/tools/bzimage --loader $(B)/loader/loader \
	 --work $(B)/test/boot --cache $(B)/cache
XEN_MATRIX = tools/testing/xen/matrix --image $(B)/bzImage --vmlinux $(B)/vmlinux \
	     --bzimage-tool $(B)/tools/bzimage --programs $(B)/guest \
	     --module $(B)/module/pvmodule.ko --bootloader $(B)/bootloader/bzimage-xl-static \
	     --work $(B)/test/xen --cache $(B)/cache
export BZIMAGE_CACHE ?= $(B)/cache
# Two boots at a time suit two processors; more load makes timeouts.
JOBS ?= 2

.PHONY: check check-boot check-tools check-unit check-tree check-series check-variants
.PHONY: check-loader check-icount check-style check-image check-harness check-bootloader check-xen check-guest
.PHONY: check-xen-guest check-xen-debug check-x86-64 check-lguest check-lguest-host check-run
.PHONY: $(GROUPS:%=check-%)

# Those with /1 keep one processor busy.  Series leaves a stock image for loader and tools to be
# tested with, too.
CHECKS := check-style/1 check-unit/1 check-tree/1 check-harness/1 check-image/1 check-icount/1 \
	  check-bootloader/1 check-lguest-host/1 check-run/1 check-xen-guest/1 \
	  check-boot check-guest check-xen check-lguest check-variants check-series \
	  check-loader/1 check-tools/1
check:
	@scripts/need $(if $(NO_INSTALL),--check) build check
	@$(MAKE) all loader icount guest module bootloader-static
	@BUILT=1 scripts/run-checks $(B)/test $(CHECKS)
# What a test needs, unless "check" has just built it: two that run at a time must not, and to
# see that nothing is to be done takes seconds.
built = $(if $(BUILT),,$(1))

check-boot: $(call built,all loader)
	@$(MATRIX) -j $(JOBS)
$(GROUPS:%=check-%): check-%: all loader
	@$(MATRIX) -j $(JOBS) --group $*
check-tools: export BZIMAGE_STOCK = $(wildcard $(B)/stock-bzImage)
check-tools: $(call built,tools)
	@$(MAKE) -s -C tools/bzimage O=$(B)/tools check
check-bootloader: $(call built,tools)
	@$(MAKE) -s -C tools/xen-bootloader O=$(B)/bootloader check
# Linked to PAGE_OFFSET, and run P=V
PHYSICAL := kernel/say kernel/subarch xen/start-info xen/early xen/console xen/map
check-image: $(call built,all)
	@tools/testing/imagecheck.py --tool $(B)/tools/bzimage --elf $(B)/bzImage.elf $(B)/bzImage \
		--physical $(PHYSICAL:%=$(B)/obj/arch/i386/%.o)
# Without Debian's own kernel, which is there to tell a fault of ours from one of the rig:
# XEN_KERNELS="stock ..." takes it in.
XEN_KERNELS ?= grub bzimage wrapper vmlinux
check-xen: $(call built,all guest module bootloader-static)
	@$(XEN_MATRIX) -j $(JOBS) $(XEN_KERNELS:%=--kernel %)
# "two" (vCPUs on the rig's one processor) takes minutes, and a single step has been seen to
# go wrong in it: DOMAINS="one two programs".
DOMAINS ?= one programs
check-xen-debug: all guest
	@tools/testing/xen/debug-kernel --build $(B) -- -j $(JOBS)
check-xen-guest: $(call built,all guest)
	@tools/testing/guest/boot-xen $(DOMAINS:%=--domain %) --image $(B)/bzImage --programs $(B)/guest \
		--work $(B)/test/guest-xen --cache $(B)/cache
check-lguest: $(call built,all guest)
	@tools/testing/lguest/matrix --image $(B)/bzImage --bzimage-tool $(B)/tools/bzimage \
		--programs $(B)/guest --host $(B)/lguest-host --work $(B)/test/lguest --cache $(B)/cache \
		-j $(JOBS)
check-harness:
	@tools/testing/unittest-tap tools/testing/boot tools/testing/xen tools/testing/guest
check-unit:
	@$(MAKE) -s -C tools/testing/unit O=$(B)/test/unit check
check-tree:
	@$(MAKE) -s -C tools/testing/tree O=$(B)/test/tree check
# The reference lguest host by itself: no kernel is needed.
check-lguest-host: | deps-build
	@$(MAKE) -s -C tools/testing/lguest-host O=$(B)/lguest-host check
check-loader: $(call built,loader)
	@$(MAKE) -s -C tools/testing/loader O=$(B)/loader check $(if $(wildcard $(B)/stock-bzImage),STOCK=$(B)/stock-bzImage)
check-icount: $(call built,icount bzImage loader)
	@$(MAKE) -s -C tools/testing/icount O=$(B)/icount check OWN=$(B)/obj LOADER=$(B)/loader/loader
check-variants: $(call built,all loader guest module bootloader-static)
	@tools/testing/variants $(if $(ALL),--all) --build $(B) --matrix "$(MATRIX)" \
		--xen-matrix "$(XEN_MATRIX)" $(VARIANTS)
check-series: $(call built,bzImage tools)
	@tools/testing/check-series --build $(B)
check-x86-64: prepare tools
	@tools/testing/check-x86-64 --build $(B)
check-guest: $(call built,bzImage guest)
	@tools/testing/guest/boot --image $(B)/bzImage --programs $(B)/guest --work $(B)/test/guest \
		--cache $(B)/cache $(if $(MACHINE),$(MACHINE:%=--machine %))
check-run: $(call built,all)
	@tools/testing/check-run --build $(B)
check-style: $(call built,prepare)
	@tools/testing/check-style --linux $(B)/linux

# ---------------------------------------------------------------------------

.PHONY: run run-xen run-lguest bench
run:
	@scripts/need $(if $(NO_INSTALL),--list) build run
	@$(if $(NO_INSTALL),true,$(MAKE) all)
	@$(if $(NO_INSTALL),true,tools/testing/boot/run-shell --image $(B)/bzImage --work $(B)/run --cache $(B)/cache)
run-xen:
	@scripts/need $(if $(NO_INSTALL),--list) build run-xen
	@$(if $(NO_INSTALL),true,$(MAKE) all)
	@$(if $(NO_INSTALL),true,tools/testing/xen/run-shell --image $(B)/bzImage --work $(B)/run-xen --cache $(B)/cache)

run-lguest:
	@scripts/need $(if $(NO_INSTALL),--list) build run
	@$(if $(NO_INSTALL),true,$(MAKE) all)
	@$(if $(NO_INSTALL),true,tools/testing/lguest/run-shell --image $(B)/bzImage --work $(B)/run-lguest \
		--host $(B)/lguest-host --cache $(B)/cache)

bench: all loader icount guest
	@tools/testing/bench --build $(B) $(if $(COMPRESSORS),--compressors "$(COMPRESSORS)")

# What frequent work costs; KERNELS="--kernel32 NAME=FILE --kernel64 NAME=FILE" beside ours
.PHONY: ubench ubench-xen
ubench: bzImage icount guest
	@tools/testing/guest/ubench.py run --check --image $(B)/bzImage --programs $(B)/guest \
		--plugin $(B)/icount/libmarkcount.so --work $(B)/test/ubench --cache $(B)/cache $(KERNELS)

# The same as a domain of the Xen rig, beside Debian's 64-bit kernel; 15 minutes
ubench-xen: bzImage icount guest
	@tools/testing/guest/ubench.py --least xen --rounds 20 --timeout 1800 --image $(B)/bzImage \
		--programs $(B)/guest --plugin $(B)/icount/libmarkcount.so --work $(B)/test/ubench \
		--cache $(B)/cache $(KERNELS)

clean:
	rm -rf $(B)/obj $(B)/bzImage $(B)/bzImage.elf $(B)/vmlinux $(B)/tools $(B)/bootloader $(B)/loader $(B)/icount \
	       $(B)/module $(B)/guest $(B)/lguest-host $(B)/test $(B)/run $(B)/run-xen $(B)/run-lguest \
	       $(B)/debug $(B)/variants $(B)/bench
# Refuses to drop edits: they live in $(B)/linux.
distclean: clean
	@scripts/linux-tree --tree $(B)/linux discard
	rm -rf $(B)/series $(B)/check-series $(B)/check-x86-64

.PHONY: help
help:
	@echo 'One 32-bit x86 Linux image that boots wherever it is put.'
	@echo
	@echo '  make              the image and the tools: $(B:$(CURDIR)/%=%)/{bzImage,vmlinux,tools/bzimage}'
	@echo '  make run          install what is missing, build, boot to a shell in this terminal'
	@echo '                    (NO_INSTALL=1: only list what is missing)'
	@echo '  make run-xen      the same as a domU of Xen, which runs under QEMU with a dom0'
	@echo '  make run-lguest   the same as a guest of the reference lguest host, under QEMU'
	@echo '  make check        all tests; check-GROUP for one of'
	@echo '                    $(GROUPS)'
	@echo '                    boot (all of these) image style unit tree harness tools bootloader loader'
	@echo '                    icount variants series guest run xen xen-guest lguest lguest-host;'
	@echo '                    beyond "check": variants ALL=1,'
	@echo '                    xen-debug (cases of xen, by a kernel with lockdep),'
	@echo '                    x86-64 (its image is that of Linux; builds in the source tree)'
	@echo '  make bench        image beside stock Linux: sizes, instructions, build times'
	@echo '                    (COMPRESSORS="gzip lz4 ...")'
	@echo '  make ubench       what system calls, fork, page faults ... cost, in instructions;'
	@echo '                    ubench-xen: the same in a domain, beside a 64-bit kernel'
	@echo '  make install      bzimage, bzimage-xl and their manual pages (PREFIX=, DESTDIR=)'
	@echo
	@echo '  make prepare      base source, series and overlay into $(B:$(CURDIR)/%=%)/linux'
	@echo '  make menuconfig   change the configuration; kept until "make clean"'
	@echo '  make series       the whole work as one mailable series in $(B:$(CURDIR)/%=%)/series'
	@echo '  make refresh      bring edits and commits in $(B:$(CURDIR)/%=%)/linux back into patches/ and overlay'
	@echo '  make deps         install the packages that building and testing need (Debian)'
	@echo '  make clean        remove what was built; distclean: the prepared tree, too'
	@echo
	@echo '  LINUX=PATH        another base: a tarball or tree of Linux 6.12.y'
	@echo '  CONFIG=FILE       your own .config instead of arch/i386/configs/universal.config'
	@echo '  B=DIR             build there instead of in build/'
	@echo '  V=1               show the commands of the kernel build'
