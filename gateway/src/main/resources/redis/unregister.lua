-- The last worker of a holder at the calling gateway has left a group. The name counts for the holder while another gateway has
-- such a worker, and for all while any holder has one; it goes when the group holds nothing. Until then it counts among those that
-- its last holder left behind.
-- ARGV[5] group   [6] holder   [7] how long a name counts for all after its last use, in ms
-- ARGV[8] how long a name counts for a holder after its last use, in ms
-- ARGV[9] how long a name that a holder left behind counts against that holder, in ms
-- Returns
--   {'noted'}
-- Changes: groups, groups:<holder>, left:<holder>, in:<group>, in:<group>:<holder>.
-- Called by: Groups.
--@include call
allow_writes_when_oom()
local group, all, counts = ARGV[5], base .. 'groups', now - tonumber(ARGV[7])
local old = '(' .. ms(now - tonumber(ARGV[8]))
local holders = base .. 'in:' .. group
local gateways = holders .. ':' .. ARGV[6]
call('ZREM', gateways, caller)
call('ZREMRANGEBYSCORE', gateways, '-inf', old)
if call('EXISTS', gateways) == 1 then return {'noted'} end
call('ZREM', base .. 'groups:' .. ARGV[6], group)
call('ZREM', holders, ARGV[6])
call('ZREMRANGEBYSCORE', holders, '-inf', old)
if call('EXISTS', holders) == 1 then return {'noted'} end
local used = call('ZSCORE', all, group)
if not used then return {'noted'} end
if tonumber(used) > counts then call('ZADD', all, ms(counts), group) end
local left = base .. 'left:' .. ARGV[6]
call('ZADD', left, stamp, group)
call('ZREMRANGEBYSCORE', left, '-inf', '(' .. ms(now - tonumber(ARGV[9])))
call('PEXPIRE', left, ARGV[9])
return {'noted'}
