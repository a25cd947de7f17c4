-- Keeps the name of a group that a worker connects to, or is connected to.
-- ARGV[5] group   [6] holder: whose worker it is, for the quota   [7] how long a name counts after its last use, in ms
-- ARGV[8] how many names there may be in all, 0 = any   [9] how many of them for the same holder, 0 = any
-- ARGV[10] how long a name counts for all after its last use, in ms
-- ARGV[11] how long a name that a holder left behind counts against that holder, in ms; ten times as many as the holder may have
-- Returns
--   {'kept'}         also when it was kept before
--   {'full'}         there are as many names as may be; nothing changed
--   {'holder-full'}  the same of this holder's, or of those that it left behind; nothing changed
-- Changes: groups, groups:<holder>, left:<holder>, in:<group>, in:<group>:<holder>.
-- Called by: Groups, before a worker joins, and by GroupKeeper, every 20 s, without bounds.
--@include call
allow_writes_when_oom()
local group, life = ARGV[5], tonumber(ARGV[7])
local all, mine, left = base .. 'groups', base .. 'groups:' .. ARGV[6], base .. 'left:' .. ARGV[6]
local most, mostOfHolder = tonumber(ARGV[8]), tonumber(ARGV[9])
local new = not call('ZSCORE', all, group)
call('ZREMRANGEBYSCORE', mine, '-inf', '(' .. ms(now - life))
if mostOfHolder > 0 and not call('ZSCORE', mine, group) then
  local has = call('ZCARD', mine)
  if has >= mostOfHolder then return {'holder-full'} end
  if new then
    -- A name without workers costs sweeps and room on the pages for a while. A holder that left too many such names is refused, no
    -- other holder is. While the names of all holders are many, the names that a holder left count like those that it has.
    call('ZREMRANGEBYSCORE', left, '-inf', '(' .. ms(now - tonumber(ARGV[11])))
    local behind = call('ZCARD', left)
    if behind >= mostOfHolder * 10 then return {'holder-full'} end
    if most > 0 and has + behind >= mostOfHolder and call('ZCARD', all) >= most * 10 then return {'holder-full'} end
  end
end
if most > 0 and new and call('ZCOUNT', all, '(' .. ms(now - tonumber(ARGV[10])), '+inf') >= most then return {'full'} end
call('ZADD', all, stamp, group)
call('ZADD', mine, stamp, group)
call('PEXPIRE', mine, ms(life))
call('ZREM', left, group)
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
