-- The question of decide.lua as Cerbos is asked it.
-- Arguments: how many users ask.
local asking, turn = 1, 0

local body = '{"requestId":"bench","principal":{"id":"user-%07d","roles":["user"]},' ..
  '"resources":[{"actions":["read"],"resource":{"kind":"record","id":"record-1"}}]}'
local head = 'POST /api/check/resources HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n' ..
  'Content-Length: ' .. #string.format(body, 1) .. '\r\n\r\n'
local question = head .. body

function init(arguments)
  asking = tonumber(arguments[1])
end

function request()
  turn = turn + 1
  return string.format(question, turn * 7919 % asking + 1)
end

local denied = 0

function response(status, _, answer)
  if status ~= 200 or not string.find(answer, 'EFFECT_ALLOW', 1, true) then
    denied = denied + 1
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('counted %d %d %d %d %d\n', summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout + denied))
end
