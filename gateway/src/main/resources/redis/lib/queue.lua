-- The queue is a list of task ids, oldest at the head. Each task keeps its `seq`, so the list is sorted by it.
local function seqOf(id) return tonumber(call('HGET', taskKey(id), 'seq')) end

-- The bytes of payload that wait are counted in `meta`; each task that comes or goes is weighed while it has its payload.
-- One whose hash was lost weighs nothing.
local function sizeOf(id) return call('HSTRLEN', taskKey(id), 'payload') end

-- A task of so many bytes has left the queue. An empty queue weighs nothing, whatever was lost on the way, and has no gaps.
local function weighOut(size)
  if call('EXISTS', QUEUE) == 0 then
    call('HDEL', META, 'bytes', 'gaps')
  elseif size > 0 then
    call('HINCRBY', META, 'bytes', ms(-size))
  end
end

-- From now on the seqs of those that wait do not follow each other without a gap; see look.
local function noteGap() call('HSET', META, 'gaps', '1') end

-- Back to its old place. What comes back is older than nearly all that waits, so the search ends near the head.
local function requeue(id, seq)
  call('HINCRBY', META, 'bytes', sizeOf(id))
  noteGap()
  local index = 0
  while true do
    local other = call('LINDEX', QUEUE, index)
    if not other then call('RPUSH', QUEUE, id) return end
    local otherSeq = seqOf(other)
    if otherSeq and otherSeq > seq then
      if index == 0 then call('LPUSH', QUEUE, id) else call('LINSERT', QUEUE, 'BEFORE', other, id) end
      return
    end
    index = index + 1
  end
end

-- Out of the queue, searched from the nearer end.
local function unqueue(id, seq)
  local head, tail = call('LINDEX', QUEUE, 0), call('LINDEX', QUEUE, -1)
  local first, last = head and seqOf(head), tail and seqOf(tail)
  local fromTail = first and last and last - seq < seq - first
  if call('LREM', QUEUE, fromTail and -1 or 1, id) == 1 then
    if head ~= id then noteGap() end
    weighOut(sizeOf(id))
  end
end
