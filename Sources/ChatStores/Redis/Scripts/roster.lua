-- Reads who is in a room, or where a user is, and as of which version.
--
-- KEYS  1 members (hash)   2 state (hash)
-- Gives {version, node newline user, name, node newline user, name, …}.
local reply = {tonumber(redis.call('HGET', KEYS[2], 'roster') or 0)}
local members = redis.call('HGETALL', KEYS[1])
for index = 1, #members do reply[index + 1] = members[index] end
return reply
