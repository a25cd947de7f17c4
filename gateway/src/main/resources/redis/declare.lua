-- Declares models for the workers that a gateway has in a group. A model belongs to the group that declared it first, as long as a
-- gateway declares it again before the declaration expires.
-- ARGV[5]  group
-- ARGV[6]  holder: the key or address of the workers, for the quota
-- ARGV[7]  life: how long the declaration holds, in ms
-- ARGV[8]  most: how many models may be declared in all
-- ARGV[9]  mostOfHolder: how many of them by the same holder
-- ARGV[10...]  the models, each behind one character: '!' = the configuration gives it to this group, '.' = it gives it to no group
-- Returns 'declared' and one word for each model
--   {'declared', word, ...}
--     own          the model belongs to the group
--     taken GROUP  the model belongs to that group, which has workers; nothing changed
--     full         too many models are declared; nothing changed
--     holder-full  too many models of this holder are declared; nothing changed
-- Changes: models, models:<holder>, declared:<model>.
-- Called by: ModelAnnouncer, every 5 s and soon after a change.
--@include call
--@include models
local group, holder, life, most, mostOfHolder, FIRST =
  ARGV[5], ARGV[6], tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9]), 10
allow_writes_when_oom()
local mine = modelsOf(holder)
local expiry = ms(now + life)
call('ZREMRANGEBYSCORE', DECLARED_MODELS, '-inf', '(' .. stamp)
call('ZREMRANGEBYSCORE', mine, '-inf', '(' .. stamp)
local reply = {'declared'}
for i = FIRST, #ARGV do
  local configured, model = string.sub(ARGV[i], 1, 1) == '!', string.sub(ARGV[i], 2)
  local key = modelKey(model)
  local owner, lives = ownerOf(model)
  local own = owner == group and lives
  if lives and not own and not configured then
    reply[#reply + 1] = 'taken ' .. owner
  elseif not call('ZSCORE', mine, model) and call('ZCARD', mine) >= mostOfHolder then
    reply[#reply + 1] = 'holder-full'
  elseif not lives and call('ZCARD', DECLARED_MODELS) >= most then
    reply[#reply + 1] = 'full'
  else
    if owner and owner ~= group then
      call('DEL', key)
      call('ZREM', DECLARED_MODELS, owner .. ' ' .. model)
    end
    call('ZREMRANGEBYSCORE', key, '-inf', '(' .. stamp)
    call('ZADD', key, expiry, group .. ' ' .. caller .. ' ' .. holder)
    call('PEXPIRE', key, ms(4 * life))
    call('ZADD', DECLARED_MODELS, expiry, group .. ' ' .. model)
    call('ZADD', mine, expiry, model)
    reply[#reply + 1] = 'own'
  end
end
call('PEXPIRE', DECLARED_MODELS, ms(4 * life))
call('PEXPIRE', mine, ms(4 * life))
return reply
