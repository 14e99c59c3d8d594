/* datadir.h - where the files that belong to PacketScope are found. */
#ifndef BASE_DATADIR_H
#define BASE_DATADIR_H

/* The folder that contains `include/packetscope` (for generated C) and `p4include` (core.p4,
 * v1model.p4): $PACKETSCOPE_DATA when set, the installed folder when the running program is the
 * installed one, else the source tree. The text lives as long as the process. */
const char *datadir(void);

#endif
