-- The queue is a list of task ids, oldest at the head, sorted by `seq`.

-- The payload bytes of the waiting tasks are counted in `meta`. A task is weighed when it enters and when it leaves, while it has
-- its payload. A task whose hash was lost weighs nothing.
local function sizeOf(id) return call('HSTRLEN', taskKey(id), 'payload') end

-- A task of this size has left the queue. An empty queue weighs nothing, whatever the count lost before, and has no gaps.
local function weighOut(size)
  if call('EXISTS', QUEUE) == 0 then
    call('HDEL', META, 'bytes', 'gaps')
  elseif size > 0 then
    call('HINCRBY', META, 'bytes', ms(-size))
  end
end

-- From now on the seqs of the waiting tasks have gaps. Without gaps a position is a subtraction, see positionOf.
local function noteGap() call('HSET', META, 'gaps', '1') end

-- Puts a task back to its old place. Such a task is older than nearly all that wait, so the search ends near the head.
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

-- Takes a task out of the queue. The search begins at the nearer end.
local function unqueue(id, seq)
  local head, tail = call('LINDEX', QUEUE, 0), call('LINDEX', QUEUE, -1)
  local first, last = head and seqOf(head), tail and seqOf(tail)
  local fromTail = first and last and last - seq < seq - first
  if call('LREM', QUEUE, fromTail and -1 or 1, id) == 1 then
    if head ~= id then noteGap() end
    weighOut(sizeOf(id))
  end
end
