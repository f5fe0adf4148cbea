-- Invitations whose end changes each time: one unit of work, one event and one mail each.
-- Arguments: the first realm's number, how many realms.
local first, realms
local turn = 0

local body = '{"email":"mia.falk@here.com","expires_at":"2099-%02d-%02dT%02d:%02d:%02dZ"}'
local question = 'POST /v1/realms/%d/support-access/invitations HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n' ..
  'Content-Length: ' .. #string.format(body, 1, 1, 1, 1, 1) .. '\r\nAuthorization: Bearer operator-of-the-bench\r\n\r\n' .. body

function init(arguments)
  first, realms = tonumber(arguments[1]), tonumber(arguments[2])
end

function request()
  turn = turn + 1
  local n = math.floor(turn / realms)
  return string.format(question, first + turn % realms, 1 + math.floor(n / 2419200) % 12, 1 + math.floor(n / 86400) % 28,
    math.floor(n / 3600) % 24, math.floor(n / 60) % 60, n % 60)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('counted %d %d %d %d %d\n', summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
