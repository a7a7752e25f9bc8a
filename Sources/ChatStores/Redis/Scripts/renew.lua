-- Renews a node's lease, or takes one for the first time, and finds whose lease has ended.
--
-- A lease that has ended can be renewed as long as nobody has given the node up: after an outage of Redis all have ended, and all nodes
-- are there. To give a node up is to set its time to 0, before anything of it is taken away.
--
-- KEYS  1 nodes (sorted set: when each lease ends, ms; 0 for a node that was given up)
-- ARGV  1 node   2 how long a lease lasts, ms   3 `new` for the first time   4… nodes to be given up if their leases have ended
-- Gives {1 if the node has a lease now, how many of the following were given up, node, node, …}: nodes whose leases have ended, those first
-- that were given up, at most 100.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local function ends(node) return tonumber(redis.call('ZSCORE', KEYS[1], node) or '0') end
local held = ARGV[3] == 'new' or ends(ARGV[1]) > 0
if held then redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1]) end
for index = 4, #ARGV do
    local time = ends(ARGV[index])
    if time > 0 and time <= now then redis.call('ZADD', KEYS[1], 0, ARGV[index]) end
end
local reply = {held and 1 or 0, 0}
local ended = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'WITHSCORES', 'LIMIT', 0, 101)
for index = 1, #ended, 2 do
    if ended[index] ~= ARGV[1] and #reply <= 101 then
        reply[#reply + 1] = ended[index]
        if tonumber(ended[index + 1]) <= 0 then reply[2] = reply[2] + 1 end
    end
end
return reply
