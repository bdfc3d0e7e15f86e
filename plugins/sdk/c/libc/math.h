// What there is of <math.h>: what WebAssembly has an instruction for.
#ifndef SLUICE_MATH_H
#define SLUICE_MATH_H

#define NAN __builtin_nanf("")
#define INFINITY __builtin_inff()
#define isnan(x) __builtin_isnan(x)
#define isinf(x) __builtin_isinf(x)
#define isfinite(x) __builtin_isfinite(x)
#define signbit(x) __builtin_signbit(x)

static inline double fabs(double x) {
    return __builtin_fabs(x);
}
static inline double floor(double x) {
    return __builtin_floor(x);
}
static inline double ceil(double x) {
    return __builtin_ceil(x);
}
static inline double trunc(double x) {
    return __builtin_trunc(x);
}
static inline double rint(double x) {
    return __builtin_rint(x);
}
static inline double sqrt(double x) {
    return __builtin_sqrt(x);
}
static inline double copysign(double x, double sign) {
    return __builtin_copysign(x, sign);
}

#endif
