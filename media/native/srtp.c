/* SRTP with AES-GCM (RFC 7714) for what we send: `seal` does what libsrtp's `srtp_protect` does, and no more. There is
 * no list of what was sent: a number never carries two contents here (media/packet.py), and a repetition is the same. */
#include <stdlib.h>

#define STREAMS 8 /* of one viewer: sound, picture, repetitions */
#define LINE 64   /* of the cache */

#ifdef SEALS
typedef void (*seal_t)(const struct gcm *gcm, __m128i nonce, const char *head, int open, char *data, int size);
struct stream { uint32_t ssrc, rollovers; uint16_t highest; };
struct context {
    struct gcm gcm;
    seal_t seal;
    __m128i salt;
    int count;
    struct stream streams[STREAMS];
};

/* How often the numbers had wrapped at this packet (RFC 3711 §3.3.1 and Appendix A); less than 0 for one from before the
 * stream's first, which a receiver would take for one far ahead. */
static int64_t rollovers(struct stream *stream, uint16_t number)
{
    if ((int16_t)(number - stream->highest) <= 0)
        return (int64_t)stream->rollovers - (number > stream->highest);
    stream->rollovers += number < stream->highest;
    stream->highest = number;
    return stream->rollovers;
}

static struct stream *stream_of(struct context *context, uint32_t ssrc, uint16_t number)
{
    for (int i = 0; i < context->count; i++)
        if (context->streams[i].ssrc == ssrc)
            return context->streams + i;
    if (context->count == STREAMS)
        return NULL;
    context->streams[context->count] = (struct stream){ssrc, 0, number};
    return context->streams + context->count++;
}

int seals(void) { return gcm_possible(); }

/* `key` of 16 or 32 bytes and `salt` of 12 are the session's (RFC 3711 §4.3); without `wide` the widest registers are left
 * alone, where there are any. NULL without memory. */
void *context_new(const unsigned char *key, int size, const unsigned char *salt, int wide)
{
    void *room = NULL;
    if (posix_memalign(&room, LINE, sizeof(struct context)))
        return NULL;
    struct context *context = memset(room, 0, sizeof *context);
    gcm_begin(&context->gcm, key, size);
    context->seal = wide && gcm_possible_wide() ? gcm_seal_wide : gcm_seal;
    memcpy(&context->salt, salt, 12);
    return room;
}

void context_free(void *room)
{
    explicit_bzero(room, sizeof(struct context));
    free(room);
}

int seal(void *room, void *packet, int *length)
{
    struct context *context = room;
    unsigned char *data = packet;
    int open = 12;
    if (*length < open || data[0] & 0x1f) /* no contributors and no extension: we send none */
        return 1;
    uint16_t number = data[2] << 8 | data[3];
    uint32_t ssrc;
    memcpy(&ssrc, data + 8, sizeof ssrc);
    struct stream *stream = stream_of(context, ssrc, number);
    int64_t wrapped = stream ? rollovers(stream, number) : -1;
    if (wrapped < 0)
        return 1;
    uint64_t count = htonl((uint32_t)wrapped), next = htons(number);
    __m128i nonce = _mm_set_epi64x(next << 16 | count >> 16, count << 48 | (uint64_t)ssrc << 16); /* RFC 7714 §8.1 */
    context->seal(&context->gcm, _mm_xor_si128(nonce, context->salt), packet, open, (char *)data + open, *length - open);
    *length += TAG;
    return 0;
}
#else
int seals(void) { return 0; }
void *context_new(const unsigned char *key, int size, const unsigned char *salt, int wide) { return NULL; }
void context_free(void *room) {}
int seal(void *room, void *packet, int *length) { return 1; }
#endif
