/* text.h - the words of the graph's text form, shared by print.c and parse.c.
 *
 * The form has one statement a line; `#` starts a comment up to the line's end. Names are quoted.
 * Expressions and fields are numbered and used by number, so that shared ones stay shared:
 *
 *     graph 1
 *     tick 1000
 *     header "ipv4"
 *       "srcAddr" 32
 *     meta "nexthop" 16
 *     f0 = header in 0 0 31:0 ipv4:32 "ipv4.srcAddr_in"
 *     e0 = f0
 *     e1 = 167772161 ipv4:32
 *     e2 = e0 == e1                  # (ipv4.srcAddr_in == 10.0.0.1)
 *     query "web" ingress window 1000000000
 *       filter e2
 *       reduce count
 *         by "ipv4.srcIP_in" ipv4:32 e0
 *         key "ipv4.srcIP_in" ipv4:32
 *         col "count" int:64
 */
#ifndef IR_TEXT_H
#define IR_TEXT_H

#include "ir/graph.h"

#define IR_TEXT_VERSION 1

/* Words by enum value; NULL-terminated lists. */
extern const char *const ir_field_words[];
extern const char *const ir_instant_words[];
extern const char *const ir_op_words[];
extern const char *const ir_node_words[];
extern const char *const ir_func_words[];
extern const char *const ir_join_words[];
extern const char *const ir_overflow_words[];
extern const char *const ir_kind_words[];

#endif
