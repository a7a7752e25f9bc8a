-- Remembers when a user was seen; an earlier time than the one remembered changes nothing.
--
-- KEYS  1 the user's sighting (hash)
-- ARGV  1 time, ms   2 name
local seen = redis.call('HGET', KEYS[1], 'time')
if seen and tonumber(seen) > tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'time', ARGV[1], 'name', ARGV[2])
return 1
