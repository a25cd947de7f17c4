-- Reads a task as a client may see it, and the chunks behind those the caller knows.
-- ARGV[5] id   [6] largest value to bring along, in bytes   [7] number of the last chunk known, 0 = none
-- ARGV[8] how many chunks at most   [9] tags of the owners whose tasks the caller may have, '' = all
-- ARGV[10] no further chunk behind so many bytes of them
-- Returns
--   {'task', ... as look says, number of the last chunk there was, then of each chunk its number and the chunk}
--   {'unknown'}  there is none, or it is not for the caller
-- Changes: the task's watchers and followers; what look changes.
-- Called by: TaskStream.
--@include call
--@include owner
if not mayHave(ARGV[5], ARGV[9]) then return {'unknown'} end
--@include view
--@include watch
local id = ARGV[5]
-- The caller is to be told of more, and of the end.
noteCaller(id, 'watchers')
noteCaller(id, 'followers')
local reply = view(id, tonumber(ARGV[6]))
if reply[1] == 'unknown' then return reply end
local chunks = call('HGET', taskKey(id), 'chunks')
reply[#reply + 1] = chunks and string.match(chunks, '^%d+ %d+ (%d+)') or '0'
if chunks then
  local from, left, bytes, page = ms(tonumber(ARGV[7]) + 1), tonumber(ARGV[8]), 0, 4
  -- A few at first: they may be large, and what is read of Redis and not returned is read in vain.
  while left > 0 and bytes < tonumber(ARGV[10]) do
    page = math.min(page, left)
    local entries = call('XRANGE', chunksOf(id), from, '+', 'COUNT', page)
    for _, entry in ipairs(entries) do
      if bytes < tonumber(ARGV[10]) then
        reply[#reply + 1] = string.match(entry[1], '^%d+')
        reply[#reply + 1] = entry[2][2]
        bytes = bytes + #entry[2][2]
      end
    end
    if #entries < page then break end
    from = ms(tonumber(string.match(entries[#entries][1], '^%d+')) + 1)
    left = left - page
    page = page * 4
  end
end
return reply
