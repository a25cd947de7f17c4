-- Declares models for the workers that a gateway has of a group. A model belongs to the group that declared it first, for as long
-- as a gateway declares it again before its time is over.
-- ARGV[5] group   [6] holder: whose workers they are, for the quota   [7] how long the declaration holds, in ms
-- ARGV[8] how many models may be declared in all   [9] how many of them for the same holder
-- ARGV[10...] models, each behind one character: '!' = the configuration gives it to this group, '.' = it gives it to nobody
-- Returns {'declared', word of each model ...}; word:
--   own          the model is the group's
--   taken GROUP  it belongs to that group, which has workers; nothing changed
--   full         as many models are declared as may be; nothing changed
--   holder-full  the same of this holder's; nothing changed
-- Changes: models, models:<holder>, declared:<name>.
-- Called by: ModelAnnouncer, every 5 s and soon after a change.
--@include call
--@include models
allow_writes_when_oom()
local group, index, mine = ARGV[5], base .. 'models', base .. 'models:' .. ARGV[6]
local life, most, mostOfHolder = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
local expiry = ms(now + life)
call('ZREMRANGEBYSCORE', index, '-inf', '(' .. stamp)
call('ZREMRANGEBYSCORE', mine, '-inf', '(' .. stamp)
local reply = {'declared'}
for i = 10, #ARGV do
  local model = string.sub(ARGV[i], 2)
  local key = modelKey(model)
  local owner, lives = ownerOf(model)
  local own = owner == group and lives
  if lives and not own and string.sub(ARGV[i], 1, 1) ~= '!' then
    reply[#reply + 1] = 'taken ' .. owner
  elseif not call('ZSCORE', mine, model) and call('ZCARD', mine) >= mostOfHolder then
    reply[#reply + 1] = 'holder-full'
  elseif not lives and call('ZCARD', index) >= most then
    reply[#reply + 1] = 'full'
  else
    if owner and owner ~= group then
      call('DEL', key)
      call('ZREM', index, owner .. ' ' .. model)
    end
    call('ZREMRANGEBYSCORE', key, '-inf', '(' .. stamp)
    call('ZADD', key, expiry, group .. ' ' .. caller .. ' ' .. ARGV[6])
    call('PEXPIRE', key, ms(4 * life))
    call('ZADD', index, expiry, group .. ' ' .. model)
    call('ZADD', mine, expiry, model)
    reply[#reply + 1] = 'own'
  end
end
call('PEXPIRE', index, ms(4 * life))
call('PEXPIRE', mine, ms(4 * life))
return reply
