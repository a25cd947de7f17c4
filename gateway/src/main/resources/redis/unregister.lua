-- The last worker of a holder at the calling gateway has left a group. The name counts for the holder while another gateway has such
-- a worker, and among all names while any holder has a worker in the group. Until the group holds nothing any more and the name
-- goes, it counts among the names that its last holder left behind.
-- ARGV[5]  group
-- ARGV[6]  holder: the key or address of the worker
-- ARGV[7]  counted: how long a name counts among all after its last use, in ms
-- ARGV[8]  life: how long a name counts for its holder after its last use, in ms
-- ARGV[9]  countedLeft: how long a name that a holder left behind counts against that holder, in ms
-- Returns
--   {'noted'}
-- Changes: groups, groups:<holder>, left:<holder>, in:<group>, in:<group>:<holder>.
-- Called by: GroupMembership.
--@include call
--@include registry
local group, holder, counted, life, countedLeft = ARGV[5], ARGV[6], tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
allow_writes_when_oom()
local counts, old = now - counted, '(' .. ms(now - life)
local holders, gateways = holdersOf(group), gatewaysOf(group, holder)
call('ZREM', gateways, caller)
call('ZREMRANGEBYSCORE', gateways, '-inf', old)
if call('EXISTS', gateways) == 1 then return {'noted'} end
call('ZREM', groupsOf(holder), group)
call('ZREM', holders, holder)
call('ZREMRANGEBYSCORE', holders, '-inf', old)
if call('EXISTS', holders) == 1 then return {'noted'} end
local used = call('ZSCORE', GROUPS, group)
if not used then return {'noted'} end
if tonumber(used) > counts then call('ZADD', GROUPS, ms(counts), group) end
local left = leftBy(holder)
call('ZADD', left, stamp, group)
call('ZREMRANGEBYSCORE', left, '-inf', '(' .. ms(now - countedLeft))
call('PEXPIRE', left, ms(countedLeft))
return {'noted'}
