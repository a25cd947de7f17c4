-- Keeps what a worker says of its task before the end, for whoever follows it.
-- ARGV[5] id   [6] worker   [7] token   [8] how many chunks to keep, about   [9] how many bytes of them, about
-- ARGV[10] number of the first chunk here among all of this assignment, from 1; what is left out before it is a gap
-- ARGV[11...] chunks (JSON), numbered on from there; none = only note the gap
-- Returns
--   {'stored', number of the first among all of the task}  also when they were stored before
--   {'stale'}  not this worker's task (any more), or it has ended; nothing stored
-- Changes: task: chunks; stream. The followers' gateways but the caller are told, what is small along with it.
-- Called by: ChunkWriter, until it is answered.
--@include call
--@include tasks
local id, token = ARGV[5], ARGV[7]
local task = readTask(id)
if task.status ~= 'executing' or task.worker ~= ARGV[6] or task.token ~= token then return {'stale'} end

-- `chunks` of the task: how many there were before the assignment of this token, that token, how many there are, the size
-- of the largest in bytes.
local before, of, last, largest = string.match(task.chunks or '0 0 0 1', '^(%d+) (%d+) (%d+) (%d+)$')
before, last, largest = tonumber(before), tonumber(last), tonumber(largest)
if of ~= token then before = last end
local first = before + tonumber(ARGV[10])
local upTo = first + #ARGV - 11
if of == token and upTo <= last then return {'stored', ms(first)} end

for i = 11, #ARGV do largest = math.max(largest, #ARGV[i]) end
local kept = ms(math.max(1, math.min(tonumber(ARGV[8]), math.floor(tonumber(ARGV[9]) / largest))))
local key = chunksOf(id)
for i = 11, #ARGV do
  local number = first + i - 11
  if number > last then call('XADD', key, 'MAXLEN', '~', kept, ms(number) .. '-0', 'c', ARGV[i]) end
end
call('HSET', taskKey(id), 'chunks', ms(before) .. ' ' .. token .. ' ' .. ms(upTo) .. ' ' .. ms(largest))
-- It goes when the task does.
if call('PTTL', key) == -1 then call('PEXPIRE', key, call('PTTL', taskKey(id))) end

local followers = call('HGET', taskKey(id), 'followers')
if followers and followers ~= caller then
  local text
  local total, sizes = 0, {}
  for i = 11, #ARGV do
    total = total + #ARGV[i]
    sizes[#sizes + 1] = #ARGV[i]
  end
  if total > 0 and total <= 4096 then
    text = 'chunk ' .. id .. ' ' .. ms(first) .. ' ' .. table.concat(sizes, ',') .. ' ' .. table.concat(ARGV, '', 11)
  else
    text = 'chunk ' .. id .. ' ' .. ms(upTo)
  end
  for gateway in string.gmatch(followers, '%S+') do
    if gateway ~= caller then hint(gateway, text) end
  end
end
return {'stored', ms(first)}
