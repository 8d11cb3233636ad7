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
CALLS = """
int fan_out(int fd, const char *template, size_t size, const struct part *parts, int packets,
            const struct message *messages, int sends, const struct way *ways, int viewers, char *slots, size_t room,
            unsigned char *refused);
int seals(void);
void *context_new(const unsigned char *key, int size, const unsigned char *salt, int wide);
void context_free(void *room);
int seal(void *room, void *packet, int *length);
"""
SOURCES = ("gcm.c", "gcm_wide.c", "srtp.c", "fanout.c")

ffi = cffi.FFI()
ffi.cdef(DECLARATIONS + CALLS)
ffi.set_source(
    "media.native._fanout",
    f"#define _GNU_SOURCE\n#include <stdint.h>\n#include <stddef.h>\n{DECLARATIONS}\n"
    + "\n".join(Path(__file__).with_name(name).read_text() for name in SOURCES),
    extra_compile_args=["-O3"],
    optional=True,
)
