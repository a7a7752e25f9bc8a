-- Moves a session from one process to another, or ends it, unless it has moved meanwhile.
--
-- KEYS  1 moved (hash) and 2 state of the process that gave the session out, its home
-- ARGV  1 the session's private id   2 where it is   3 its home   4 where it goes, or `-` if it ends   5 for how long that is known, ms
-- Gives 1, or 0 if it is not there any more.
if (redis.call('HGET', KEYS[1], ARGV[1]) or ARGV[3]) ~= ARGV[2] then return 0 end
-- A home that lives knows what it has; the journal of one that is gone must not be asked again.
if ARGV[4] == ARGV[3] or ARGV[4] == '-' and redis.call('GET', KEYS[2]) == 'open' then
    redis.call('HDEL', KEYS[1], ARGV[1])
else
    redis.call('HSET', KEYS[1], ARGV[1], ARGV[4])
    redis.call('PEXPIRE', KEYS[1], ARGV[5])
end
return 1
