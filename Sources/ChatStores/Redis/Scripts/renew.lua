-- Renews a node's lease, or takes one for the first time, and finds whose lease has ended.
--
-- KEYS  1 nodes (sorted set: when each lease ends, ms)
-- ARGV  1 node   2 how long a lease lasts, ms   3 `new` for the first time
-- Gives {1 if the node has a lease now, node, node, …}: the others, whose leases have ended, at most 100.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local ends = redis.call('ZSCORE', KEYS[1], ARGV[1])
local held = ARGV[3] == 'new' or ends and tonumber(ends) > now
if held then redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1]) end
local reply = {held and 1 or 0}
for _, node in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, 101)) do
    if node ~= ARGV[1] and #reply <= 100 then reply[#reply + 1] = node end
end
return reply
