/* attach.h - `packetscope attach`: answers the queries of a woven program that runs on a switch elsewhere (BMv2), epoch by epoch. */
#ifndef UI_ATTACH_H
#define UI_ATTACH_H

int ui_attach(int argc, const char **argv);

#endif
