-- Says that a process lives, so that its recovery journal stays and is left alone.
--
-- KEYS  1 log (stream)   2 state   3 lease   4 rooms (hash)   5 moved (hash)
-- ARGV  1 for how long the journal stays, ms   2 for how long the lease lasts, ms
-- Gives 1, or 0 if others have the journal, or it is gone.
if redis.call('GET', KEYS[2]) ~= 'open' then return 0 end
for _, index in ipairs({1, 2, 4, 5}) do redis.call('PEXPIRE', KEYS[index], ARGV[1]) end
redis.call('SET', KEYS[3], 1, 'PX', ARGV[2])
return 1
