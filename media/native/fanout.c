/* The hot loop without Python: copy, number, encrypt in place, hand over. The same datagrams as media/fanout.py's. */
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#define SOL_UDP 17
#define UDP_SEGMENT 103
#define AT_ONCE 32   /* viewers whose bytes wait for one system call: they fit the second-level cache */
#define MESSAGES 512 /* of these viewers together */

static void cut(struct msghdr *header, char *control, uint16_t segment)
{
    struct cmsghdr *head = (struct cmsghdr *)control;
    head->cmsg_len = CMSG_LEN(sizeof segment);
    head->cmsg_level = SOL_UDP;
    head->cmsg_type = UDP_SEGMENT;
    memcpy(CMSG_DATA(head), &segment, sizeof segment);
    header->msg_control = control;
    header->msg_controllen = CMSG_SPACE(sizeof segment);
}

static void encrypt(const struct way *way, char *at, const struct part *parts, int count)
{
    for (int i = 0; i < count; i++) {
        const struct part *part = parts + i;
        char *packet = at + part->offset;
        uint16_t number = htons(part->sequence + way->shift[part->kind]);
        int length = part->size;
        memcpy(packet + 2, &number, sizeof number);
        if (way->protect(way->context, packet, &length))
            memset(packet, 0, part->size); /* never in the clear; the receiver drops zeros */
    }
}

/* Hand over what is prepared; how many messages the kernel did not take. `owners[i]` is the way of message i. */
static int hand_over(int fd, struct mmsghdr *headers, const int *owners, int count, unsigned char *refused)
{
    int done = 0, unsent = 0;
    while (done < count) {
        int taken = sendmmsg(fd, headers + done, count - done, 0);
        if (taken > 0) {
            done += taken;
            continue;
        }
        if (errno == EINTR)
            continue;
        if (errno == EAGAIN)
            return unsent + count - done;
        if (errno == EINVAL || errno == EMSGSIZE || errno == EIO)
            refused[owners[done]] = 1;
        unsent++;
        done++;
    }
    return unsent;
}

int fan_out(int fd, const char *template, size_t size, const struct part *parts, int packets,
            const struct message *messages, int sends, const struct way *ways, int viewers, char *slots, size_t room,
            unsigned char *refused)
{
    struct mmsghdr headers[MESSAGES];
    struct iovec pieces[MESSAGES];
    char controls[MESSAGES][CMSG_SPACE(sizeof(uint16_t))] __attribute__((aligned(8)));
    int owners[MESSAGES];
    int unsent = 0, waiting = 0, slot = 0;
    for (int i = 0; i < viewers; i++) {
        char *at = slots + slot * size;
        memcpy(at, template, size);
        encrypt(ways + i, at, parts, packets);
        for (int j = 0; j < sends; j++, waiting++) {
            struct msghdr *header = &headers[waiting].msg_hdr;
            pieces[waiting] = (struct iovec){at + messages[j].offset, messages[j].size};
            *header = (struct msghdr){(void *)ways[i].address, ways[i].address_size, pieces + waiting, 1, 0, 0, 0};
            if (messages[j].segment)
                cut(header, controls[waiting], messages[j].segment);
            owners[waiting] = i;
        }
        slot++;
        if (slot == AT_ONCE || (slot + 1) * size > room || waiting + sends > MESSAGES || i + 1 == viewers) {
            unsent += hand_over(fd, headers, owners, waiting, refused);
            waiting = slot = 0;
        }
    }
    return unsent;
}
