-- A request that came with the key of another had their task accepted: should the other be refused, the key stays.
-- KEYS[1] is the whole key of the request, and no base.
-- ARGV[5] id, group, fingerprint of the task   [6] how long it is kept, in ms
-- Returns
--   {'confirmed'}
--   {'other'}  another task is kept under the key; nothing changed
-- Changes: once:<hash>.
-- Called by: Submitter.
--@include call
local kept = call('GET', base)
if kept and string.sub(kept, 1, #ARGV[5]) ~= ARGV[5] then return {'other'} end
call('PEXPIRE', base, ARGV[6])
call('SET', base, ARGV[5] .. ' +', 'PX', ARGV[6])
return {'confirmed'}
