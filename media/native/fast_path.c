/* The fast path: one wake-up of the socket without Python. It reads what there is, and what is a usual packet of a known
 * publisher (the next one of its stream) it numbers, levels, lays out and fans out as media/seat.py, packet.py and
 * plan.py do. Everything read stays in a log in the order in which it came, decrypted where it was media: Python goes
 * through it later, and its books are then what they would be had it done the work. The first thing that is not usual
 * ends the forwarding until Python has had its turn. */
#define TURNS 4
#define LEVEL 32          /* media/packet.py */
#define SEGMENTS 64       /* media/plan.py */
#define LARGEST 64000
#define HEADER 12
#define RR 201
#define ALIGNED(size) (((size) + 7) & ~(size_t)7)

static struct fast_entry *noted(struct fast_path *path, enum fast_kind kind, unsigned line, const char *data, int size)
{
    struct fast_entry *entry = (struct fast_entry *)(path->log + path->used);
    entry->at = path->now;
    entry->size = size;
    entry->kind = kind;
    entry->line = line;
    memcpy(entry + 1, data, size);
    path->used += ALIGNED(sizeof *entry + size);
    return entry;
}

static struct line *line_from(struct fast_path *path, const struct msghdr *from)
{
    for (unsigned i = 0; i < path->count; i++)
        if (path->lines[i].address_size == from->msg_namelen &&
            !memcmp(path->lines[i].address, from->msg_name, from->msg_namelen))
            return path->lines + i;
    return NULL;
}

static struct lane *lane_of(struct line *line, uint32_t ssrc, uint8_t payload_type)
{
    for (unsigned i = 0; i < line->lanes; i++)
        if (line->lane[i].ssrc == ssrc && line->lane[i].payload_type == payload_type)
            return line->lane + i;
    return NULL;
}

/* Whether `data`, an RTP packet in the clear, is the next of its stream and as packets are (media/rtp.py); it waits then
 * for the end of its frame. */
static int usual(struct line *line, const unsigned char *data, int size)
{
    uint32_t ssrc, timestamp;
    int start = HEADER + 4 * (data[0] & 15);
    if (size < HEADER || data[0] >> 6 != 2 || data[0] & 0x20)
        return 0;
    if (data[0] & 0x10) {
        if (start + 4 > size)
            return 0;
        start += 4 + 4 * (data[start + 2] << 8 | data[start + 3]);
    }
    memcpy(&timestamp, data + 4, 4);
    memcpy(&ssrc, data + 8, 4);
    struct lane *lane = lane_of(line, ntohl(ssrc), data[1] & 127);
    uint16_t number = data[2] << 8 | data[3];
    if (start >= size || !lane || number != (uint16_t)(lane->highest + 1))
        return 0;
    if (lane->forwarded) {
        if (line->waiting == PIECES)
            return 0;
        line->pieces[line->waiting++] = (struct piece){
            (const char *)data + start, size - start, number + lane->shift, ntohl(timestamp) + lane->stamp,
            lane->as_ssrc, data[1] & 0x80, lane->kind};
    }
    lane->highest = number;
    return 1;
}

/* Media from a publisher's address; whether Python must look at it now. */
static int ingest(struct fast_path *path, struct line *line, char *data, int size)
{
    if (line->allowance <= 0) {
        path->flooded++;
        return 0;
    }
    line->allowance--;
    if (line->unprotect(line->context, data, &size)) {
        path->forged++;
        return 0;
    }
    struct fast_entry *entry = noted(path, FAST_MEDIA, line - path->lines, data, size);
    return path->closed || !usual(line, (unsigned char *)(entry + 1), size);
}

static uint32_t *place_of(struct fast_path *path, const char *address, uint32_t size, uint32_t *mark)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (uint32_t i = 2; i < size; i++)
        hash = (hash ^ (unsigned char)address[i]) * 16777619u;
    *mark = hash | 1;
    return path->known + (hash >> 8) % KNOWN;
}

static int known(struct fast_path *path, const char *address, uint32_t size)
{
    uint32_t mark, *place = place_of(path, address, size, &mark);
    return *place == mark;
}

/* Somebody is at `address`: what comes from there is nobody new. */
void fast_meet(struct fast_path *path, const char *address, uint32_t size)
{
    uint32_t mark, *place = place_of(path, address, size, &mark);
    *place = mark;
}

/* Whether an SRTCP packet is a report of reception and no more; media/sockets.py says how that is told. */
static int quiet(const unsigned char *data, int size)
{
    int behind = size < 4 ? 0 : size - 4 * ((data[2] << 8 | data[3]) + 1);
    return data[1] == RR && (behind == 20 || behind == 14 || behind == 48 || behind == 42);
}

/* Sort one datagram in; whether it is one that Python must look at now. What a receiver reports of its reception can
 * wait, and so can the checks of those whose address is known. */
static int take(struct fast_path *path, const struct msghdr *from, char *data, int size)
{
    unsigned char first = data[0], second = data[1];
    int media = size > 1 && first >> 6 == 2, control = media && second >= 192 && second < 224;
    if (media && !control) {
        struct line *line = line_from(path, from);
        if (line)
            return ingest(path, line, data, size);
    }
    struct fast_entry *entry = noted(path, FAST_RAW, 0, data, size);
    entry->address_size = from->msg_namelen;
    memcpy(entry->address, from->msg_name, from->msg_namelen);
    if (control)
        return !quiet((unsigned char *)data, size);
    return size < 2 || first > 3 || !known(path, from->msg_name, from->msg_namelen);
}


/* Neighbours of nearly one length get one length: `sizes` are what packets are padded to. */
static void levelled(const struct piece *const *pieces, int count, int *sizes)
{
    int low = 0, high = 0, begin = 0;
    for (int i = 0; i <= count; i++) {
        int size = i < count ? pieces[i]->size : 0;
        int more = size > high ? size : high, less = size < low ? size : low;
        if (i == begin)
            low = high = size;
        else if (i < count && more - less <= LEVEL)
            low = less, high = more;
        else {
            for (; begin < i; begin++)
                sizes[begin] = high;
            low = high = size;
        }
    }
}

/* A packet for everybody of a crowd, but for its number and its encryption. */
static void dress(const struct piece *piece, const struct crowd *crowd, int size, char *at)
{
    int missing = size - piece->size;
    uint32_t timestamp = htonl(piece->timestamp + crowd->late[piece->kind]), ssrc = htonl(piece->ssrc);
    at[0] = missing ? 0xa0 : 0x80;
    at[1] = piece->marker | crowd->types[piece->kind];
    memcpy(at + 4, &timestamp, 4);
    memcpy(at + 8, &ssrc, 4);
    memcpy(at + HEADER, piece->payload, piece->size);
    if (missing) {
        memset(at + HEADER + piece->size, 0, missing - 1);
        at[HEADER + size - 1] = missing;
    }
}

/* Add a packet of `size` bytes with its tag to the last message, when the kernel can cut it off again; else begin one. */
static int joined(struct message *messages, int count, int *segments, int *ended, uint32_t at, uint32_t size, int whole)
{
    struct message *last = messages + (count ? count - 1 : 0);
    uint32_t first = *segments > 1 ? last->segment : last->size;
    if (count && whole && !*ended && size <= first && *segments < SEGMENTS && (*segments + 1) * first < LARGEST) {
        last->segment = first;
        last->size += size;
        ++*segments;
        *ended = size < first;
        return count;
    }
    messages[count] = (struct message){at, size, 0};
    *segments = 1;
    *ended = 0;
    return count + 1;
}

static void give(struct fast_path *path, const struct piece *const *pieces, int count, const int *sizes,
                 const struct crowd *crowd)
{
    struct part parts[PIECES];
    struct message messages[PIECES] = {0};
    int packets = 0, sends = 0, segments = 0, ended = 0;
    uint32_t at = 0;
    for (int i = 0; i < count; i++) {
        int size = HEADER + sizes[i];
        if (crowd->types[pieces[i]->kind] > 127)
            continue; /* they do not have this kind, or not this codec */
        dress(pieces[i], crowd, sizes[i], path->template + at);
        parts[packets++] = (struct part){at, size, pieces[i]->sequence, pieces[i]->kind};
        sends = joined(messages, sends, &segments, &ended, at, size + crowd->tag, crowd->whole);
        at += size + crowd->tag;
    }
    if (!packets)
        return;
    path->unsent += fan_out(path->fd, path->template, at, parts, packets, messages, sends, crowd->ways, crowd->count,
                            path->slots, SLOTS, crowd->refused);
    path->forwarded += (uint64_t)packets * crowd->count;
}

/* What waits goes out when it is a whole frame, sound, or enough (media/flow.py): the picture first, then sound. */
static void flush(struct fast_path *path, struct line *line)
{
    const struct piece *pieces[PIECES];
    int sizes[PIECES], count = 0, due = line->waiting && (line->pieces[0].kind || line->waiting == PIECES);
    for (unsigned i = 0; i < line->waiting; i++)
        due |= !line->pieces[i].kind && line->pieces[i].marker;
    if (!due)
        return;
    for (int kind = 0; kind < 2; kind++)
        for (unsigned i = 0; i < line->waiting; i++)
            if (line->pieces[i].kind == kind)
                pieces[count++] = line->pieces + i;
    levelled(pieces, count, sizes);
    for (unsigned i = 0; i < line->crowds; i++)
        give(path, pieces, count, sizes, line->crowd + i);
    noted(path, FAST_FLUSHED, line - path->lines, "", 0);
    line->waiting = 0;
}

/* Read what the socket has at loop time `now`; see `enum fast_told`. */
int fast_take(struct fast_path *path, double now)
{
    struct mmsghdr heads[READ_AT_ONCE];
    struct iovec pieces[READ_AT_ONCE];
    int urgent = 0, waits = 0, got = READ_AT_ONCE;
    path->now = now;
    for (int i = 0; i < READ_AT_ONCE; i++) {
        pieces[i] = (struct iovec){path->read[i], DATAGRAM};
        heads[i].msg_hdr = (struct msghdr){path->names[i], sizeof path->names[i], pieces + i, 1, NULL, 0, 0};
    }
    for (int turn = 0; turn < TURNS && got == READ_AT_ONCE; turn++) {
        if (path->used + (READ_AT_ONCE + LINES) * (sizeof(struct fast_entry) + DATAGRAM) > LOG)
            return FAST_URGENT;
        for (int i = 0; i < READ_AT_ONCE; i++)
            heads[i].msg_hdr.msg_namelen = sizeof path->names[i];
        got = recvmmsg(path->fd, heads, READ_AT_ONCE, MSG_DONTWAIT, NULL);
        for (int i = 0; i < got; i++)
            path->closed |= urgent |= take(path, &heads[i].msg_hdr, path->read[i], heads[i].msg_len);
    }
    for (unsigned i = 0; i < path->count && !path->closed; i++)
        flush(path, path->lines + i), waits |= path->lines[i].waiting != 0;
    return (urgent ? FAST_URGENT : 0) | (waits ? FAST_WAITS : 0);
}
