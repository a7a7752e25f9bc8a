-- Closes the recovery journal of a process that is gone: should it live after all, it can add nothing any more.
--
-- KEYS  1 state   2 lease
-- Gives 1; 0 if there is no journal.
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('SET', KEYS[1], 'retired', 'KEEPTTL')
redis.call('DEL', KEYS[2])
return 1
