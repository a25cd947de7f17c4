-- Notes that a task of a group was accepted: the group is swept from now on, and its name is found by the ids of its tasks.
-- ARGV[5] group   [6] hash of its name, four hex digits   [7] how long a task can be read after this at most, in ms
-- ARGV[8] how many names of one hash are kept at most
-- Returns
--   {'noted'}
--   {'crowded'}  as many other names have the same hash: the group is swept, and each of its tasks must be noted alone
-- Changes: busy, names:<hash>.
-- Called by: Groups, after a submit was accepted and before the client is told, at most every 5 s for a group.
--@include call
allow_writes_when_oom()
local names, life = base .. 'names:' .. ARGV[6], tonumber(ARGV[7])
call('ZADD', base .. 'busy', stamp, ARGV[5])
call('ZREMRANGEBYSCORE', names, '-inf', '(' .. ms(now - life))
if not call('ZSCORE', names, ARGV[5]) and call('ZCARD', names) >= tonumber(ARGV[8]) then return {'crowded'} end
call('ZADD', names, stamp, ARGV[5])
call('PEXPIRE', names, ms(life))
return {'noted'}
