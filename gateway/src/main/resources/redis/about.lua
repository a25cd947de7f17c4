-- Keeps what the pages show of tasks and their own hashes do not hold. Each entry expires with its task.
-- ARGV[5...]  for each task four words: its id; the request; the gateway that accepted it; when it was sent to its worker, in Redis
--             ms. '' = no change
-- Returns
--   {'kept'}  for the tasks that still exist
-- Changes: board:about of these tasks. When a task ends, finish shortens the life of that key with the task's own.
-- Called by: RedisRecords, twice a second.
--@include call
local FIRST = 5
for i = FIRST, #ARGV, 4 do
  local id, request, acceptedBy, deliveredAt = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local life = call('PTTL', taskKey(id))
  if life > 0 then
    local key = aboutKey(id)
    if request ~= '' then call('HSET', key, 'request', request) end
    if acceptedBy ~= '' then call('HSET', key, 'acceptedBy', acceptedBy) end
    if deliveredAt ~= '' then call('HSET', key, 'deliveredAt', deliveredAt) end
    call('PEXPIRE', key, life)
  end
end
return {'kept'}
