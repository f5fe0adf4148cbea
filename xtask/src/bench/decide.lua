-- Questions of many accounts about themselves, each account with its own token.
-- Arguments: how many accounts ask, how far apart they stand in the realm, where to begin.
local asking, apart, turn

local body = '{"subject":{"type":"user","id":"user-%07d@bench.example"},"action":{"name":"read"},' ..
  '"resource":{"type":"record","id":"record-1"}}'
local head = 'POST /access/v1/evaluation HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n' ..
  'Content-Length: ' .. #string.format(body, 1) .. '\r\nAuthorization: Bearer bench-%07d\r\n\r\n'
local question = head .. body

function init(arguments)
  asking, apart, turn = tonumber(arguments[1]), tonumber(arguments[2]), tonumber(arguments[3])
end

function request()
  turn = turn + 1
  -- A prime step, so that neighbours in time are not neighbours in the database.
  local account = (turn * 7919 % asking) * apart + 1
  return string.format(question, account, account)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('counted %d %d %d %d %d\n', summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
