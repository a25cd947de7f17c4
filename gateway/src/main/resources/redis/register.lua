-- Keeps the name of a group that a worker connects to, or is connected to.
-- ARGV[5]   group
-- ARGV[6]   holder: the key or address of the worker, for the quota
-- ARGV[7]   life: how long a name counts for its holder after its last use, in ms
-- ARGV[8]   most: how many names there may be in all; 0 = any number
-- ARGV[9]   mostOfHolder: how many of them the same holder may have; 0 = any number
-- ARGV[10]  counted: how long a name counts among all after its last use, in ms
-- ARGV[11]  countedLeft: how long a name that a holder left behind counts against that holder, in ms. A holder may leave ten times as
--           many names behind as it may have
-- Returns
--   {'kept'}         also when the name was kept before
--   {'full'}         there are too many names; nothing changed
--   {'holder-full'}  this holder has, or left behind, too many names; nothing changed
-- Changes: groups, groups:<holder>, left:<holder>, in:<group>, in:<group>:<holder>.
-- Called by: GroupMembership, before a worker joins; GroupKeeper, every 20 s, without limits.
--@include call
--@include registry
local group, holder, life, most, mostOfHolder, counted, countedLeft =
  ARGV[5], ARGV[6], tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11])
allow_writes_when_oom()
local mine, left = groupsOf(holder), leftBy(holder)
local new = not call('ZSCORE', GROUPS, group)
call('ZREMRANGEBYSCORE', mine, '-inf', '(' .. ms(now - life))
if mostOfHolder > 0 and not call('ZSCORE', mine, group) then
  local has = call('ZCARD', mine)
  if has >= mostOfHolder then return {'holder-full'} end
  if new then
    -- A name without workers costs sweeps and room on the pages for a while. Only the holder that left too many such names is
    -- refused, no other holder is. While there are many names in all, those that a holder left count like those that it has.
    call('ZREMRANGEBYSCORE', left, '-inf', '(' .. ms(now - countedLeft))
    local behind = call('ZCARD', left)
    if behind >= mostOfHolder * 10 then return {'holder-full'} end
    if most > 0 and has + behind >= mostOfHolder and call('ZCARD', GROUPS) >= most * 10 then return {'holder-full'} end
  end
end
if most > 0 and new and call('ZCOUNT', GROUPS, '(' .. ms(now - counted), '+inf') >= most then return {'full'} end
call('ZADD', GROUPS, stamp, group)
call('ZADD', mine, stamp, group)
call('PEXPIRE', mine, ms(life))
call('ZREM', left, group)
-- Which holders have workers in the group, and at which gateways. When the last worker leaves, the name counts no more, see
-- unregister.
local holders, gateways = holdersOf(group), gatewaysOf(group, holder)
call('ZADD', holders, stamp, holder)
call('ZREMRANGEBYSCORE', holders, '-inf', '(' .. ms(now - life))
call('PEXPIRE', holders, ms(life))
call('ZADD', gateways, stamp, caller)
call('ZREMRANGEBYSCORE', gateways, '-inf', '(' .. ms(now - life))
call('PEXPIRE', gateways, ms(life))
return {'kept'}
