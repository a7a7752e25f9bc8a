-- Reads a page of a recovery journal.
--
-- KEYS  1 log (stream)
-- ARGV  1 number of the first record   2 most bytes
-- Gives {1 if there is more, number, record, number, record, …}.
local from, room = tonumber(ARGV[1]), tonumber(ARGV[2])
local reply = {0}
while true do
    -- No more at once than can be looked at in a moment, however large records are.
    local entries = redis.call('XRANGE', KEYS[1], string.format('%.0f-0', from), '+', 'COUNT', 32)
    for _, entry in ipairs(entries) do
        local size = #entry[2][2]
        if #reply > 1 and size > room then
            reply[1] = 1
            return reply
        end
        room = room - size
        local number = string.match(entry[1], '^%d+')
        reply[#reply + 1] = number
        reply[#reply + 1] = entry[2][2]
        from = tonumber(number) + 1
    end
    if #entries < 32 then return reply end
end
