-- A gateway begins a round of sweeps. When no gateway did for long, Redis or every gateway was asleep: then the gateways get the
-- time of a lease to say that they live.
-- ARGV[5] lease of a gateway in ms
-- Returns
--   {'begun', until when no worker is given up}
-- Changes: round.
-- Called by: Sweeper.
--@include call
allow_writes_when_oom()
local v = call('HMGET', base .. 'round', 'at', 'graceUntil')
local at, graceUntil = tonumber(v[1] or 0), tonumber(v[2] or 0)
if at > 0 and now - at > 5000 then graceUntil = now + tonumber(ARGV[5]) end
call('HSET', base .. 'round', 'at', stamp, 'graceUntil', ms(graceUntil))
call('PEXPIRE', base .. 'round', 86400000)
return {'begun', ms(graceUntil)}
