/* AES-GCM (NIST SP 800-38D) in place, for one packet at a time, with the processor's own instructions: what a general
 * library spends on setting up a packet's nonce costs as much again as the encryption. No table is looked up by secret
 * bytes and nothing branches on them. GHASH is computed bit-reflected: operands are byte-swapped, H is multiplied by
 * x^-1 once, and a row of products is reduced together. */
#include <arpa/inet.h>
#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#define SEALS 1
#include <immintrin.h>

#define TARGET __attribute__((target("aes,pclmul,ssse3,sse4.1")))
#define TAG 16
#define ABREAST 8 /* blocks in flight: as many as hide the instructions' latency */
#define POWERS 16

struct gcm {
    __m128i keys[15];           /* the rounds', AES-256 having 14 and one to begin with */
    __m128i powers[POWERS + 3]; /* H^16 … H^1, and nothing: what is multiplied by that does not count */
    int rounds;
};

static inline TARGET __m128i swapped(__m128i block)
{
    return _mm_shuffle_epi8(block, _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
}

static inline TARGET __m128i counter(__m128i nonce, uint32_t number)
{
    return _mm_insert_epi32(nonce, (int)__builtin_bswap32(number), 3);
}

/* A sum of products of 128 bits, not reduced yet. */
struct sum { __m128i low, middle, high; };

static inline TARGET void add(struct sum *sum, __m128i a, __m128i b)
{
    sum->low = _mm_xor_si128(sum->low, _mm_clmulepi64_si128(a, b, 0x00));
    sum->high = _mm_xor_si128(sum->high, _mm_clmulepi64_si128(a, b, 0x11));
    sum->middle = _mm_xor_si128(sum->middle, _mm_clmulepi64_si128(a, b, 0x01));
    sum->middle = _mm_xor_si128(sum->middle, _mm_clmulepi64_si128(a, b, 0x10));
}

static inline TARGET __m128i reduced(struct sum sum)
{
    const __m128i polynomial = _mm_set_epi64x((long long)0xc200000000000000, 1);
    __m128i folded = _mm_clmulepi64_si128(polynomial, sum.low, 0x01);
    sum.middle = _mm_xor_si128(sum.middle, _mm_xor_si128(folded, _mm_shuffle_epi32(sum.low, 0x4e)));
    folded = _mm_clmulepi64_si128(polynomial, sum.middle, 0x01);
    return _mm_xor_si128(sum.high, _mm_xor_si128(folded, _mm_shuffle_epi32(sum.middle, 0x4e)));
}

static inline TARGET __m128i product(__m128i a, __m128i b)
{
    struct sum sum = {_mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128()};
    add(&sum, a, b);
    return reduced(sum);
}

static inline TARGET __m128i encrypted(const struct gcm *gcm, __m128i block)
{
    block = _mm_xor_si128(block, gcm->keys[0]);
    for (int round = 1; round < gcm->rounds; round++)
        block = _mm_aesenc_si128(block, gcm->keys[round]);
    return _mm_aesenclast_si128(block, gcm->keys[gcm->rounds]);
}

/* The key schedule of FIPS 197 §5.2, four words at a time; `assist` holds SubWord and Rcon for them. */
static inline TARGET __m128i next_key(__m128i before, __m128i assist)
{
    before = _mm_xor_si128(before, _mm_slli_si128(before, 4));
    before = _mm_xor_si128(before, _mm_slli_si128(before, 8));
    return _mm_xor_si128(before, assist);
}

#define EVEN(key, rcon) _mm_shuffle_epi32(_mm_aeskeygenassist_si128(key, rcon), 0xff)
#define ODD(key) _mm_shuffle_epi32(_mm_aeskeygenassist_si128(key, 0), 0xaa)

static TARGET void expand(struct gcm *gcm, const unsigned char *key, int size)
{
    __m128i *k = gcm->keys;
    k[0] = _mm_loadu_si128((const __m128i *)key);
    if (size == 16) {
        gcm->rounds = 10;
#define STEP(i, rcon) k[i] = next_key(k[i - 1], EVEN(k[i - 1], rcon))
        STEP(1, 0x01); STEP(2, 0x02); STEP(3, 0x04); STEP(4, 0x08); STEP(5, 0x10);
        STEP(6, 0x20); STEP(7, 0x40); STEP(8, 0x80); STEP(9, 0x1b); STEP(10, 0x36);
#undef STEP
        return;
    }
    gcm->rounds = 14;
    k[1] = _mm_loadu_si128((const __m128i *)(key + 16));
#define STEP(i, rcon) k[i] = next_key(k[i - 2], EVEN(k[i - 1], rcon)), k[i + 1] = next_key(k[i - 1], ODD(k[i]))
    STEP(2, 0x01); STEP(4, 0x02); STEP(6, 0x04); STEP(8, 0x08); STEP(10, 0x10); STEP(12, 0x20);
#undef STEP
    k[14] = next_key(k[12], EVEN(k[13], 0x40));
}

/* `size` is 16 or 32. */
static TARGET void gcm_begin(struct gcm *gcm, const unsigned char *key, int size)
{
    expand(gcm, key, size);
    __m128i h = swapped(encrypted(gcm, _mm_setzero_si128()));
    __m128i carries = _mm_srli_epi64(h, 63), top = _mm_shuffle_epi32(_mm_srai_epi32(h, 31), 0xff);
    h = _mm_or_si128(_mm_slli_epi64(h, 1), _mm_slli_si128(carries, 8));
    h = _mm_xor_si128(h, _mm_and_si128(top, _mm_set_epi64x((long long)0xc200000000000000, 1)));
    gcm->powers[POWERS - 1] = h;
    for (int i = POWERS - 2; i >= 0; i--)
        gcm->powers[i] = product(gcm->powers[i + 1], h);
}

/* Encrypt `size` bytes of `data`, authenticate the `open` bytes (16 at most) at `head` with them, and put the tag
 * behind. `nonce`: 12 bytes and four of nothing. */
static TARGET void gcm_seal(const struct gcm *gcm, __m128i nonce, const char *head, int open, char *data, int size)
{
    __m128i *at = (__m128i *)data;
    uint32_t number = 2;
    char last[16] = {0};
    memcpy(last, head, open);
    __m128i hash = product(swapped(_mm_loadu_si128((const __m128i *)last)), gcm->powers[POWERS - 1]);
    int left = size;
    for (; left >= 16 * ABREAST; left -= 16 * ABREAST, at += ABREAST) {
        __m128i b[ABREAST];
        struct sum sum = {_mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128()};
        for (int i = 0; i < ABREAST; i++)
            b[i] = _mm_xor_si128(counter(nonce, number++), gcm->keys[0]);
        for (int round = 1; round < gcm->rounds; round++)
            for (int i = 0; i < ABREAST; i++)
                b[i] = _mm_aesenc_si128(b[i], gcm->keys[round]);
        for (int i = 0; i < ABREAST; i++) {
            b[i] = _mm_xor_si128(_mm_aesenclast_si128(b[i], gcm->keys[gcm->rounds]), _mm_loadu_si128(at + i));
            _mm_storeu_si128(at + i, b[i]);
            b[i] = swapped(b[i]);
        }
        b[0] = _mm_xor_si128(b[0], hash);
        for (int i = 0; i < ABREAST; i++)
            add(&sum, b[i], gcm->powers[POWERS - ABREAST + i]);
        hash = reduced(sum);
    }
    for (; left > 0; left -= 16, at++) {
        int count = left < 16 ? left : 16;
        __m128i block = encrypted(gcm, counter(nonce, number++));
        memset(last, 0, sizeof last);
        memcpy(last, at, count);
        _mm_storeu_si128((__m128i *)last, _mm_xor_si128(block, _mm_loadu_si128((const __m128i *)last)));
        memcpy(at, last, count);
        memset(last + count, 0, 16 - count);
        block = swapped(_mm_loadu_si128((const __m128i *)last));
        hash = product(_mm_xor_si128(hash, block), gcm->powers[POWERS - 1]);
    }
    __m128i lengths = _mm_set_epi64x(8LL * open, 8LL * size);
    hash = product(_mm_xor_si128(hash, lengths), gcm->powers[POWERS - 1]);
    _mm_storeu_si128((__m128i *)(data + size), _mm_xor_si128(swapped(hash), encrypted(gcm, counter(nonce, 1))));
}

static int gcm_possible(void)
{
    return __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
}
#endif
