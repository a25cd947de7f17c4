-- Keeps the name of a group that a worker connects to, or is connected to.
-- ARGV[5] group   [6] holder: whose worker it is, for the quota   [7] how long a name counts after its last use, in ms
-- ARGV[8] how many names there may be in all, 0 = any   [9] how many of them for the same holder, 0 = any
-- ARGV[10] how long a name counts for all after its last use, in ms; ten times as many as may count are kept at most
-- Returns
--   {'kept'}         also when it was kept before
--   {'full'}         there are as many names as may be; nothing changed
--   {'holder-full'}  the same of this holder's; nothing changed
-- Changes: groups, groups:<holder>, in:<group>, in:<group>:<holder>.
-- Called by: Groups, before a worker joins, and by GroupKeeper, every 20 s, without bounds.
--@include call
relieve()
local group, life = ARGV[5], tonumber(ARGV[7])
local all, mine = base .. 'groups', base .. 'groups:' .. ARGV[6]
local most, mostOfHolder = tonumber(ARGV[8]), tonumber(ARGV[9])
local counts = '(' .. ms(now - tonumber(ARGV[10]))
call('ZREMRANGEBYSCORE', mine, '-inf', '(' .. ms(now - life))
if mostOfHolder > 0 and not call('ZSCORE', mine, group) and call('ZCARD', mine) >= mostOfHolder then return {'holder-full'} end
if most > 0 and not call('ZSCORE', all, group) then
  if call('ZCOUNT', all, counts, '+inf') >= most or call('ZCARD', all) >= most * 10 then return {'full'} end
end
call('ZADD', all, stamp, group)
call('ZADD', mine, stamp, group)
call('PEXPIRE', mine, ms(life))
-- Who has workers in the group, and at which gateways: a name goes off a count with the last of them, see unregister.
local holders = base .. 'in:' .. group
local gateways = holders .. ':' .. ARGV[6]
call('ZADD', holders, stamp, ARGV[6])
call('ZREMRANGEBYSCORE', holders, '-inf', '(' .. ms(now - life))
call('PEXPIRE', holders, ms(life))
call('ZADD', gateways, stamp, caller)
call('ZREMRANGEBYSCORE', gateways, '-inf', '(' .. ms(now - life))
call('PEXPIRE', gateways, ms(life))
return {'kept'}
