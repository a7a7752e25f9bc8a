-- Moves a user's read cursor in a room forward; never back.
--
-- KEYS  1 read cursors (hash)
-- ARGV  1 user   2 `seq`
-- Gives 1 if it moved.
local seq = redis.call('HGET', KEYS[1], ARGV[1])
if tonumber(ARGV[2]) <= tonumber(seq or 0) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
