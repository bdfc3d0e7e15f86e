// The log, and how a mistake in an author's code ends: with a line of severity error, which becomes the reason that
// goes with the rejected row, and a trap.

#include <stdlib.h>

#include "internal.h"

void sluice_log_str(sluice_severity_t severity, sluice_str message) {
    transformer_string_t line = sluice_string(message);
    sluice_log_write(severity, &line);
}

_Noreturn void sluice_panic_str(sluice_str message) {
    sluice_log_error(message);
    __builtin_trap();
}

_Noreturn void sluice_assert_failed(const char *message);

_Noreturn void sluice_assert_failed(const char *message) {
    sluice_panic(message);
}

// wit-bindgen's output asks for it, so that an object that describes the world is linked. `gen plugin build` does that.
void __component_type_object_force_link_transformer(void);

void __component_type_object_force_link_transformer(void) {
}

// What code compiled with `-fsanitize=… -fsanitize-minimal-runtime` calls where C would let anything happen.
#define SLUICE_UNDEFINED(check, message)                          \
    _Noreturn void __ubsan_handle_##check##_minimal_abort(void);  \
    _Noreturn void __ubsan_handle_##check##_minimal_abort(void) { \
        sluice_panic(message);                                    \
    }

SLUICE_UNDEFINED(add_overflow, "a sum of integers is out of range")
SLUICE_UNDEFINED(sub_overflow, "a difference of integers is out of range")
SLUICE_UNDEFINED(mul_overflow, "a product of integers is out of range")
SLUICE_UNDEFINED(negate_overflow, "the negative of an integer is out of range")
SLUICE_UNDEFINED(divrem_overflow, "an integer is divided by zero, or the quotient is out of range")
SLUICE_UNDEFINED(shift_out_of_bounds, "an integer is shifted by more bits than it has")
SLUICE_UNDEFINED(out_of_bounds, "an index is out of the array's bounds")
SLUICE_UNDEFINED(builtin_unreachable, "a place is reached that was said to be unreachable")
SLUICE_UNDEFINED(missing_return, "a function ends without the value that it should return")
SLUICE_UNDEFINED(vla_bound_not_positive, "an array's length is not positive")
SLUICE_UNDEFINED(float_cast_overflow, "a float does not fit the integer that it is made to")
SLUICE_UNDEFINED(load_invalid_value, "a boolean is neither true nor false")
SLUICE_UNDEFINED(type_mismatch, "a pointer is NULL, or not aligned")
SLUICE_UNDEFINED(pointer_overflow, "an address is out of range")
SLUICE_UNDEFINED(nonnull_arg, "an argument is NULL")
SLUICE_UNDEFINED(nonnull_return, "a function returns NULL where it must not")
SLUICE_UNDEFINED(invalid_builtin, "a compiler's function is called with what it is not defined for")

#pragma clang attribute pop
