/* counters.h - what the generated programs count beside the queries' rows, and what the loader reads: shared by both. */
#ifndef PACKETSCOPE_LINUX_COUNTERS_H
#define PACKETSCOPE_LINUX_COUNTERS_H

/* name, what it counts: one set for each port and CPU */
#define PS_COUNTERS(X)                                                                                \
	X(SEEN, "arrived")                                                                            \
	X(OFFERED, "offered to the queue")                                                            \
	X(STARTED, "started by the driver")                                                           \
	X(LOST, "freed while queued")                                                                 \
	X(SEGMENTED, "cut into segments while queued")                                                \
	X(DROPPED, "dropped before the queue")                                                        \
	X(LOCAL, "taken by local processes")                                                          \
	X(ELSEWHERE, "left by an interface that is no port")                                          \
	X(OWN_OFFERED, "own or untagged packets offered to the queue")                                \
	X(OWN_STARTED, "own or untagged packets started by the driver")                               \
	X(OWN_LOST, "own or untagged packets freed while queued")                                     \
	X(OWN_SEGMENTED, "own or untagged packets cut into segments")                                 \
	X(UNTAGGED, "forwarded packets whose tag was not there (copies, segments, fragments, packets from before)") \
	X(COLLISIONS, "tags overwritten while their packet was queued")                               \
	X(LATE, "came after their epoch had closed")                                                  \
	X(MERGED, "arrived or left as several segments in one")                                       \
	X(REQUEUED, "started again by the driver")                                                    \
	X(CUT, "freed while queued, after they had been cut into segments")                            \
	X(FREED, "freed by a queue, without a tag: segments, or packets from before")                 \
	X(COPIES, "copies, segments and fragments that were known by their mark")                     \
	X(MARKED, "arrived with other marks in the bits that are ours")

enum ps_counter {
#define X(name, text) PS_N_##name,
	PS_COUNTERS(X)
#undef X
	PS_NCOUNTERS
};

/* One row for each CPU and port. */
struct ps_counts {
	unsigned long long n[PS_NCOUNTERS];
};

/* What became of the packets that arrived in one tick, as one CPU saw it. */
struct ps_flight {
	unsigned long long tick, offered, started, lost, segmented, evicted;
};

#endif
