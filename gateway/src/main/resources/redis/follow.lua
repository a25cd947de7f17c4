-- Reads a task as a client may see it, and the chunks after the last one that the caller knows. From then on the caller gets hints
-- of further chunks and of the end.
-- ARGV[5]   id
-- ARGV[6]   largest: the largest result or error to return, in bytes
-- ARGV[7]   known: number of the last chunk that the caller knows; 0 = none
-- ARGV[8]   limit: how many chunks to return at most
-- ARGV[9]   owners: tags of the owners whose tasks the caller may see; '' = all
-- ARGV[10]  limitBytes: the chunk that reaches this many bytes is the last one returned
-- Returns the reply of look, then the number of the last chunk that the worker sent, then two words for each chunk: its number, the
-- chunk
--   {'task', ..., last, number, chunk, ...}
--   {'unknown'}  there is no such task for the caller
-- Changes: watchers and followers of the task; what look changes.
-- Called by: StreamSource.
--@include call
--@include owner
--@include seq
--@include view
--@include watch
local id, largest, known, limit, owners, limitBytes =
  ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8]), ARGV[9], tonumber(ARGV[10])
if not mayHave(id, owners) then return {'unknown'} end
noteCaller(id, 'watchers')
noteCaller(id, 'followers')
local reply = view(id, largest)
if reply[1] == 'unknown' then return reply end
local chunks = call('HGET', taskKey(id), 'chunks')
reply[#reply + 1] = chunks and string.match(chunks, '^%d+ %d+ (%d+)') or '0'
if chunks then
  local from, left, bytes, page = ms(known + 1), limit, 0, 4
  -- The first page is small: chunks may be large, and reading one that is not returned wastes time.
  while left > 0 and bytes < limitBytes do
    page = math.min(page, left)
    local entries = call('XRANGE', chunksOf(id), from, '+', 'COUNT', page)
    for _, entry in ipairs(entries) do
      if bytes < limitBytes then
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
