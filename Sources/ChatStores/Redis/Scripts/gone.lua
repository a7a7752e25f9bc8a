-- A node is gone from a room, or from a user: all that it had there is taken away, and all are told once.
--
-- KEYS  1 members (hash)   2 state (hash)
-- ARGV  1 node   2 PUBLISH or SPUBLISH   3 channel   4 when its users were seen, ms: of users alone
-- Gives how many entries it had.
local prefix = ARGV[1] .. '\n'
local fields, name = {}, nil
local all = redis.call('HGETALL', KEYS[1])
for index = 1, #all, 2 do
    if string.sub(all[index], 1, #prefix) == prefix then
        fields[#fields + 1] = all[index]
        name = all[index + 1]
    end
end
if #fields == 0 then return 0 end
for first = 1, #fields, 1000 do
    redis.call('HDEL', KEYS[1], unpack(fields, first, math.min(first + 999, #fields)))
end
if ARGV[4] then
    local seen = tonumber(redis.call('HGET', KEYS[2], 'time') or '-inf')
    if tonumber(ARGV[4]) >= seen then redis.call('HSET', KEYS[2], 'time', ARGV[4], 'name', name) end
end
local version = redis.call('HINCRBY', KEYS[2], 'roster', 1)
redis.call(ARGV[2], ARGV[3], 'G' .. struct.pack('>I8', version) .. struct.pack('>I2c0', #ARGV[1], ARGV[1]))
return #fields
