// SPDX-License-Identifier: GPL-2.0
/*
 * A QEMU plugin that counts each kernel instruction that the guest executes
 * while a section is open. The guest opens section N with the instruction
 * nopl 0x50f700NN(%rax), and closes it with N = 0.
 *
 * At the end of the emulation the file named by out= gets
 *	block ADDRESS BYTES.BYTES... COUNT...
 * for each translated block, with the bytes of its instructions and one count
 * a section, and
 *	trace SECTION ADDRESS LENGTH
 * for the blocks of a short stretch from the middle of each section.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qemu_plugin.h"

#define SECTIONS	16
#define TRACE_LENGTH	6000
#define TRACE_AFTER	200000000
#define KERNEL_START	0xffff800000000000ULL

struct instruction {
	unsigned char size;
	unsigned char bytes[15];
};

struct block {
	struct block *next;
	uint64_t address;
	uint64_t counts[SECTIONS];
	size_t length;
	struct instruction instructions[];
};

struct section {
	uint64_t executed;
	size_t traced;
	struct block *trace[TRACE_LENGTH];
};

int qemu_plugin_version = QEMU_PLUGIN_API;

static struct block *blocks;
static struct section sections[SECTIONS];
static size_t open_section;
static const char *out;

static void marker_executed(unsigned int vcpu, void *section)
{
	(void)vcpu;
	open_section = (size_t)section;
}

static void block_executed(unsigned int vcpu, void *data)
{
	struct section *section = &sections[open_section];
	struct block *block = data;

	(void)vcpu;
	block->counts[open_section]++;
	section->executed += block->length;
	if (open_section && section->executed > TRACE_AFTER &&
	    section->traced < TRACE_LENGTH)
		section->trace[section->traced++] = block;
}

static void look_for_marker(struct qemu_plugin_insn *insn)
{
	static const unsigned char start[] = { 0x0f, 0x1f, 0x80 };
	static const unsigned char end[] = { 0x00, 0xf7, 0x50 };
	unsigned char bytes[15];

	if (qemu_plugin_insn_data(insn, bytes, sizeof(bytes)) != 7 ||
	    memcmp(bytes, start, sizeof(start)) ||
	    memcmp(bytes + 4, end, sizeof(end)) || bytes[3] >= SECTIONS)
		return;
	qemu_plugin_register_vcpu_insn_exec_cb(insn, marker_executed, 0,
					       (void *)(size_t)bytes[3]);
}

static void translated(uint64_t id, struct qemu_plugin_tb *tb)
{
	size_t length = qemu_plugin_tb_n_insns(tb);
	uint64_t address = qemu_plugin_tb_vaddr(tb);
	struct block *block;
	size_t i;

	(void)id;
	if (address < KERNEL_START) {
		for (i = 0; i < length; i++)
			look_for_marker(qemu_plugin_tb_get_insn(tb, i));
		return;
	}
	block = calloc(1, sizeof(*block) + length * sizeof(block->instructions[0]));
	if (!block)
		abort();
	block->address = address;
	block->length = length;
	for (i = 0; i < length; i++)
		block->instructions[i].size =
			qemu_plugin_insn_data(qemu_plugin_tb_get_insn(tb, i),
					      block->instructions[i].bytes,
					      sizeof(block->instructions[i].bytes));
	block->next = blocks;
	blocks = block;
	qemu_plugin_register_vcpu_tb_exec_cb(tb, block_executed, 0, block);
}

static void write_block(FILE *file, const struct block *block)
{
	size_t i;
	int byte;

	fprintf(file, "block %llx ", (unsigned long long)block->address);
	for (i = 0; i < block->length; i++) {
		for (byte = 0; byte < block->instructions[i].size; byte++)
			fprintf(file, "%02x", block->instructions[i].bytes[byte]);
		fputc(i + 1 < block->length ? '.' : ' ', file);
	}
	for (i = 1; i < SECTIONS; i++)
		fprintf(file, "%llu ", (unsigned long long)block->counts[i]);
	fputc('\n', file);
}

static int counted(const struct block *block)
{
	size_t i;

	for (i = 1; i < SECTIONS; i++)
		if (block->counts[i])
			return 1;
	return 0;
}

static void finish(uint64_t id, void *data)
{
	FILE *file = fopen(out, "w");
	const struct block *block;
	size_t i, j;

	(void)id;
	(void)data;
	if (!file) {
		perror(out);
		return;
	}
	for (block = blocks; block; block = block->next)
		if (counted(block))
			write_block(file, block);
	for (i = 1; i < SECTIONS; i++)
		for (j = 0; j < sections[i].traced; j++)
			fprintf(file, "trace %zu %llx %zu\n", i,
				(unsigned long long)sections[i].trace[j]->address,
				sections[i].trace[j]->length);
	fputs("end\n", file);
	fclose(file);
}

int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv)
{
	(void)info;
	if (argc != 1 || strncmp(argv[0], "out=", 4)) {
		fputs("count: out=FILE is needed, and nothing else\n", stderr);
		return -1;
	}
	out = strdup(argv[0] + 4);
	if (!out)
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, finish, NULL);
	return 0;
}
