"""The built-in venue: a loopback server that speaks the vendors wire protocols."""
