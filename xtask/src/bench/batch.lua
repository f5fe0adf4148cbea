-- Twenty questions of one account about itself in one request, each request with another account's token.
-- Arguments: how many accounts ask, how far apart they stand in the realm, where to begin.
local asking, apart, turn

local item = '{"resource":{"type":"record","id":"record-%d"}}'
local items = {}
for number = 1, 20 do
  items[number] = string.format(item, number)
end
local body = '{"subject":{"type":"user","id":"user-%07d@bench.example"},"action":{"name":"read"},"evaluations":[' ..
  table.concat(items, ',') .. ']}'
local head = ' HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n' ..
  'Content-Length: ' .. #string.format(body, 1) .. '\r\nAuthorization: Bearer bench-%07d\r\n\r\n'
local question

function init(arguments)
  asking, apart, turn = tonumber(arguments[1]), tonumber(arguments[2]), tonumber(arguments[3])
  question = 'POST ' .. wrk.path .. head .. body
end

function request()
  turn = turn + 1
  local account = (turn * 7919 % asking) * apart + 1
  return string.format(question, account, account)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('counted %d %d %d %d %d\n', summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
