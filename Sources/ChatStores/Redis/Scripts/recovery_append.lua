-- Adds records to the recovery journal of a process and drops others, in one step.
--
-- KEYS  1 log (stream)   2 state   3 lease
-- ARGV  1 `new` for the first of a name, or empty   2 for how long the journal stays, ms   3 for how long the lease lasts, ms
--       4 number of the first record   5 records of lower numbers are dropped   6… records
-- Gives 1; 0 if others have the journal, or it is gone: then it is gone for good.
local state = redis.call('GET', KEYS[2])
if ARGV[1] == 'new' then
    if state then return 0 end
elseif state ~= 'open' then
    redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
    return 0
end
local first, kept = tonumber(ARGV[4]), tonumber(ARGV[5])
if kept >= first then redis.call('DEL', KEYS[1]) end
for index = 6, #ARGV do
    redis.call('XADD', KEYS[1], string.format('%.0f-0', first + index - 6), 'r', ARGV[index])
end
if kept < first and kept > 1 then redis.call('XTRIM', KEYS[1], 'MINID', '~', string.format('%.0f-0', kept)) end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('SET', KEYS[2], 'open', 'PX', ARGV[2])
redis.call('SET', KEYS[3], 1, 'PX', ARGV[3])
return 1
