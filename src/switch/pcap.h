/* pcap.h - captures in and out.
 *
 * Inputs (pcap, pcapng; microseconds, nanoseconds; Ethernet only) are merged by time, packets of equal time in the order of the
 * files. Times are the capture's, in nanoseconds since 1970. A capture that is damaged is read up to the damage, which
 * is reported. Outputs are nanosecond pcap files that get their names when they are complete.
 */
#ifndef SWITCH_PCAP_H
#define SWITCH_PCAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sw_capture; /* one or several files, merged */

struct sw_frame {
	uint64_t time_ns; /* of the capture */
	uint32_t len;	  /* bytes there are */
	uint32_t wire;	  /* bytes there were on the wire */
	uint32_t file;	  /* index of the file it is from */
	const uint8_t *data;
};

struct sw_capture_counts {
	uint64_t packets, bytes;
	uint64_t cut;	   /* packets with fewer bytes than on the wire */
	uint64_t backward; /* packets older than their predecessor in the same file */
	bool damaged;	   /* some file ended in the middle, or in nonsense */
};

/* Opens all files and reads each one's first packet. NULL: `reterr` names the file and says why. `in_memory`: all packets are read
 * now (and the files closed); frames then stay where they are until the capture is closed. */
struct sw_capture *sw_capture_open(const char *const *paths, uint32_t n, bool in_memory, char *reterr, size_t size);
void sw_capture_close(struct sw_capture *c);
/* The next packet; its data are good until the next call. False: that was all (or all that could be read). */
bool sw_capture_next(struct sw_capture *c, struct sw_frame *ret);
/* Up to `most` next packets; their data are good until the next call. 0: that was all. */
uint32_t sw_capture_next_of(struct sw_capture *c, struct sw_frame *ret, uint32_t most);
/* From the start again; only for captures in memory. */
void sw_capture_rewind(struct sw_capture *c);
/* Time of the earliest first packet; 0 for captures without packets. */
uint64_t sw_capture_first_ns(const struct sw_capture *c);
/* The clock's zero: the whole second at or before the first packet (docs/semantics.md). */
uint64_t sw_capture_start_ns(const struct sw_capture *c);
void sw_capture_counts(const struct sw_capture *c, struct sw_capture_counts *ret);
/* What was wrong with file i so far, e.g. "a.pcap: truncated in packet 17"; NULL: nothing. Good until the capture is closed. */
const char *sw_capture_damage(const struct sw_capture *c, uint32_t i);

struct sw_writer;

/* NULL: errno says why. */
struct sw_writer *sw_writer_open(const char *path);
/* wire: original length, at least len. */
void sw_writer_put(struct sw_writer *w, uint64_t time_ns, const uint8_t *data, uint32_t len, uint32_t wire);
/* Gives the file its name, or removes what was written when `keep` is false. 0 or -errno of the first failure. */
int sw_writer_close(struct sw_writer *w, bool keep);

#endif
