-- Takes note that members have been given messages up to a `seq` that Redis may have lost: it is not given out again.
--
-- KEYS  1 state (hash)
-- ARGV  1 `seq`
-- Gives 1 if that was news.
local last = tonumber(redis.call('HGET', KEYS[1], 'seq') or 0)
if tonumber(ARGV[1]) <= last then return 0 end
redis.call('HSET', KEYS[1], 'seq', ARGV[1])
return 1
