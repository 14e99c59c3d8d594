/* pcap_file.h - one capture that is read from its start to its end. Inside the switch only.
 *
 * Plain pcap and pcapng files of this machine's byte order are read in large pieces, by ourselves; everything else (other byte orders,
 * sections, pipes), and whatever is damaged or odd, by libpcap, which then also says what is wrong.
 */
#ifndef SWITCH_PCAP_FILE_H
#define SWITCH_PCAP_FILE_H

#include "switch/pcap.h"
#include "switch/pcapng.h"

struct sw_capture_file {
	const char *path;     /* the caller's text, copied */
	struct sw_frame next; /* the packet that comes next, when has_next */
	bool has_next;
	bool waits; /* what follows `next` would overwrite packets that are still in use: sw_capture_file_go_on */
	uint64_t packets, cut, backward, last;
	char *damage; /* NULL: none so far */

	int fd; /* of a file that is read directly, -1: libpcap reads it */
	bool is_ng;
	struct sw_pcapng ng; /* when is_ng; else: */
	uint64_t unit;	     /* ns of a fraction of a second */
	uint32_t snaplen;
	struct pcap *pcap; /* NULL: not opened, or at its end */
	uint8_t *bytes;	   /* what was read of the file; of libpcap's packets, copies */
	size_t at, end, room;
};

/* Opens and reads the first packet; false: `reterr` says why. */
bool sw_capture_file_open(struct sw_capture_file *f, const char *path, uint32_t index, char *reterr, size_t size);
void sw_capture_file_close(struct sw_capture_file *f);
/* The following packet becomes `next`, if there is one and it is not to wait. */
void sw_capture_file_read(struct sw_capture_file *f);
/* All packets handed out are done with. */
void sw_capture_file_go_on(struct sw_capture_file *f);

#endif
