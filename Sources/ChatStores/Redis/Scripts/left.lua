-- A user's last socket on a node has gone: from a room, or from the chat at all.
--
-- KEYS  1 members (hash)   2 state (hash)
-- ARGV  1 node   2 user   3 PUBLISH or SPUBLISH   4 channel
-- Gives 1 if that was news.
if redis.call('HDEL', KEYS[1], ARGV[1] .. '\n' .. ARGV[2]) == 0 then return 0 end
local version = redis.call('HINCRBY', KEYS[2], 'roster', 1)
redis.call(ARGV[3], ARGV[4], 'L' .. struct.pack('>I8', version)
    .. struct.pack('>I2c0I2c0', #ARGV[1], ARGV[1], #ARGV[2], ARGV[2]))
return 1
