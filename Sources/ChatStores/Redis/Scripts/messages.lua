-- Reads retained messages of a room.
--
-- KEYS  1 log (stream)   2 state (hash)
-- ARGV  1 `asc` from the oldest on, `desc` from the newest   2 only behind this `seq`   3 only before this one, or empty
--       4 most messages   5 most bytes of bodies   6 only from this time on, ms   7 most messages retained
-- Gives {1 if more are retained past the limits, id, record, id, record, …} in the order read.
local last = tonumber(redis.call('HGET', KEYS[2], 'seq') or 0)
local from = math.max(tonumber(ARGV[2]), last - tonumber(ARGV[7])) + 1
local to = last
if ARGV[3] ~= '' then to = math.min(to, tonumber(ARGV[3]) - 1) end
local limit, room, oldest = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local ascending = ARGV[1] == 'asc'
local reply, found = {0}, 0
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
                reply[1] = 1
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
