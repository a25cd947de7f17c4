-- Stores what a worker sends of its result before the end, for the clients that follow the task.
-- ARGV[5]   id
-- ARGV[6]   worker
-- ARGV[7]   token
-- ARGV[8]   keep: about how many chunks of the task stay readable
-- ARGV[9]   keepBytes: about how many bytes of them
-- ARGV[10]  number: of the first chunk of this call among those of this assignment, from 1. Numbers left out before it are a gap
-- ARGV[11...]  the chunks (JSON), with consecutive numbers; none = only note the gap
-- Returns
--   {'stored', first}  first: number of the first chunk among those of the task; the same when they were stored before
--   {'stale'}          the task is not this worker's, or has ended; nothing stored
-- Changes: chunks of the task; stream. Hints to the followers' gateways except the caller; a small chunk goes along.
-- Called by: ChunkWriter, again until Redis answers.
--@include call
--@include tasks
local id, worker, token, keep, keepBytes, number, FIRST =
  ARGV[5], ARGV[6], ARGV[7], tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10]), 11
local task = readTask(id)
if task.status ~= 'executing' or task.worker ~= worker or task.token ~= token then return {'stale'} end

-- The field `chunks` of the task holds four words: how many chunks came before the assignment of this token, that token, how many
-- there are, and the size of the largest in bytes.
local before, of, last, largest = string.match(task.chunks or '0 0 0 1', '^(%d+) (%d+) (%d+) (%d+)$')
before, last, largest = tonumber(before), tonumber(last), tonumber(largest)
if of ~= token then before = last end
local first = before + number
local upTo = first + #ARGV - FIRST
if of == token and upTo <= last then return {'stored', ms(first)} end

for i = FIRST, #ARGV do largest = math.max(largest, #ARGV[i]) end
local kept = ms(math.max(1, math.min(keep, math.floor(keepBytes / largest))))
local key = chunksOf(id)
for i = FIRST, #ARGV do
  local at = first + i - FIRST
  if at > last then call('XADD', key, 'MAXLEN', '~', kept, ms(at) .. '-0', 'c', ARGV[i]) end
end
call('HSET', taskKey(id), 'chunks', ms(before) .. ' ' .. token .. ' ' .. ms(upTo) .. ' ' .. ms(largest))
-- The stream expires with its task.
if call('PTTL', key) == -1 then call('PEXPIRE', key, call('PTTL', taskKey(id))) end

local followers = call('HGET', taskKey(id), 'followers')
if followers and followers ~= caller then
  local text
  local total, sizes = 0, {}
  for i = FIRST, #ARGV do
    total = total + #ARGV[i]
    sizes[#sizes + 1] = #ARGV[i]
  end
  if total > 0 and total <= 4096 then
    text = 'chunk ' .. id .. ' ' .. ms(first) .. ' ' .. table.concat(sizes, ',') .. ' ' .. table.concat(ARGV, '', FIRST)
  else
    text = 'chunk ' .. id .. ' ' .. ms(upTo)
  end
  for gateway in string.gmatch(followers, '%S+') do
    if gateway ~= caller then hint(gateway, text) end
  end
end
return {'stored', ms(first)}
