-- Takes names out of a registry that were not used for a while. The caller has seen that their groups hold nothing more.
-- ARGV[5] busy | groups   [6] how long a name must not have been used, in ms   [7...] names
-- Returns
--   {'forgotten', how many}  those that were used since stay
-- Changes: the registry.
-- Called by: Sweeper.
--@include call
allow_writes_when_oom()
local registry, oldest, forgotten = base .. ARGV[5], now - tonumber(ARGV[6]), 0
for i = 7, #ARGV do
  local used = call('ZSCORE', registry, ARGV[i])
  if used and tonumber(used) <= oldest then forgotten = forgotten + call('ZREM', registry, ARGV[i]) end
end
return {'forgotten', tostring(forgotten)}
