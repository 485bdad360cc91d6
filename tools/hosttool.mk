# SPDX-License-Identifier: GPL-2.0
#
# What the Makefiles of the host tools share.  Before the include: name, the
# program's; srcdir.

O ?= .
CC = gcc
CLANG ?= clang
PROVE ?= prove
PREFIX ?= /usr/local
DESTDIR ?=
CFLAGS ?= -O2 -g
FUZZ_SECONDS ?= 20
FUZZ_DIR ?= $(O)/fuzz-corpus

incdir := $(srcdir)/../../include/uapi

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings \
	-Wformat=2
CPPFLAGS += -I$(srcdir) -I$(incdir) -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64

ifdef SANITIZE
san := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
endif
all_cflags = -std=gnu11 $(WARNINGS) $(CFLAGS) $(hardening) $(san)

# The same sources with the fuzzer's instrumentation, for libFuzzer, which also
# defines FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
FUZZ_FLAGS := -O2 -g -fno-omit-frame-pointer -fsanitize=fuzzer,address,undefined \
	-fno-sanitize-recover=undefined

all:

# DEPENDENCIES: header to look for, and the Debian package that has it
$(O)/.deps-ok: $(srcdir)/Makefile
	@mkdir -p $(O)
	@for dep in $(DEPENDENCIES); do \
		printf '#include <stddef.h>\n#include <%s>\n' "$${dep%%:*}" | \
		$(CC) -fsyntax-only -x c - 2>/dev/null || { \
			echo "$(name): $${dep%%:*} is missing: install the Debian package" \
				"$${dep#*:}" >&2; exit 1; }; \
	done
	@touch $@

# Objects of different flags must not be mixed
$(O)/.flags: FORCE | $(O)/.deps-ok
	@echo '$(CC) $(CPPFLAGS) $(all_cflags)' | cmp -s - $@ || \
		echo '$(CC) $(CPPFLAGS) $(all_cflags)' > $@

$(O)/%.o: $(srcdir)/%.c $(O)/.flags
	$(CC) $(CPPFLAGS) $(all_cflags) -MMD -MP -c -o $@ $<

check: all
	O='$(abspath $(O))' SRC='$(abspath $(srcdir))' CC='$(CC)' CLANG='$(CLANG)' MAKE='$(MAKE)' \
		FUZZ_SECONDS='$(FUZZ_SECONDS)' PYTHONDONTWRITEBYTECODE=1 \
		$(PROVE) --timer -v $(srcdir)/tests/*.t

FORCE:

.PHONY: all check FORCE
.DELETE_ON_ERROR:

-include $(wildcard $(O)/*.d)
