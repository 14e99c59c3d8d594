/* story_event.h - what story.c collects and story_print.c prints. Only these two include it. */
#ifndef UI_STORY_EVENT_H
#define UI_STORY_EVENT_H

#include "base/vec.h"
#include "ir/schema.h"
#include "ui/story.h"

/* A header became valid or invalid, or a field changed. Values are native integers of the field's size. */
struct story_change {
	int32_t header;			   /* into the program's headers; -1: a field */
	bool valid;			   /* of the header, now */
	const struct ps_field_info *field; /* NULL: a header */
	const uint8_t *from, *to;
};

struct story_event {
	enum ps_note kind;
	uint32_t index;
	const char *name;
	/* PS_NOTE_TABLE */
	uint32_t handle;
	uint16_t action;
	bool hit;
	VEC(struct story_change) changes; /* until the next event */
};

/* What was noted of a packet that is inside. */
struct story_life {
	struct story_life *next;
	struct arena *arena;
	uint64_t id;
	VEC(struct story_event) events;
	uint8_t *phv; /* as it was at the last event */
};

struct story_printer {
	const struct ps_program *program;
	const struct ir_schema *schema;
	uint64_t start_ns;
	bool json;
	FILE *out;
};

void story_print(const struct story_printer *p, const struct story_life *life, const struct sw_story *s);

#endif
