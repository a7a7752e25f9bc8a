-- Tells which process has a session.
--
-- KEYS  1 moved (hash), 2 state and 3 lease of a process
-- ARGV  1 the session's private id
-- Gives {the process that it has moved to, or empty; 1 if the process has a journal; 1 if its lease lasts}.
return {
    redis.call('HGET', KEYS[1], ARGV[1]) or '',
    redis.call('EXISTS', KEYS[2]),
    redis.call('EXISTS', KEYS[3]),
}
