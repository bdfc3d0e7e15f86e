// `assert` ends the call with its condition and place as the reason that goes with the row.
#undef assert
#define SLUICE_QUOTE(text) SLUICE_QUOTE_AS_IS(text)
#define SLUICE_QUOTE_AS_IS(text) #text
#define assert(condition)   \
    ((condition) ? (void) 0 \
                 : sluice_assert_failed("`" #condition "` does not hold, at " __FILE__ ":" SLUICE_QUOTE(__LINE__)))
#define static_assert _Static_assert

_Noreturn void sluice_assert_failed(const char *message);
