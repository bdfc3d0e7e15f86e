// Numbers and booleans in text. The rules are those of the other languages' kits: blanks around are ignored, and
// nothing else is.

#include "internal.h"

static bool is_digit(char byte) {
    return byte >= '0' && byte <= '9';
}

bool sluice_parse_integer_str(sluice_str text, int64_t *value) {
    text = sluice_trim(text);
    bool negative = text.len > 0 && text.ptr[0] == '-';
    size_t at = negative || (text.len > 0 && text.ptr[0] == '+');
    if (at == text.len) {
        return false;
    }
    if (text.len - at <= 18) {
        // Too few digits to overflow.
        int64_t sum = 0;
        for (; at < text.len; at++) {
            if (!is_digit(text.ptr[at])) {
                return false;
            }
            sum = sum * 10 + (text.ptr[at] - '0');
        }
        *value = negative ? -sum : sum;
        return true;
    }
    uint64_t sum = 0;
    const uint64_t limit = (uint64_t) INT64_MAX + negative;
    for (; at < text.len; at++) {
        if (!is_digit(text.ptr[at])) {
            return false;
        }
        uint64_t digit = (uint64_t) (text.ptr[at] - '0');
        if (sum > (limit - digit) / 10) {
            return false;
        }
        sum = sum * 10 + digit;
    }
    *value = (int64_t) (negative ? 0 - sum : sum);
    return true;
}

bool sluice_parse_boolean_str(sluice_str text, bool *value) {
    text = sluice_trim(text);
    if (sluice_equal(text, "true")) {
        *value = true;
        return true;
    }
    if (sluice_equal(text, "false")) {
        *value = false;
        return true;
    }
    return false;
}

// -- floats
//
// Most have few digits and a small power of ten: both are floats without loss, and so is their product or quotient but
// for one rounding. The others are done by long division of large integers, which is slow, and right.

/// Enough for 770 digits (more than any halfway point between two floats has) times or over 10 to the 400.
#define WORDS 160
#define MAX_DIGITS 770

typedef struct large {
    uint32_t words[WORDS];
    size_t len;
} large;

static void large_multiply_add(large *number, uint32_t factor, uint32_t summand) {
    uint64_t carry = summand;
    for (size_t i = 0; i < number->len; i++) {
        carry += (uint64_t) number->words[i] * factor;
        number->words[i] = (uint32_t) carry;
        carry >>= 32;
    }
    if (carry && number->len < WORDS) {
        number->words[number->len++] = (uint32_t) carry;
    }
}

static int large_bits(const large *number) {
    return number->len == 0 ? 0 : (int) number->len * 32 - __builtin_clz(number->words[number->len - 1]);
}

static void large_shift_left(large *number, int bits) {
    for (; bits >= 32; bits -= 32) {
        if (number->len < WORDS) {
            memmove(number->words + 1, number->words, number->len * sizeof(uint32_t));
            number->words[0] = 0;
            number->len++;
        }
    }
    if (bits > 0) {
        large_multiply_add(number, 1u << bits, 0);
    }
}

static int large_compare(const large *a, const large *b) {
    if (a->len != b->len) {
        return a->len < b->len ? -1 : 1;
    }
    for (size_t i = a->len; i-- > 0;) {
        if (a->words[i] != b->words[i]) {
            return a->words[i] < b->words[i] ? -1 : 1;
        }
    }
    return 0;
}

/// `a` is not less than `b`.
static void large_subtract(large *a, const large *b) {
    uint64_t borrow = 0;
    for (size_t i = 0; i < a->len; i++) {
        uint64_t difference = (uint64_t) a->words[i] - (i < b->len ? b->words[i] : 0) - borrow;
        a->words[i] = (uint32_t) difference;
        borrow = difference >> 63;
    }
    while (a->len > 0 && a->words[a->len - 1] == 0) {
        a->len--;
    }
}

static double float_of_bits(uint64_t bits) {
    double value;
    __builtin_memcpy(&value, &bits, sizeof value);
    return value;
}

/// The float nearest to `digits` (without leading zeros) times 10 to the `exponent`; of two, the even one.
static double nearest(const char *digits, size_t len, bool has_more, int exponent) {
    if ((int) len + exponent > 310) {
        return float_of_bits(0x7ff0000000000000);
    }
    if ((int) len + exponent < -326) {
        return 0;
    }
    static large number, divisor;
    number.len = 0;
    for (size_t i = 0; i < len; i++) {
        large_multiply_add(&number, 10, (uint32_t) (digits[i] - '0'));
    }
    if (has_more) {
        // Digits that were left out count as a little more than nothing.
        large_multiply_add(&number, 10, 1);
        exponent--;
    }
    divisor.len = 1;
    divisor.words[0] = 1;
    for (; exponent > 0; exponent--) {
        large_multiply_add(&number, 10, 0);
    }
    for (; exponent < 0; exponent++) {
        large_multiply_add(&divisor, 10, 0);
    }
    // Let the quotient be at least 1 and less than 2, times 2 to the `power`.
    int power = large_bits(&number) - large_bits(&divisor);
    if (power > 0) {
        large_shift_left(&divisor, power);
    } else {
        large_shift_left(&number, -power);
    }
    if (large_compare(&number, &divisor) < 0) {
        large_shift_left(&number, 1);
        power--;
    }
    if (power > 1023) {
        return float_of_bits(0x7ff0000000000000);
    }
    // Numbers below 2 to the -1022 have fewer bits.
    int bits = power >= -1022 ? 53 : 53 - (-1022 - power);
    if (bits < 0) {
        return 0;
    }
    uint64_t mantissa = 0;
    for (int i = 0; i < bits; i++) {
        mantissa <<= 1;
        if (large_compare(&number, &divisor) >= 0) {
            large_subtract(&number, &divisor);
            mantissa |= 1;
        }
        large_shift_left(&number, 1);
    }
    int rest = large_compare(&number, &divisor);
    if (rest > 0 || (rest == 0 && (mantissa & 1))) {
        mantissa++;
    }
    // A mantissa that was rounded up to one bit more raises the exponent by itself, also to infinity.
    uint64_t biased = power >= -1022 ? (uint64_t) (power + 1022) : 0;
    return float_of_bits((biased << 52) + mantissa);
}

bool sluice_parse_float_str(sluice_str text, double *value) {
    text = sluice_trim(text);
    bool negative = text.len > 0 && text.ptr[0] == '-';
    if (negative || (text.len > 0 && text.ptr[0] == '+')) {
        text = sluice_slice(text, 1, text.len);
    }
    if (sluice_equal_lower(text, "inf") || sluice_equal_lower(text, "infinity")) {
        *value = negative ? -__builtin_inf() : __builtin_inf();
        return true;
    }
    if (sluice_equal_lower(text, "nan")) {
        *value = __builtin_copysign(__builtin_nan(""), negative ? -1.0 : 1.0);
        return true;
    }
    static char digits[MAX_DIGITS];
    size_t len = 0, seen = 0, at = 0;
    uint64_t mantissa = 0;
    int exponent = 0;
    bool has_more = false, after_point = false;
    for (; at < text.len; at++) {
        char byte = text.ptr[at];
        if (byte == '.' && !after_point) {
            after_point = true;
            continue;
        }
        if (!is_digit(byte)) {
            break;
        }
        seen++;
        if (len == 0 && byte == '0') {
            exponent -= after_point;
        } else if (len < MAX_DIGITS) {
            digits[len++] = byte;
            mantissa = len <= 19 ? mantissa * 10 + (uint64_t) (byte - '0') : mantissa;
            exponent -= after_point;
        } else {
            has_more |= byte != '0';
            exponent += !after_point;
        }
    }
    if (seen == 0) {
        return false;
    }
    if (at < text.len) {
        if (text.ptr[at] != 'e' && text.ptr[at] != 'E') {
            return false;
        }
        sluice_str power = sluice_slice(text, at + 1, text.len);
        bool is_negative = power.len > 0 && power.ptr[0] == '-';
        if (is_negative || (power.len > 0 && power.ptr[0] == '+')) {
            power = sluice_slice(power, 1, power.len);
        }
        if (power.len == 0) {
            return false;
        }
        int number = 0;
        for (size_t i = 0; i < power.len; i++) {
            if (!is_digit(power.ptr[i])) {
                return false;
            }
            // More than text of any length makes up for.
            number = number < 100000000 ? number * 10 + (power.ptr[i] - '0') : number;
        }
        exponent += is_negative ? -number : number;
    }
    static const double tens[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                   1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
    double magnitude;
    if (len == 0) {
        magnitude = 0;
    } else if (len <= 19 && mantissa <= (uint64_t) 1 << 53 && exponent >= -22 && exponent <= 22) {
        magnitude = exponent < 0 ? (double) mantissa / tens[-exponent] : (double) mantissa * tens[exponent];
    } else {
        magnitude = nearest(digits, len, has_more, exponent);
    }
    *value = negative ? -magnitude : magnitude;
    return true;
}

#pragma clang attribute pop
