// Not there, with the reason in words.
#error "a plugin has no clock: use sluice_received_at"
