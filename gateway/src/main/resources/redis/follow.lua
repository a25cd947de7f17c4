-- Reads a task as a client may see it, and the chunks behind those the caller knows.
-- ARGV[5] id   [6] largest value to bring along, in bytes   [7] number of the last chunk known, 0 = none
-- ARGV[8] how many chunks at most   [9] tags of the owners whose tasks the caller may have, '' = all
-- Returns
--   {'task', ... as look says, number of the last chunk there was, then of each chunk its number and the chunk}
--   {'unknown'}  there is none, or it is not for the caller
-- Changes: the task's watchers and followers; what look changes.
-- Called by: Following.
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
  for _, entry in ipairs(call('XRANGE', chunksOf(id), ms(tonumber(ARGV[7]) + 1), '+', 'COUNT', ARGV[8])) do
    reply[#reply + 1] = string.match(entry[1], '^%d+')
    reply[#reply + 1] = entry[2][2]
  end
end
return reply
