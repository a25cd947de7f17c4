-- Takes an assignment that another gateway's call made, before it is sent to the worker. Unclaimed it may go back to the
-- queue; claimed it never does.
-- ARGV[5] id   [6] token
-- Returns
--   {'task', id, token, ms to deadline, payload}  claimed: send it unless this assignment was sent before
--   {'refused'}  not the caller's (any more)
--   {'late'}     ran after notAfter
-- Changes: unclaimed.
-- Called by: Dispatcher, on a hint and for each unclaimed assignment a beat tells.
--@include call
--@include tasks
--@include queue
--@include pick
--@include workers
--@include dispatch
relieve()
local id, token = ARGV[5], ARGV[6]
local task = readTask(id)
local mine = task.status == 'executing' and task.token == token and gatewayOf(task.worker) == caller
if not mine or now >= task.deadline then return {'refused'} end
call('ZREM', unclaimedOf(caller), id)
return appendAssignment({'task'}, id, token)
