-- A user's first socket on a node has come: to a room, or to the chat at all.
--
-- KEYS  1 members (hash)   2 state (hash)
-- ARGV  1 node   2 user   3 name   4 PUBLISH or SPUBLISH   5 channel
-- Gives 1 if that was news.
if redis.call('HSET', KEYS[1], ARGV[1] .. '\n' .. ARGV[2], ARGV[3]) == 0 then return 0 end
local version = redis.call('HINCRBY', KEYS[2], 'roster', 1)
redis.call(ARGV[4], ARGV[5], 'C' .. struct.pack('>I8', version)
    .. struct.pack('>I2c0I2c0I4c0', #ARGV[1], ARGV[1], #ARGV[2], ARGV[2], #ARGV[3], ARGV[3]))
return 1
