/* SPDX-License-Identifier: GPL-2.0 */
#ifndef BZIMAGE_H
#define BZIMAGE_H

/*
 * libbzimage: look into a Linux/x86 boot image.
 *
 * The library never prints, never exits and keeps no state outside the objects
 * its caller holds. All sizes, offsets and addresses are in bytes. Functions
 * that can fail return 0, or -1 with a struct bzimage_error filled in. Whatever
 * bytes an image has, every access stays inside it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/bzimage.h>

#define BZIMAGE_VERSION "1.0"

/*
 * Errors
 */

/* enum bzimage_status - whose fault an error is; also the exit status of the tool */
enum bzimage_status {
	BZIMAGE_OK = 0,
	BZIMAGE_BAD = 1,	/* the image */
	BZIMAGE_SYSTEM = 2,	/* the system: I/O, memory */
};

/**
 * struct bzimage_error - why a call failed
 * @status:	BZIMAGE_OK when nothing failed
 * @has_offset:	whether @offset and @field mean something
 * @offset:	where the fault is: in the file, or in the uncompressed vmlinux
 *		when @field starts with "vmlinux"
 * @field:	the name of the header field or part of the file
 * @what:	one sentence without a full stop
 */
struct bzimage_error {
	enum bzimage_status status;
	bool has_offset;
	uint64_t offset;
	char field[40];
	char what[240];
};

/*
 * Images
 */

/**
 * struct bzimage - a boot image in memory
 * @data:	the file
 * @size:	its size
 * @owned:	@data to be freed with the image, or NULL
 * @protocol:	boot protocol as (major << 8) | minor; 0 before 2.00 (no "HdrS")
 * @header_end:	offset of the first byte after the setup header
 * @setup_size:	size of the setup part: offset of the protected-mode block
 * @block_size:	size of the protected-mode block, up to the end of the file
 * @elf_offset:	offset of the ELF wrapper, 0 when there is none
 */
struct bzimage {
	const unsigned char *data;
	size_t size;
	unsigned char *owned;
	unsigned int protocol;
	size_t header_end;
	size_t setup_size;
	size_t block_size;
	size_t elf_offset;
};

/**
 * bzimage_parse() - read the layout of an image in memory
 * @img:	filled in; needs no bzimage_close()
 * @data:	the file's bytes; stays the caller's, must outlive @img
 * @size:	their number
 * @err:	why, on failure
 *
 * Return: 0, or -1 when this is no boot image or ends inside its setup part.
 */
int bzimage_parse(struct bzimage *img, const void *data, size_t size, struct bzimage_error *err);

/**
 * bzimage_open() - read an image from a file
 * @img:	filled in; give it to bzimage_close()
 * @path:	a regular file
 * @max_size:	refuse larger files
 * @err:	why, on failure
 *
 * Return: 0, or -1; @img needs no bzimage_close() then.
 */
int bzimage_open(struct bzimage *img, const char *path, uint64_t max_size,
		 struct bzimage_error *err);

/* bzimage_close() - free what bzimage_open() took */
void bzimage_close(struct bzimage *img);

/* bzimage_version() - the kernel version string, not NUL-terminated; NULL if none */
const char *bzimage_version(const struct bzimage *img, size_t *len);

/* bzimage_is_high() - a bzImage (true), or a zImage that is loaded low (false) */
bool bzimage_is_high(const struct bzimage *img);

/* bzimage_crc() - CRC-32 up to the end syssize states (all of the file if it states more) */
uint32_t bzimage_crc(const struct bzimage *img);

/*
 * Setup header
 */

/* enum bzimage_field_id - index into bzimage_fields, in file order */
enum bzimage_field_id {
	BZF_SETUP_SECTS,
	BZF_ROOT_FLAGS,
	BZF_SYSSIZE,
	BZF_RAM_SIZE,
	BZF_VID_MODE,
	BZF_ROOT_DEV,
	BZF_BOOT_FLAG,
	BZF_JUMP,
	BZF_HEADER,
	BZF_VERSION,
	BZF_REALMODE_SWTCH,
	BZF_START_SYS_SEG,
	BZF_KERNEL_VERSION,
	BZF_TYPE_OF_LOADER,
	BZF_LOADFLAGS,
	BZF_SETUP_MOVE_SIZE,
	BZF_CODE32_START,
	BZF_RAMDISK_IMAGE,
	BZF_RAMDISK_SIZE,
	BZF_BOOTSECT_KLUDGE,
	BZF_HEAP_END_PTR,
	BZF_EXT_LOADER_VER,
	BZF_EXT_LOADER_TYPE,
	BZF_CMD_LINE_PTR,
	BZF_INITRD_ADDR_MAX,
	BZF_KERNEL_ALIGNMENT,
	BZF_RELOCATABLE_KERNEL,
	BZF_MIN_ALIGNMENT,
	BZF_XLOADFLAGS,
	BZF_CMDLINE_SIZE,
	BZF_HARDWARE_SUBARCH,
	BZF_HARDWARE_SUBARCH_DATA,
	BZF_PAYLOAD_OFFSET,
	BZF_PAYLOAD_LENGTH,
	BZF_SETUP_DATA,
	BZF_PREF_ADDRESS,
	BZF_INIT_SIZE,
	BZF_HANDOVER_OFFSET,
	BZF_KERNEL_INFO_OFFSET,
	BZF_COUNT
};

/**
 * struct bzimage_field - a field of the setup header
 * @name:	as in the boot protocol
 * @offset:	in the file
 * @size:	1, 2, 4 or 8 (syssize: 2 before protocol 2.04, see bzimage_field_size())
 * @since:	first protocol version that has it, 0 for all
 * @access:	what a boot loader does with it: read, write, modify, internal
 * @meaning:	one phrase
 */
struct bzimage_field {
	const char *name;
	uint16_t offset;
	uint8_t size;
	uint16_t since;
	const char *access;
	const char *meaning;
};

extern const struct bzimage_field bzimage_fields[BZF_COUNT];

/* bzimage_has() - whether the image's protocol and header length include a field */
bool bzimage_has(const struct bzimage *img, enum bzimage_field_id id);

/* bzimage_get() - a field's value; 0 when the image does not have it */
uint64_t bzimage_get(const struct bzimage *img, enum bzimage_field_id id);

/* bzimage_field_size() - a field's size in this image */
unsigned int bzimage_field_size(const struct bzimage *img, enum bzimage_field_id id);

/**
 * bzimage_field_describe() - say what a field's value means
 * @img:	the image
 * @id:		a field it has
 * @buf:	gets one phrase, cut to fit; empty when there is nothing to say
 * @len:	size of @buf, not 0
 */
void bzimage_field_describe(const struct bzimage *img, enum bzimage_field_id id,
			    char *buf, size_t len);

/*
 * ELF
 */

struct bzimage_segment {
	uint32_t type;
	uint32_t flags;
	uint64_t offset;	/* from the start of the ELF file */
	uint64_t vaddr;
	uint64_t paddr;
	uint64_t filesz;
	uint64_t memsz;
	uint64_t align;
};

struct bzimage_section {
	const char *name;	/* "" when unknown */
	uint32_t type;
	uint64_t flags;
	uint64_t addr;
	uint64_t offset;
	uint64_t size;
};

/**
 * struct bzimage_note - an ELF note
 * @owner:	its name, cut to fit, unprintable bytes as '?'
 * @type:	meaning depends on @owner
 * @offset:	of the note from the start of the ELF file
 * @desc:	its contents, inside the ELF file's bytes
 * @desc_size:	their number
 */
struct bzimage_note {
	char owner[24];
	uint32_t type;
	uint64_t offset;
	const unsigned char *desc;
	uint32_t desc_size;
};

/**
 * struct bzimage_elf - an ELF file in memory
 * @data:	its bytes, borrowed
 * @size:	how many there are
 * @extent:	end of the last header, segment or section in them: the file's own size
 * @elf_class:	32 or 64
 * @machine:	EM_*
 * @type:	ET_*
 * @entry:	e_entry
 * @flags:	e_flags
 * @phoff:	e_phoff
 * @segments:	the program headers
 * @sections:	the section headers but the null one
 * @notes:	notes of all PT_NOTE segments
 * @notes_error: set when some PT_NOTE is malformed (notes before the fault are kept)
 * @handle:	libelf's, owns the section names
 */
struct bzimage_elf {
	const unsigned char *data;
	size_t size;
	size_t extent;
	unsigned int elf_class;
	unsigned int machine;
	unsigned int type;
	uint64_t entry;
	uint32_t flags;
	uint64_t phoff;
	struct bzimage_segment *segments;
	size_t nr_segments;
	struct bzimage_section *sections;
	size_t nr_sections;
	struct bzimage_note *notes;
	size_t nr_notes;
	struct bzimage_error notes_error;
	void *handle;
};

/**
 * bzimage_elf_parse() - read an ELF file's headers and notes
 * @elf:	filled in; give it to bzimage_elf_free() even on failure
 * @data:	starts with the ELF header; libelf wants memory of its own, so this
 *		must be private to the caller, must not change and must outlive @elf
 * @size:	number of bytes; may be more than the file needs
 * @err:	why, on failure; offsets are from @data
 *
 * Return: 0, or -1 when a header or something it points to is not inside @size
 * or has the wrong form.
 */
int bzimage_elf_parse(struct bzimage_elf *elf, unsigned char *data, size_t size,
		      struct bzimage_error *err);

/* bzimage_elf_free() - free what bzimage_elf_parse() took, not @data */
void bzimage_elf_free(struct bzimage_elf *elf);

/* bzimage_elf_note() - the first note of this owner and type, or NULL */
const struct bzimage_note *bzimage_elf_note(const struct bzimage_elf *elf, const char *owner,
					    uint32_t type);

/* bzimage_elf_span() - lowest p_paddr and highest p_paddr + p_memsz of the PT_LOADs */
bool bzimage_elf_span(const struct bzimage_elf *elf, uint64_t *start, uint64_t *end);

/* Names for numbers; a number without a name gives NULL */
const char *bzimage_elf_machine_name(unsigned int machine);
const char *bzimage_elf_type_name(unsigned int type);
const char *bzimage_elf_segment_name(uint32_t type);

/* enum bzimage_note_kind - how to read a note's contents */
enum bzimage_note_kind {
	BZIMAGE_NOTE_BYTES,
	BZIMAGE_NOTE_NUMBER,	/* 4 or 8 bytes, little-endian */
	BZIMAGE_NOTE_STRING,
};

/* Xen's note numbers that are used here, from Xen's public interface */
#define BZIMAGE_XEN_ENTRY		1
#define BZIMAGE_XEN_VIRT_BASE		3
#define BZIMAGE_XEN_PADDR_OFFSET	4
#define BZIMAGE_XEN_VERSION		5
#define BZIMAGE_XEN_GUEST_OS		6
#define BZIMAGE_XEN_LOADER		8
#define BZIMAGE_XEN_PAE_MODE		9

/* bzimage_note_name() - a note's type by name, and its kind; NULL when unknown */
const char *bzimage_note_name(const struct bzimage_note *note, enum bzimage_note_kind *kind);

/* bzimage_note_number() - a numeric note's value; false when it is not 4 or 8 bytes */
bool bzimage_note_number(const struct bzimage_note *note, uint64_t *value);

/* bzimage_note_is_string() - whether a note's contents are text with one NUL at the end */
bool bzimage_note_is_string(const struct bzimage_note *note);

/* bzimage_note_text() - a note's contents as printable text, cut to fit */
void bzimage_note_text(const struct bzimage_note *note, char *buf, size_t len);

/*
 * EFI stub (PE header) and kernel_info
 */

#define BZIMAGE_PE_I386			0x14c
#define BZIMAGE_PE_AMD64		0x8664
#define BZIMAGE_PE_SCN_EXECUTE		0x20000000u
#define BZIMAGE_PE_SCN_READ		0x40000000u
#define BZIMAGE_PE_SCN_WRITE		0x80000000u
#define BZIMAGE_PE_MAX_SECTIONS		96	/* the limit of the Windows loader */

struct bzimage_pe_section {
	char name[9];
	uint32_t vaddr;
	uint32_t vsize;
	uint32_t offset;
	uint32_t size;
	uint32_t flags;
	size_t header;		/* file offset of its table entry */
};

/**
 * struct bzimage_pe - the PE header that makes an image an EFI application
 * @present:	the file starts with "MZ" and has a PE header
 * @error:	set when it is malformed; what was read before is kept
 * @offset:	of the PE header
 * @machine:	BZIMAGE_PE_I386 or BZIMAGE_PE_AMD64
 * @plus:	PE32+ optional header
 * @entry:	AddressOfEntryPoint, relative to the image
 * @image_size:	SizeOfImage
 * @subsystem:	10 for an EFI application
 * @cert_offset: file offset of the certificate table (signatures), 0 if none
 * @cert_size:	its size
 * @sections:	the section table
 * @nr_sections: number of entries that were read
 */
struct bzimage_pe {
	bool present;
	struct bzimage_error error;
	size_t offset;
	unsigned int machine;
	bool plus;
	uint32_t entry;
	uint32_t image_size;
	unsigned int subsystem;
	uint32_t cert_offset;
	uint32_t cert_size;
	struct bzimage_pe_section sections[BZIMAGE_PE_MAX_SECTIONS];
	size_t nr_sections;
};

/* bzimage_pe_parse() - read the PE header, if any; never fails, see @error */
void bzimage_pe_parse(const struct bzimage *img, struct bzimage_pe *pe);

/**
 * struct bzimage_kernel_info - the kernel_info structure of protocol 2.15
 * @present:	the image has one (see @error for whether it is sound)
 * @error:	set when it is malformed
 * @offset:	in the file
 * @size:	its fixed part
 * @size_total:	all of it
 * @setup_type_max: highest setup_data type, if @has_setup_type_max
 */
struct bzimage_kernel_info {
	bool present;
	struct bzimage_error error;
	size_t offset;
	uint32_t size;
	uint32_t size_total;
	bool has_setup_type_max;
	uint32_t setup_type_max;
};

/* bzimage_kernel_info_parse() - read kernel_info, if any; never fails, see @error */
void bzimage_kernel_info_parse(const struct bzimage *img, struct bzimage_kernel_info *info);

/*
 * Payload
 */

enum bzimage_compression {
	BZIMAGE_UNKNOWN,
	BZIMAGE_ELF,		/* not compressed */
	BZIMAGE_GZIP,
	BZIMAGE_BZIP2,
	BZIMAGE_LZMA,
	BZIMAGE_XZ,
	BZIMAGE_LZO,
	BZIMAGE_LZ4,
	BZIMAGE_ZSTD,
};

/**
 * struct bzimage_limits - what decompression may use
 * @max_size:	most bytes of output, and of memory for a decompressor's window
 * @max_ratio:	most bytes of output for one of input, once output exceeds 16 MiB
 */
struct bzimage_limits {
	uint64_t max_size;
	uint64_t max_ratio;
};

#define BZIMAGE_DEFAULT_LIMITS { .max_size = 1ULL << 30, .max_ratio = 256 }

/**
 * struct bzimage_payload - the compressed kernel
 * @present:	the image has one
 * @offset:	in the file
 * @length:	payload_length
 * @compression: by magic number
 * @stream_length: bytes that the decompressor consumed
 * @has_stated_size: the image states the uncompressed size (gzip: in its own trailer,
 *		others: in the last four bytes)
 * @stated_size: that size
 * @data:	uncompressed: ELF file and, for some kernels, relocations
 * @size:	its size
 */
struct bzimage_payload {
	bool present;
	size_t offset;
	size_t length;
	enum bzimage_compression compression;
	size_t stream_length;
	bool has_stated_size;
	uint32_t stated_size;
	unsigned char *data;
	size_t size;
};

/**
 * bzimage_payload_locate() - find the payload and its compression
 * @img:	the image
 * @payload:	filled in but for @stream_length, @data and @size
 * @err:	why, on failure
 *
 * Return: 0 (also when the image has no payload: see @present), or -1 when it
 * is not inside the block or has an unknown format.
 */
int bzimage_payload_locate(const struct bzimage *img, struct bzimage_payload *payload,
			   struct bzimage_error *err);

/**
 * bzimage_payload_load() - decompress a payload that was located
 * @img:	the image
 * @limits:	what it may use
 * @payload:	completed; give it to bzimage_payload_free()
 * @err:	why, on failure
 *
 * Does not compare @stated_size with @size.
 *
 * Return: 0, or -1 with nothing to free.
 */
int bzimage_payload_load(const struct bzimage *img, const struct bzimage_limits *limits,
			 struct bzimage_payload *payload, struct bzimage_error *err);

/* bzimage_payload_free() - free what bzimage_payload_load() took */
void bzimage_payload_free(struct bzimage_payload *payload);

/* bzimage_compression_name() - "gzip" and so on, never NULL */
const char *bzimage_compression_name(enum bzimage_compression compression);

/**
 * bzimage_inplace_margin() - room that decompression in place needs
 * @compression: the format
 * @size:	uncompressed size
 *
 * Return: how many bytes past the end of the output the input must end, so
 * that output written from the start of the buffer never overtakes it.
 */
uint64_t bzimage_inplace_margin(enum bzimage_compression compression, uint64_t size);

/*
 * Relocations behind the vmlinux
 */

enum bzimage_relocs_form {
	BZIMAGE_RELOCS_UNREAD,	/* none, or those of a 64-bit kernel */
	BZIMAGE_RELOCS_WORDS,	/* a zero and addresses, as Linux has them */
	BZIMAGE_RELOCS_PACKED,	/* distances as LEB128, their number, their size */
};

/**
 * struct bzimage_relocs - relocations
 * @size:	bytes behind the ELF file
 * @form:	how they are written
 * @count:	their number, unless unread
 * @error:	set when they are malformed or, if @out_of_range, not in the kernel
 * @out_of_range: see @error
 */
struct bzimage_relocs {
	size_t size;
	enum bzimage_relocs_form form;
	size_t count;
	struct bzimage_error error;
	bool out_of_range;
};

/* bzimage_relocs_parse() - read them; never fails, see @error */
void bzimage_relocs_parse(const struct bzimage_elf *vmlinux, struct bzimage_relocs *relocs);

/* bzimage_relocs_form_name() - "words" and so on, never NULL */
const char *bzimage_relocs_form_name(enum bzimage_relocs_form form);

/*
 * Everything at once
 */

/**
 * struct bzimage_analysis - all that can be known about an image
 * @img:	the image, borrowed
 * @wrapper_copy: private copy of the wrapper's bytes for libelf
 * @wrapper:	the ELF wrapper; valid when @has_wrapper
 * @has_wrapper: there is one and it could be read
 * @wrapper_error: set when there is one and it could not
 * @pe:		EFI stub
 * @kernel_info: kernel_info
 * @payload:	the payload
 * @payload_error: set when it could not be found or decompressed
 * @vmlinux:	the ELF file in @payload; valid when @has_vmlinux
 * @has_vmlinux: there is one and it could be read
 * @vmlinux_error: set when the payload was decompressed and is not a sound ELF file
 * @relocs:	what follows the ELF file; valid when @has_vmlinux
 */
struct bzimage_analysis {
	const struct bzimage *img;
	unsigned char *wrapper_copy;
	struct bzimage_elf wrapper;
	bool has_wrapper;
	struct bzimage_error wrapper_error;
	struct bzimage_pe pe;
	struct bzimage_kernel_info kernel_info;
	struct bzimage_payload payload;
	struct bzimage_error payload_error;
	struct bzimage_elf vmlinux;
	bool has_vmlinux;
	struct bzimage_error vmlinux_error;
	struct bzimage_relocs relocs;
};

/**
 * bzimage_analyse() - read all parts of an image
 * @an:		filled in; give it to bzimage_analysis_free() even on failure
 * @img:	the image; must outlive @an
 * @limits:	for decompression
 * @err:	why, on failure
 *
 * A part that is bad does not make this fail: its error is kept beside it.
 *
 * Return: 0, or -1 when the system failed (no memory).
 */
int bzimage_analyse(struct bzimage_analysis *an, const struct bzimage *img,
		    const struct bzimage_limits *limits, struct bzimage_error *err);

/* bzimage_analysis_free() - free what bzimage_analyse() took */
void bzimage_analysis_free(struct bzimage_analysis *an);

/* bzimage_analysis_error() - the first error of any part, or NULL when all are sound */
const struct bzimage_error *bzimage_analysis_error(const struct bzimage_analysis *an);

/**
 * bzimage_block_memory() - memory that the protected-mode block takes, bss included
 * @an:		the analysis
 * @exact:	set to whether the image tells (an ELF or PE header does); if not,
 *		the result is the block's size in the file, rounded up to pages
 */
uint64_t bzimage_block_memory(const struct bzimage_analysis *an, bool *exact);

/*
 * Checks
 */

enum bzimage_severity {
	BZIMAGE_NOTE,
	BZIMAGE_WARNING,
	BZIMAGE_ERROR,
};

/**
 * struct bzimage_finding - one thing that check has to say
 * @rule:	index into bzimage_rules
 * @severity:	how bad it is
 * @offset:	in the file, or in the vmlinux when @field starts with "vmlinux"
 * @field:	what it is about
 * @what:	what is so
 * @expected:	what should be so; empty for some notes
 */
struct bzimage_finding {
	unsigned int rule;
	enum bzimage_severity severity;
	uint64_t offset;
	char field[40];
	char what[240];
	char expected[120];
};

/**
 * struct bzimage_findings - the result of bzimage_check()
 * @list:	in the order of the file, mostly
 * @nr:		their number
 * @count:	their number by severity
 * @capacity:	of @list
 * @no_memory:	some could not be stored
 */
struct bzimage_findings {
	struct bzimage_finding *list;
	size_t nr;
	size_t count[BZIMAGE_ERROR + 1];
	size_t capacity;
	bool no_memory;
};

/**
 * struct bzimage_rule - a rule that check knows
 * @id:		short and stable, for scripts
 * @severity:	usual severity; a rule may be stricter for an image with a wrapper
 * @summary:	the rule in one sentence
 */
struct bzimage_rule {
	const char *id;
	enum bzimage_severity severity;
	const char *summary;
};

extern const struct bzimage_rule bzimage_rules[];
extern const size_t bzimage_nr_rules;

/**
 * bzimage_check() - hold an image against the boot protocol and the wrapper's rules
 * @an:		the analysis
 * @need_wrapper: make it an error not to have a wrapper
 * @out:	filled in; give it to bzimage_findings_free() even on failure
 * @err:	why, on failure
 *
 * Return: 0 (whatever was found), or -1 when there is no memory.
 */
int bzimage_check(const struct bzimage_analysis *an, bool need_wrapper,
		  struct bzimage_findings *out, struct bzimage_error *err);

/* bzimage_findings_free() - free what bzimage_check() took */
void bzimage_findings_free(struct bzimage_findings *findings);

/* bzimage_severity_name() - "note", "warning" or "error" */
const char *bzimage_severity_name(enum bzimage_severity severity);

/*
 * Maps
 */

/* enum bzimage_part - what a stretch of file or memory holds */
enum bzimage_part {
	BZIMAGE_PART_SETUP,	/* boot sector, setup header, 16-bit code */
	BZIMAGE_PART_HEAP,	/* the setup code's heap and stack */
	BZIMAGE_PART_CMDLINE,
	BZIMAGE_PART_HEADERS,	/* ELF header page */
	BZIMAGE_PART_ENTRY,	/* first code of the block */
	BZIMAGE_PART_PAYLOAD,	/* compressed kernel */
	BZIMAGE_PART_LOADER,	/* decompressor: code, data, bss */
	BZIMAGE_PART_WINDOW,	/* reserved for decompression */
	BZIMAGE_PART_OUTPUT,	/* uncompressed ELF file */
	BZIMAGE_PART_RELOCS,	/* relocations behind it */
	BZIMAGE_PART_TEXT,	/* of the kernel */
	BZIMAGE_PART_DATA,
	BZIMAGE_PART_BSS,
	BZIMAGE_PART_BRK,	/* memory the kernel extends into early */
	BZIMAGE_PART_PADDING,
	BZIMAGE_PART_OTHER,	/* signature */
	BZIMAGE_PART_COUNT
};

struct bzimage_region {
	uint64_t start;
	uint64_t size;
	enum bzimage_part part;
	char label[48];
};

/**
 * struct bzimage_stage - the file, or memory at one step of a boot
 * @title:	a few words
 * @explain:	one or two sentences
 * @is_file:	offsets in the file rather than addresses
 * @regions:	ascending, not overlapping; what fills up a page is counted to what
 *		is before it
 * @nr_regions:	their number
 */
struct bzimage_stage {
	char title[64];
	char explain[400];
	bool is_file;
	struct bzimage_region *regions;
	size_t nr_regions;
};

#define BZIMAGE_MAX_STAGES 8

struct bzimage_map {
	struct bzimage_stage stages[BZIMAGE_MAX_STAGES];
	size_t nr_stages;
};

/**
 * bzimage_map() - lay out the file and memory at each step of a boot
 * @an:		the analysis
 * @map:	filled in; give it to bzimage_map_free() even on failure
 * @err:	why, on failure
 *
 * Return: 0, or -1 when there is no memory.
 */
int bzimage_map(const struct bzimage_analysis *an, struct bzimage_map *map,
		struct bzimage_error *err);

/* bzimage_map_free() - free what bzimage_map() took */
void bzimage_map_free(struct bzimage_map *map);

/* bzimage_part_name() - for a legend */
const char *bzimage_part_name(enum bzimage_part part);

#endif /* BZIMAGE_H */
