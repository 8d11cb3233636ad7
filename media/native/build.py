"""Compiles the C beside it when the project is installed; see setup.py. Never required."""

from pathlib import Path

import cffi

DECLARATIONS = """
typedef int (*protect_t)(void *context, void *packet, int *length);
/* A viewer: how to encrypt, where to, what is added to the numbers of video and audio. */
struct way { void *context; protect_t protect; char address[28]; uint32_t address_size; uint16_t shift[2]; };
/* A packet in the template. */
struct part { uint32_t offset; uint16_t size, sequence; uint32_t kind; };
/* What the kernel is given at once; it cuts it into datagrams of `segment` bytes, unless that is 0. */
struct message { uint32_t offset, size, segment; };
"""
FAST_PATH = """
#define PIECES 12 /* media/flow.py's BATCH */
#define FAST_LANES 8
#define CROWDS 16
#define LINES 16
#define KNOWN 8192
#define DATAGRAM 2048
#define READ_AT_ONCE 16
#define LOG 262144
#define TEMPLATE 32768
#define SLOTS 786432
/* A packet that waits for the end of its frame; its numbers are the track's, `kind` is 0 or 1 (audio). */
struct piece { const char *payload; int size; uint16_t sequence; uint32_t timestamp, ssrc; uint8_t marker, kind; };
/* A stream of a publisher. `highest` was taken last; `as_ssrc`, `stamp` and `shift` make it the track's. */
struct lane { uint32_t ssrc, as_ssrc, stamp; uint16_t highest, shift; uint8_t payload_type, kind, forwarded; };
/* Viewers of one shape, by kind what their packets look like: a payload type of 255 says that they do not get it. */
struct crowd { const struct way *ways; unsigned char *refused; uint32_t count, late[2]; uint8_t types[2], tag, whole; };
/* A publisher, and whom their media goes to. `allowance`: how many of their packets are still decrypted. */
struct line {
    char address[28]; uint32_t address_size; void *context; protect_t unprotect; int32_t allowance;
    uint32_t lanes, crowds, waiting;
    struct lane lane[FAST_LANES]; struct crowd crowd[CROWDS]; struct piece pieces[PIECES];
};
/* What happened, in order. Its bytes follow, `size` of them, the next one at a multiple of 8. */
enum fast_told { FAST_URGENT = 1, FAST_WAITS = 2 }; /* Python has to look now; a frame is not whole yet */
enum fast_kind { FAST_RAW, FAST_MEDIA, FAST_FLUSHED };
struct fast_entry { double at; uint32_t size; uint16_t kind, line; uint32_t address_size; char address[28]; };
struct fast_path {
    int fd; uint32_t count, closed, used, forged, flooded, unsent, forwarded; double now; struct line lines[LINES];
    uint32_t known[KNOWN]; char names[READ_AT_ONCE][28], read[READ_AT_ONCE][DATAGRAM], template[TEMPLATE], log[LOG],
    slots[SLOTS];
};
"""
CALLS = """
int fan_out(int fd, const char *template, size_t size, const struct part *parts, int packets,
            const struct message *messages, int sends, const struct way *ways, int viewers, char *slots, size_t room,
            unsigned char *refused);
int seals(void);
void *context_new(const unsigned char *key, int size, const unsigned char *salt, int wide);
void context_free(void *room);
int seal(void *room, void *packet, int *length);
void fast_meet(struct fast_path *path, const char *address, uint32_t size);
int fast_take(struct fast_path *path, double now);
"""
SOURCES = ("gcm.c", "gcm_wide.c", "srtp.c", "fanout.c", "fast_path.c")

ffi = cffi.FFI()
ffi.cdef(DECLARATIONS + FAST_PATH + CALLS)
ffi.set_source(
    "media.native._fanout",
    f"#define _GNU_SOURCE\n#include <stdint.h>\n#include <stddef.h>\n{DECLARATIONS}{FAST_PATH}\n"
    + "\n".join(Path(__file__).with_name(name).read_text() for name in SOURCES),
    extra_compile_args=["-O3"],
    optional=True,
)
