-- Stores a message at the end of its room, gives it its `seq`, and tells all nodes, in one step.
--
-- KEYS  1 log (stream)   2 state (hash)   3 the client id's key, if the sender gave one
-- ARGV  1 record         2 its time, ms   3 bytes of its body   4 floor   5 most messages retained   6 greatest age, ms
--       7 PUBLISH or SPUBLISH; empty if `reveal.lua` is to tell, once replicas have it   8 channel   9 id
--       10 client id window, ms
-- Gives {1, seq} if it was stored, {0, seq, time, id} if the client id is that of an earlier message, {2} if the room has no seq left.
local time = tonumber(ARGV[2])
local isHidden = ARGV[7] == ''
local state = redis.call('HMGET', KEYS[2], 'seq', 'shown')
local last = tonumber(state[1] or 0)
if KEYS[3] then
    local sent = redis.call('GET', KEYS[3])
    if sent then
        local seq, at, id = string.match(sent, '^(%d+) (%-?%d+) (.*)$')
        if time - tonumber(at) < tonumber(ARGV[10]) then
            -- A write, since WAIT waits for the writes of this connection and all before them.
            if isHidden then redis.call('HSET', KEYS[2], 'seq', string.format('%.0f', last)) end
            return {0, tonumber(seq), tonumber(at), id}
        end
    end
end

local function add(last)
    -- What has been shown is never given out again, even if it was lost with a primary.
    local before = math.max(last, tonumber(state[2] or 0), tonumber(ARGV[4]))
    -- Nobody, this script least, counts further exactly.
    if before >= 9007199254740991 then return nil end
    local number = before + 1
    local seq = string.format('%.0f', number)
    local added = redis.pcall(
        'XADD', KEYS[1], 'MAXLEN', '~', ARGV[5], seq .. '-0', 't', ARGV[2], 's', ARGV[3], 'm', ARGV[1]
    )
    return number, seq, added
end
local number, seq, added = add(last)
if type(added) == 'table' and added.err and string.find(added.err, 'equal or smaller', 1, true) then
    -- The state was lost, the log was not: no `seq` is given out twice.
    local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
    if newest then number, seq, added = add(tonumber(string.match(newest[1], '^%d+'))) end
end
if not number then return {2} end
if type(added) == 'table' and added.err then return added end

if not isHidden then
    redis.call('HSET', KEYS[2], 'seq', seq, 'shown', seq)
elseif state[2] then
    redis.call('HSET', KEYS[2], 'seq', seq)
else
    redis.call('HSET', KEYS[2], 'seq', seq, 'shown', string.format('%.0f', number - 1))
end
if KEYS[3] then
    -- The clocks of nodes differ: the key outlives the window a little, and the times decide.
    redis.call('SET', KEYS[3], seq .. ' ' .. ARGV[2] .. ' ' .. ARGV[9], 'PX', tonumber(ARGV[10]) + 60000)
end
redis.call('PEXPIRE', KEYS[1], tonumber(ARGV[6]) + 60000)
if number % 64 == 0 then
    -- What is too old goes, some at a time; no reader sees it anyway.
    local oldest, kept = time - tonumber(ARGV[6]), nil
    for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 128)) do
        if tonumber(entry[2][2]) >= oldest then break end
        kept = tonumber(string.match(entry[1], '^%d+')) + 1
    end
    if kept then redis.call('XTRIM', KEYS[1], 'MINID', string.format('%.0f-0', kept)) end
end
if not isHidden then redis.call(ARGV[7], ARGV[8], 'M' .. struct.pack('>I8', number) .. ARGV[1]) end
return {1, number}
