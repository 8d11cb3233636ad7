/* Reads the sockets of many viewers: counts media by its header, hands over whatever else came. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#define AT_ONCE 64
#define HEAD 512 /* bytes copied of a datagram; the kernel drops the rest, as STUN and alerts are shorter */
#define STREAMS 2

struct stream {
    uint32_t ssrc, received, first, highest; /* extended sequence numbers (RFC 3550 appendix A.1) */
};
struct member {
    int32_t fd;
    uint32_t bytes;
    struct stream streams[STREAMS];
};

static void count(struct member *member, const uint8_t *packet)
{
    uint32_t ssrc;
    uint16_t sequence;
    memcpy(&ssrc, packet + 8, 4);
    memcpy(&sequence, packet + 2, 2);
    ssrc = ntohl(ssrc);
    sequence = ntohs(sequence);
    for (struct stream *stream = member->streams; stream < member->streams + STREAMS; stream++) {
        if (!stream->received) {
            stream->ssrc = ssrc;
            stream->first = stream->highest = sequence;
        }
        if (stream->ssrc != ssrc)
            continue;
        int16_t step = sequence - (uint16_t)stream->highest;
        if (step > 0)
            stream->highest += step;
        stream->received++;
        return;
    }
}

/* Read all there is; what is not RTP goes to `out` as (member, length, bytes). How many bytes of `out` were used. */
size_t sweep(struct member *members, uint32_t count_of, uint8_t *out, size_t room)
{
    static uint8_t heads[AT_ONCE][HEAD];
    static struct iovec pieces[AT_ONCE];
    static struct mmsghdr messages[AT_ONCE];
    size_t used = 0;
    for (int i = 0; i < AT_ONCE; i++) {
        pieces[i] = (struct iovec){heads[i], HEAD};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &pieces[i], .msg_iovlen = 1};
    }
    for (uint32_t at = 0; at < count_of; at++) {
        struct member *member = &members[at];
        int got;
        do {
            got = member->fd < 0 ? 0 : recvmmsg(member->fd, messages, AT_ONCE, MSG_DONTWAIT | MSG_TRUNC, NULL);
            for (int i = 0; i < got; i++) {
                uint32_t length = messages[i].msg_len;
                const uint8_t *head = heads[i];
                member->bytes += length;
                if (length >= 12 && head[0] >= 128 && (head[1] < 192 || head[1] > 223)) {
                    count(member, head);
                    continue;
                }
                if (length > HEAD)
                    length = HEAD;
                if (used + 8 + length > room)
                    continue;
                memcpy(out + used, &at, 4);
                memcpy(out + used + 4, &length, 4);
                memcpy(out + used + 8, head, length);
                used += 8 + length;
            }
        } while (got == AT_ONCE);
    }
    return used;
}
