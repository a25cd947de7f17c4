-- A request comes with a key under which another was refused: makes it the one that the key belongs to.
-- KEYS[1] is the whole key of the request, and no base.
-- ARGV[5] what to keep if nothing is kept: id, group, fingerprint   [6] id of the request   [7] how long it is kept, in ms
-- Returns
--   {'kept', what is kept now}  id, group, fingerprint; behind them the id of the request that the key belongs to, if that id is
--                               another one
-- Changes: once:<hash>.
-- Called by: Submitter, when it read that the request was refused.
--@include call
local kept = call('GET', base)
local refused = kept and string.match(kept, '^(.*) %-$')
if kept and not refused then return {'kept', kept} end
kept = kept and refused .. ' ' .. ARGV[6] or ARGV[5]
call('SET', base, kept, 'PX', ARGV[7])
return {'kept', kept}
