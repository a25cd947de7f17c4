-- Notes that a task of a group was accepted. From now on the gateways sweep the group, and find its name by the ids of its tasks.
-- ARGV[5]  group
-- ARGV[6]  hash: of the group's name, four hex digits
-- ARGV[7]  life: how long a task of the group can be read from now on at most, in ms
-- ARGV[8]  most: how many names with the same hash are kept
-- Returns
--   {'noted'}
--   {'crowded'}  too many other names have the same hash: the group is swept, but the caller must note each of its tasks alone
-- Changes: busy, names:<hash>.
-- Called by: Groups, after a submit was accepted and before the client learns it, at most every 5 s for a group.
--@include call
--@include registry
local group, hash, life, most = ARGV[5], ARGV[6], tonumber(ARGV[7]), tonumber(ARGV[8])
allow_writes_when_oom()
local names = namesOf(hash)
call('ZADD', BUSY, stamp, group)
call('ZREMRANGEBYSCORE', names, '-inf', '(' .. ms(now - life))
if not call('ZSCORE', names, group) and call('ZCARD', names) >= most then return {'crowded'} end
call('ZADD', names, stamp, group)
call('PEXPIRE', names, ms(life))
return {'noted'}
