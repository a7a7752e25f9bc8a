-- Shows a room's messages up to one that replicas have, and tells all nodes of each, in order and once.
--
-- KEYS  1 log (stream)   2 state (hash)
-- ARGV  1 `seq`   2 PUBLISH or SPUBLISH   3 channel
-- Gives how far the room is shown.
local state = redis.call('HMGET', KEYS[2], 'seq', 'shown')
local last = tonumber(state[1] or 0)
local shown = tonumber(state[2] or last)
local to = math.min(tonumber(ARGV[1]), last)
if to <= shown then return shown end
redis.call('HSET', KEYS[2], 'shown', string.format('%.0f', to))
-- Whoever misses earlier ones finds a gap, and reads.
local from = math.max(shown + 1, to - 255)
while from <= to do
    local entries = redis.call(
        'XRANGE', KEYS[1], string.format('%.0f-0', from), string.format('%.0f-0', to), 'COUNT', 16
    )
    for _, entry in ipairs(entries) do
        from = tonumber(string.match(entry[1], '^%d+'))
        redis.call(ARGV[2], ARGV[3], 'M' .. struct.pack('>I8', from) .. entry[2][6])
    end
    if #entries < 16 then break end
    from = from + 1
end
return to
