-- Finds how far a room is, so that `WAIT` behind it says whether replicas have all of it.
--
-- KEYS  1 state (hash)
-- Gives the last `seq` given out.
local seq = redis.call('HGET', KEYS[1], 'seq')
if not seq then return 0 end
-- The same value, but a write: WAIT waits for the writes of this connection, and with them for all before.
redis.call('HSET', KEYS[1], 'seq', seq)
return tonumber(seq)
