/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Row displacement: where each state's cells go. First fit, 64 places at a time. */
#include "dfa-internal.h"

#include <errno.h>
#include <string.h>

/* Holes further than this (in words of 64 cells) behind the end are given up: packing stays linear,
 * and what is walked together lies together. */
#define WINDOW 16u

struct pack {
	const struct pc_graph *graph;
	uint64_t *used; /* bit i: cell i is taken */
	uint32_t words;
	uint32_t end;  /* behind the last cell in use */
	uint32_t from; /* word to search from */
	uint32_t limit;
	uint32_t *index; /* of each state's head */
	uint32_t last;	 /* the highest of them */
};

/* A state as it is packed: its edges by cell offset 1..255. */
struct row {
	uint32_t other;
	uint32_t n;
	uint32_t offset[256];
	uint32_t target[256];
};

/*
 * Where all 256 bytes are told apart there is one class more than there are offsets: class 0 then
 * answers through the head, and its target is the default whether it is the most common or not.
 */
static void fill_row_of_256(const struct pc_graph *graph, const struct pc_graph_state *state,
			    struct row *row)
{
	uint32_t target[256];

	for (uint32_t k = 0; k < 256; k++)
		target[k] = state->other;
	for (uint32_t i = 0; i < state->count; i++) {
		uint32_t edge = graph->edges[state->first + i];

		target[pc_edge_class(edge)] = pc_edge_target(edge);
	}
	row->other = target[0];
	row->n = 0;
	for (uint32_t k = 1; k < 256; k++) {
		if (target[k] == row->other)
			continue;
		row->offset[row->n] = k;
		row->target[row->n++] = target[k];
	}
}

static void fill_row(const struct pc_graph *graph, uint32_t s, struct row *row)
{
	const struct pc_graph_state *state = &graph->states[s];

	if (graph->class_count == 256) {
		fill_row_of_256(graph, state, row);
		return;
	}
	row->other = state->other;
	row->n = state->count;
	for (uint32_t i = 0; i < state->count; i++) {
		uint32_t edge = graph->edges[state->first + i];

		row->offset[i] = pc_edge_class(edge) + 1;
		row->target[i] = pc_edge_target(edge);
	}
}

/* Bit i: cell at + i is taken. */
static uint64_t used_at(const struct pack *pack, uint32_t at)
{
	uint32_t w = at / 64, shift = at % 64;

	if (!shift)
		return pack->used[w];
	return pack->used[w] >> shift | pack->used[w + 1] << (64 - shift);
}

/* Room for a row that begins at the end, and for the words read beyond it. */
static int reserve(struct pack *pack)
{
	uint32_t before = pack->words, need = (pack->end + PC_AUTOMATON_SLACK) / 64 + 8;

	if (pc_dfa_reserve(&pack->used, &pack->words, need))
		return -ENOMEM;
	memset(pack->used + before, 0, (pack->words - before) * sizeof(*pack->used));
	return 0;
}

/* The first place from word `from` on where all cells of a row are free. There is one at the end.
 */
static uint32_t find_place(const struct pack *pack, const struct row *row)
{
	for (uint32_t w = pack->from;; w++) {
		uint64_t taken = pack->used[w];

		for (uint32_t i = 0; i < row->n && ~taken; i++)
			taken |= used_at(pack, w * 64 + row->offset[i]);
		if (~taken)
			return w * 64 + (uint32_t)__builtin_ctzll(~taken);
	}
}

static void take(struct pack *pack, uint32_t cell)
{
	pack->used[cell / 64] |= UINT64_C(1) << (cell % 64);
	if (cell >= pack->end)
		pack->end = cell + 1;
}

static int place(struct pack *pack, uint32_t state, const struct row *row)
{
	uint32_t at;

	if (reserve(pack))
		return -ENOMEM;
	while (!~pack->used[pack->from] || pack->from + WINDOW < pack->end / 64)
		pack->from++;
	at = find_place(pack, row);
	take(pack, at);
	for (uint32_t i = 0; i < row->n; i++)
		take(pack, at + row->offset[i]);
	pack->index[state] = at;
	if (at > pack->last)
		pack->last = at;
	return pack->last > pack->limit - PC_AUTOMATON_SLACK ? -E2BIG : 0;
}

static int place_all(struct pack *pack)
{
	struct row row;
	int err = reserve(pack);

	for (uint32_t cell = 0; cell < PC_AUTOMATON_HEADER && !err; cell++)
		take(pack, cell);
	for (uint32_t s = 0; s < pack->graph->state_count && !err; s++) {
		fill_row(pack->graph, s, &row);
		err = place(pack, s, &row);
	}
	return err;
}

static void write_header(const struct pack *pack, struct pc_cell *cells, uint32_t count)
{
	const struct pc_graph *graph = pack->graph;
	struct pc_automaton_header header = {
		.cells = count,
		.start = pack->index[graph->start],
		.states = graph->state_count,
		.classes = graph->classes,
	};

	for (uint32_t byte = 0; byte < 256; byte++)
		header.byte_class[byte] =
			(uint8_t)(graph->class_of[byte] + (graph->class_count < 256));
	memcpy(cells, &header, sizeof(header));
}

static void write_states(const struct pack *pack, struct pc_cell *cells)
{
	struct row row;

	for (uint32_t s = 0; s < pack->graph->state_count; s++) {
		uint32_t at = pack->index[s];

		fill_row(pack->graph, s, &row);
		cells[at] = (struct pc_cell){
			.owner = PC_HEAD | pack->graph->states[s].accepts,
			.next = pack->index[row.other],
		};
		for (uint32_t i = 0; i < row.n; i++)
			cells[at + row.offset[i]] = (struct pc_cell){
				.owner = at,
				.next = pack->index[row.target[i]],
			};
	}
}

static int pack_all(struct pack *pack, struct pc_cell **ret_cells, uint32_t *ret_count)
{
	struct pc_cell *cells;
	uint32_t count;
	int err = place_all(pack);

	if (err)
		return err;
	/* Wherever a step looks from the last state, it looks inside. */
	count = pack->last + PC_AUTOMATON_SLACK;
	cells = calloc(count, sizeof(*cells));
	if (!cells)
		return -ENOMEM;
	write_header(pack, cells, count);
	write_states(pack, cells);
	*ret_cells = cells;
	*ret_count = count;
	return 0;
}

int pc_graph_pack(const struct pc_graph *graph, uint32_t cell_limit, struct pc_cell **ret_cells,
		  uint32_t *ret_count)
{
	struct pack pack = {.graph = graph, .limit = cell_limit};
	int err;

	if (cell_limit < PC_AUTOMATON_HEADER + PC_AUTOMATON_SLACK)
		return -E2BIG;
	pack.index = malloc(graph->state_count * sizeof(*pack.index));
	err = pack.index ? pack_all(&pack, ret_cells, ret_count) : -ENOMEM;
	free(pack.index);
	free(pack.used);
	return err;
}
