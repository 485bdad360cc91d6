# SPDX-License-Identifier: GPL-2.0
# What libbzimage is made of, also for who compiles it with other flags

LIB_OBJS := analysis.o check.o check_header.o check_payload.o check_pe.o check_wrapper.o \
	check_xen.o decompress.o elf.o error.o fields.o image.o kernel_info.o map.o notes.o \
	payload.o pe.o relocs.o
