-- Keeps the name of a group that a worker connects to, or is connected to.
-- ARGV[5] group   [6] holder: whose worker it is, for the quota   [7] how long a name counts after its last use, in ms
-- ARGV[8] how many names there may be in all, 0 = any   [9] how many of them for the same holder, 0 = any
-- Returns
--   {'kept'}         also when it was kept before
--   {'full'}         there are as many names as may be; nothing changed
--   {'holder-full'}  the same of this holder's; nothing changed
-- Changes: groups, groups:<holder>.
-- Called by: Groups, before a worker joins, and by GroupKeeper, every 20 s, without bounds.
--@include call
relieve()
local group, life = ARGV[5], tonumber(ARGV[7])
local all, mine = base .. 'groups', base .. 'groups:' .. ARGV[6]
local most, mostOfHolder = tonumber(ARGV[8]), tonumber(ARGV[9])
call('ZREMRANGEBYSCORE', mine, '-inf', '(' .. ms(now - life))
if mostOfHolder > 0 and not call('ZSCORE', mine, group) and call('ZCARD', mine) >= mostOfHolder then return {'holder-full'} end
if most > 0 and not call('ZSCORE', all, group) and call('ZCARD', all) >= most then return {'full'} end
call('ZADD', all, stamp, group)
call('ZADD', mine, stamp, group)
call('PEXPIRE', mine, ms(life))
return {'kept'}
