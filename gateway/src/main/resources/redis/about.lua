-- Keeps what the pages show of tasks beside their own hashes: each as long as its task is readable, and no longer.
-- ARGV[5] id   [6] the request, '' = nothing new   [7] gateway that accepted it, '' = nothing new   [8] when it was sent to its
-- worker, in Redis ms, '' = nothing new; and the same four again for each further task
-- Returns
--   {'kept'}  of tasks that are there (still)
-- Changes: board:about of these tasks. Whoever ends a task shortens that key's life with the task's own, see finish.
-- Called by: RedisRecords, twice a second.
--@include call
for i = 5, #ARGV, 4 do
  local life = call('PTTL', taskKey(ARGV[i]))
  if life > 0 then
    local key = base .. 'board:about:' .. ARGV[i]
    if ARGV[i + 1] ~= '' then call('HSET', key, 'request', ARGV[i + 1]) end
    if ARGV[i + 2] ~= '' then call('HSET', key, 'acceptedBy', ARGV[i + 2]) end
    if ARGV[i + 3] ~= '' then call('HSET', key, 'deliveredAt', ARGV[i + 3]) end
    call('PEXPIRE', key, life)
  end
end
return {'kept'}
