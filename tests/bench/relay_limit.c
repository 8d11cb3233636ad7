/* The least a sender must do: per viewer copy, number, encrypt, one GSO message, sendmmsg. No rooms, no repairs. */
#define _GNU_SOURCE
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#define VIDEO 6
#define VIDEO_SIZE 1042
#define AUDIO 2
#define AUDIO_SIZE 100
#define SLOT (VIDEO * (VIDEO_SIZE + 16) + AUDIO * (AUDIO_SIZE + 16))
#define VIEWERS 128

typedef int (*protect_t)(void *context, void *packet, int *length);

static size_t encrypted(protect_t protect, void *context, char *at, int size, int count, uint16_t first, uint32_t ssrc)
{
    static const char body[VIDEO_SIZE] = {(char)0x80, 96};
    char *start = at;
    for (int i = 0; i < count; i++) {
        int length = size;
        uint16_t sequence = htons(first + i);
        memcpy(at, body, size);
        memcpy(at + 2, &sequence, 2);
        memcpy(at + 8, &ssrc, 4);
        if (protect(context, at, &length))
            return 0;
        at += length;
    }
    return at - start;
}

static void segmented(struct msghdr *message, struct iovec *piece, char *control, struct sockaddr_in *to, char *at,
                      size_t length, uint16_t segment)
{
    *piece = (struct iovec){at, length};
    *message = (struct msghdr){to, sizeof *to, piece, 1, control, CMSG_SPACE(2), 0};
    struct cmsghdr *header = (struct cmsghdr *)control;
    *header = (struct cmsghdr){.cmsg_len = CMSG_LEN(2), .cmsg_level = 17, .cmsg_type = 103};
    memcpy(CMSG_DATA(header), &segment, 2);
}

/* Frames of 6 video and 2 audio packets to every viewer; how many packets were sent, or -1. */
long forward(void *protect, void **contexts, struct sockaddr_in *to, int viewers, int fd, int frames)
{
    static char slots[VIEWERS][SLOT];
    static struct mmsghdr messages[2 * VIEWERS];
    static struct iovec pieces[2 * VIEWERS];
    static char controls[2 * VIEWERS][CMSG_SPACE(2)];
    long sent = 0;
    for (int frame = 0; frame < frames; frame++) {
        for (int i = 0; i < viewers; i++) {
            char *at = slots[i];
            size_t video = encrypted((protect_t)protect, contexts[i], at, VIDEO_SIZE, VIDEO, frame * VIDEO, 1);
            size_t audio = encrypted((protect_t)protect, contexts[i], at + video, AUDIO_SIZE, AUDIO, frame * AUDIO, 2);
            if (!video || !audio)
                return -1;
            segmented(&messages[2 * i].msg_hdr, &pieces[2 * i], controls[2 * i], &to[i], at, video, video / VIDEO);
            segmented(&messages[2 * i + 1].msg_hdr, &pieces[2 * i + 1], controls[2 * i + 1], &to[i], at + video, audio,
                      audio / AUDIO);
        }
        for (int done = 0; done < 2 * viewers;) {
            int now = sendmmsg(fd, messages + done, 2 * viewers - done, 0);
            if (now < 0)
                return -1;
            done += now;
        }
        sent += (long)viewers * (VIDEO + AUDIO);
    }
    return sent;
}
