-- Notes that a task of a group was accepted: the group is swept from now on, and its name is found by the ids of its tasks.
-- ARGV[5] group   [6] hash of its name, four hex digits   [7] how long a task can be read after this at most, in ms
-- Returns
--   {'noted'}
-- Changes: busy, names:<hash>.
-- Called by: Groups, after a submit was accepted and before the client is told, at most every 5 s for a group.
--@include call
relieve()
local names, life = base .. 'names:' .. ARGV[6], tonumber(ARGV[7])
call('ZADD', base .. 'busy', stamp, ARGV[5])
call('ZADD', names, stamp, ARGV[5])
call('ZREMRANGEBYSCORE', names, '-inf', '(' .. ms(now - life))
call('PEXPIRE', names, ms(life))
return {'noted'}
