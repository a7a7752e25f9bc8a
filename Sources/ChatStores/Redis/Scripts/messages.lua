-- Reads retained messages of a room.
--
-- KEYS  1 log (stream)   2 state (hash)
-- ARGV  1 `asc` from the oldest on, `desc` from the newest   2 only behind this `seq`   3 only before this one, or empty
--       4 most messages   5 most bytes of bodies   6 only from this time on, ms   7 most messages retained
--       8 `shown` for those alone that replicas have, else empty
-- Gives {1 if more are retained past the limits + 2 if there would be more that replicas may not have,
-- id, record, id, record, …} in the order read.
local state = redis.call('HMGET', KEYS[2], 'seq', 'shown')
local stored = tonumber(state[1] or 0)
local last = stored
if ARGV[8] ~= '' then last = math.min(last, tonumber(state[2] or last)) end
local from = math.max(tonumber(ARGV[2]), last - tonumber(ARGV[7])) + 1
local past = stored
if ARGV[3] ~= '' then past = math.min(past, tonumber(ARGV[3]) - 1) end
local to = math.min(past, last)
local hidden = past > last and past >= from and 2 or 0
local limit, room, oldest = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local ascending = ARGV[1] == 'asc'
local reply, found = {hidden}, 0
while from <= to do
    -- No more at once than can be looked at in a moment, however large the messages are.
    local count = math.min(limit - found + 1, 16)
    local first, past = string.format('%.0f-0', from), string.format('%.0f-0', to)
    local entries
    if ascending then
        entries = redis.call('XRANGE', KEYS[1], first, past, 'COUNT', count)
    else
        entries = redis.call('XREVRANGE', KEYS[1], past, first, 'COUNT', count)
    end
    for _, entry in ipairs(entries) do
        local fields = entry[2]
        if tonumber(fields[2]) >= oldest then
            local size = tonumber(fields[4])
            if found == limit or found > 0 and size > room then
                -- Going up, the page ends before the newest ones matter.
                reply[1] = ascending and 1 or 1 + hidden
                return reply
            end
            found, room = found + 1, room - size
            reply[#reply + 1] = entry[1]
            reply[#reply + 1] = fields[6]
        end
    end
    if #entries < count then break end
    local reached = tonumber(string.match(entries[#entries][1], '^%d+'))
    if ascending then from = reached + 1 else to = reached - 1 end
end
return reply
