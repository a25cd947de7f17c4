-- A gateway begins a round of sweeps. If no gateway began one for 5 s, Redis or every gateway was asleep: then the gateways get the
-- time of a lease to renew their leases.
-- ARGV[5]  lease: of a gateway, in ms
-- Returns
--   {'begun', graceUntil}  until when no sweep gives a worker up, in Redis ms
-- Changes: round.
-- Called by: Sweeper.
--@include call
--@include registry
local lease = tonumber(ARGV[5])
allow_writes_when_oom()
local v = call('HMGET', ROUND, 'at', 'graceUntil')
local at, graceUntil = tonumber(v[1] or 0), tonumber(v[2] or 0)
if at > 0 and now - at > 5000 then graceUntil = now + lease end
call('HSET', ROUND, 'at', stamp, 'graceUntil', ms(graceUntil))
call('PEXPIRE', ROUND, 86400000)
return {'begun', ms(graceUntil)}
