// Not there, with the reason in words.
#error "a plugin has no files and no console: use sluice_format and sluice_log_info"
