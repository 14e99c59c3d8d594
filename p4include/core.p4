/* core.p4 - the P4_16 core library (P4_16 specification 1.2.5, section 7.1.2 and appendix
 * "P4 core library"): what every architecture shares. */
#ifndef _CORE_P4_
#define _CORE_P4_

/* The codes of parser_error and of verify(). NoError is zero. */
error {
	NoError,
	PacketTooShort,       /* extract, advance or lookahead beyond the packet's end */
	NoMatch,              /* a select expression had no matching case */
	StackOutOfBounds,     /* .next of a full stack, .last of an empty one */
	HeaderTooShort,       /* a varbit longer than its declared maximum */
	ParserTimeout,        /* the target gave up */
	ParserInvalidArgument /* an argument that the operation does not support */
}

/* The packet as the parser sees it: a cursor that only moves forward. */
extern packet_in {
	/* Reads a header of fixed size, makes it valid, and moves past it. */
	void extract<T>(out T hdr);
	/* The same for a header with one varbit field, which takes so many bits. */
	void extract<T>(out T variableSizeHeader, in bit<32> variableFieldSizeInBits);
	/* Reads without moving. */
	T lookahead<T>();
	/* Moves without reading. */
	void advance(in bit<32> sizeInBits);
	/* Bytes in the packet; not every target can tell. */
	bit<32> length();
}

/* The packet as the deparser builds it. */
extern packet_out {
	/* Appends a valid header; does nothing for an invalid one. A struct, stack or union is
	 * emitted member by member. */
	void emit<T>(in T hdr);
}

/* Unless `check` holds, parsing stops in state reject with this error. */
extern void verify(in bool check, in error toSignal);

/* For tables in which nothing need be done. */
action NoAction() {}

match_kind {
	exact,
	ternary,
	lpm
}

/* Stops compilation unless `check`, a constant, is true. Is true itself. */
extern bool static_assert(bool check, string message);
extern bool static_assert(bool check);

#endif
