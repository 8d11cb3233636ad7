/* `gcm_seal` with four blocks to a register (VAES, VPCLMULQDQ, AVX-512): sixteen are in flight, and the last ones of a
 * packet are masked instead of going one by one. */
#ifdef SEALS
#define WIDE __attribute__((target("aes,pclmul,avx512f,avx512bw,avx512vl,avx512dq,vaes,vpclmulqdq,bmi2")))
#define LANES 4

static inline WIDE __m512i four(__m128i block) { return _mm512_broadcast_i32x4(block); }

static inline WIDE __m512i swapped_four(__m512i blocks)
{
    return _mm512_shuffle_epi8(blocks, four(_mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)));
}

static inline WIDE __m128i together(__m512i sums)
{
    __m256i half = _mm256_xor_si256(_mm512_castsi512_si256(sums), _mm512_extracti64x4_epi64(sums, 1));
    return _mm_xor_si128(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}

/* Encrypt and hash `left` bytes, of as many registers, which the compiler has to know. */
static inline WIDE __attribute__((always_inline)) __m128i
pass(const struct gcm *gcm, __m512i *count, __m128i hash, char *data, int left, const int registers)
{
    const __m128i *powers = gcm->powers + POWERS - (left + 15) / 16;
    __m512i b[POWERS / LANES], low = _mm512_setzero_si512(), middle = low, high = low;
#pragma GCC unroll 4
    for (int i = 0; i < registers; i++) {
        b[i] = _mm512_xor_si512(swapped_four(*count), four(gcm->keys[0]));
        *count = _mm512_add_epi32(*count, four(_mm_set_epi32(0, 0, 0, LANES)));
    }
    for (int round = 1; round < gcm->rounds; round++) {
        const __m512i key = four(gcm->keys[round]);
#pragma GCC unroll 4
        for (int i = 0; i < registers; i++)
            b[i] = _mm512_aesenc_epi128(b[i], key);
    }
    const __m512i last = four(gcm->keys[gcm->rounds]);
#pragma GCC unroll 4
    for (int i = 0; i < registers; i++) {
        const __mmask64 mask = i + 1 < registers ? ~0ULL : _bzhi_u64(~0ULL, left - 64 * i);
        const __m512i text = _mm512_maskz_loadu_epi8(mask, data + 64 * i);
        b[i] = _mm512_maskz_mov_epi8(mask, _mm512_xor_si512(_mm512_aesenclast_epi128(b[i], last), text));
        _mm512_mask_storeu_epi8(data + 64 * i, mask, b[i]);
        b[i] = swapped_four(b[i]);
        if (i == 0)
            b[i] = _mm512_xor_si512(b[i], _mm512_zextsi128_si512(hash));
        const __m512i power = _mm512_loadu_si512(powers + LANES * i);
        low = _mm512_xor_si512(low, _mm512_clmulepi64_epi128(b[i], power, 0x00));
        high = _mm512_xor_si512(high, _mm512_clmulepi64_epi128(b[i], power, 0x11));
        middle = _mm512_xor_si512(middle, _mm512_clmulepi64_epi128(b[i], power, 0x01));
        middle = _mm512_xor_si512(middle, _mm512_clmulepi64_epi128(b[i], power, 0x10));
    }
    return reduced((struct sum){together(low), together(middle), together(high)});
}

static WIDE void gcm_seal_wide(const struct gcm *gcm, __m128i nonce, const char *head, int open, char *data, int size)
{
    const __m512i steps = _mm512_set_epi32(0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0);
    __m512i count = _mm512_add_epi32(four(swapped(counter(nonce, 2))), steps);
    __m128i hash = swapped(_mm_maskz_loadu_epi8((__mmask16)_bzhi_u32(0xffff, open), head));
    char *at = data;
    int left = size;
    hash = product(hash, gcm->powers[POWERS - 1]);
    for (; left >= 256; left -= 256, at += 256)
        hash = pass(gcm, &count, hash, at, 256, 4);
    switch ((left + 63) / 64) {
    case 4: hash = pass(gcm, &count, hash, at, left, 4); break;
    case 3: hash = pass(gcm, &count, hash, at, left, 3); break;
    case 2: hash = pass(gcm, &count, hash, at, left, 2); break;
    case 1: hash = pass(gcm, &count, hash, at, left, 1);
    }
    hash = product(_mm_xor_si128(hash, _mm_set_epi64x(8LL * open, 8LL * size)), gcm->powers[POWERS - 1]);
    _mm_storeu_si128((__m128i *)(data + size), _mm_xor_si128(swapped(hash), encrypted(gcm, counter(nonce, 1))));
}

static int gcm_possible_wide(void)
{
    return __builtin_cpu_supports("vaes") && __builtin_cpu_supports("vpclmulqdq") && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("bmi2");
}
#endif
