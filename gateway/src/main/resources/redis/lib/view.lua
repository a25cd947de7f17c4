-- A task as a client may see it.

-- The place in the queue from 1, or 0 when the task is not in the queue. Without gaps the place is the distance between two seqs.
-- With gaps that distance is an upper bound, and a search between two bounds takes a few steps.
local function positionOf(id, seq)
  local head = call('LINDEX', QUEUE, 0)
  local first = head and seqOf(head)
  if not first then return 0 end
  if not call('HGET', META, 'gaps') then return seq - first + 1 end
  local low, high = 0, math.min(call('LLEN', QUEUE) - 1, seq - first)
  local probe = high
  while low <= high do
    local found = call('LINDEX', QUEUE, probe)
    if found == id then return probe + 1 end
    local foundSeq = found and seqOf(found)
    if not foundSeq then return (call('LPOS', QUEUE, id) or -1) + 1 end
    if foundSeq > seq then
      high = probe - 1
      low = math.max(low, probe - (foundSeq - seq))
    else
      low = probe + 1
    end
    probe = math.floor((low + high) / 2)
  end
  return 0
end

-- The reply of look; its header names the words. A client that reads a task is interested in it, so this forgets that its client left.
local function view(id, largest)
  local key = taskKey(id)
  local v = call('HMGET', key, 'status', 'enqueuedAt', 'startedAt', 'worker', 'endedAt', 'endedBy', 'seq',
    'note', 'progress', 'progressMessage', 'abandonedAt')
  if not v[1] then return {'unknown'} end
  if v[11] and not v[5] then call('HDEL', key, 'abandonedAt') end
  local position = ''
  if v[1] == 'queued' then position = tostring(math.max(1, positionOf(id, tonumber(v[7])))) end
  local size, value = 0, ''
  if v[6] then
    local field = v[1] == 'completed' and 'result' or 'error'
    size = call('HSTRLEN', key, field)
    if size <= largest then value = call('HGET', key, field) end
  end
  return {'task', v[1], v[2] or '', v[3] or '', v[4] or '', v[5] or '', v[6] or '', position, tostring(size), value,
    v[8] or '', v[9] or '', v[10] or ''}
end
