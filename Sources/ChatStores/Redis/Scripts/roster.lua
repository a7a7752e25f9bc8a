-- Reads who is in a room, or where a user is, and as of which version.
--
-- KEYS  1 members (hash)   2 state (hash)
-- Gives {version, time or '', name or '', node newline user, name, …}; time and name are of users alone.
local state = redis.call('HMGET', KEYS[2], 'roster', 'time', 'name')
local reply = {tonumber(state[1] or 0), state[2] or '', state[3] or ''}
local members = redis.call('HGETALL', KEYS[1])
for index = 1, #members do reply[index + 3] = members[index] end
return reply
