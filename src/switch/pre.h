/* pre.h - the packet replication engine's configuration: multicast groups made of nodes, and mirroring sessions.
 * A node is a replication number and a list of ports; a group is a list of nodes. Functions return 0 or -errno:
 * -ERANGE for a number that is out of bounds, -ENOENT, -EEXIST. */
#ifndef SWITCH_PRE_H
#define SWITCH_PRE_H

#include <stdbool.h>
#include <stdint.h>

#define SW_GROUPS 65536 /* numbers 0 to this - 1; 0 can't be chosen by a packet */

struct sw_copy {
	uint16_t rid, port;
};

/* What a group number stands for: copies in the order in which they are made. */
struct sw_copies {
	struct sw_copy *v;
	uint32_t n, cap;
};

enum sw_session_kind { SW_SESSION_NONE, SW_SESSION_PORT, SW_SESSION_GROUP, SW_SESSION_COPIES };

struct sw_session {
	enum sw_session_kind kind;
	uint16_t port, group;
	struct sw_copies copies; /* SW_SESSION_COPIES */
	uint32_t truncate;	 /* bytes that the clone keeps; UINT32_MAX: all */
};

struct sw_pre;

/* A node as it is; `ports` is the engine's. */
struct sw_node {
	uint32_t handle, rid, nports;
	const uint16_t *ports; /* ascending */
};

struct sw_pre *sw_pre_make(void);
struct sw_pre *sw_pre_copy(const struct sw_pre *p);
void sw_pre_free(struct sw_pre *p);

int sw_group_create(struct sw_pre *p, uint32_t group);
int sw_group_destroy(struct sw_pre *p, uint32_t group);
bool sw_group_exists(const struct sw_pre *p, uint32_t group);
/* Handles of nodes count from 0. Ports are kept in ascending order. */
int sw_node_create(struct sw_pre *p, uint32_t rid, const uint32_t *ports, uint32_t n, uint32_t *ret_handle);
int sw_node_update(struct sw_pre *p, uint32_t node, const uint32_t *ports, uint32_t n);
int sw_node_destroy(struct sw_pre *p, uint32_t node);
int sw_node_associate(struct sw_pre *p, uint32_t group, uint32_t node);
int sw_node_dissociate(struct sw_pre *p, uint32_t group, uint32_t node);

int sw_mirror_port(struct sw_pre *p, uint32_t session, uint32_t port, uint32_t truncate);
int sw_mirror_group(struct sw_pre *p, uint32_t session, uint32_t group, uint32_t truncate);
int sw_mirror_copies(struct sw_pre *p, uint32_t session, const struct sw_copy *v, uint32_t n, uint32_t truncate);
int sw_mirror_delete(struct sw_pre *p, uint32_t session);

/* Nodes of a group by number, in order of association; false: there are no more. */
bool sw_group_node(const struct sw_pre *p, uint32_t group, uint32_t i, struct sw_node *ret);
/* The copies that a group makes; none for a group that does not exist. */
const struct sw_copies *sw_group_copies(const struct sw_pre *p, uint32_t group);
/* NULL: not configured. */
const struct sw_session *sw_session(const struct sw_pre *p, uint32_t session);

#endif
