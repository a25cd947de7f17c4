-- The submit of the request that a key belongs to was refused: nothing ran, so the key need not be kept for long.
-- KEYS[1] is the whole key of the request, and no base.
-- ARGV[5] what that request kept or read under the key   [6] for how long it is kept from now on, in ms
-- Returns
--   {'refused'}
--   {'other'}  the key belongs to another request by now, or others had their task accepted; nothing changed
-- Changes: once:<hash>.
-- Called by: Submitter.
--@include call
if call('GET', base) ~= ARGV[5] then return {'other'} end
-- A write that needs no memory comes first: then the next one is not refused for want of it.
call('PEXPIRE', base, ARGV[6])
local id, group, fingerprint = string.match(ARGV[5], '^(%S+) (%S+) (%S+)')
call('SET', base, id .. ' ' .. group .. ' ' .. fingerprint .. ' -', 'PX', ARGV[6])
return {'refused'}
