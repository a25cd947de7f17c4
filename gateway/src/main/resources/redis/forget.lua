-- Removes names from a registry that were not used for a while. The caller has checked that their groups hold nothing any more.
-- ARGV[5]  registry: busy | groups
-- ARGV[6]  unused: for how long a name must not have been used, in ms
-- ARGV[7...]  the names
-- Returns
--   {'forgotten', count}  names that were used since stay
-- Changes: the registry.
-- Called by: Sweeper.
--@include call
--@include registry
local registry, unused, FIRST = ARGV[5] == 'busy' and BUSY or GROUPS, tonumber(ARGV[6]), 7
allow_writes_when_oom()
local oldest, forgotten = now - unused, 0
for i = FIRST, #ARGV do
  local used = call('ZSCORE', registry, ARGV[i])
  if used and tonumber(used) <= oldest then forgotten = forgotten + call('ZREM', registry, ARGV[i]) end
end
return {'forgotten', tostring(forgotten)}
