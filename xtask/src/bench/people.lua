-- The same request again and again, by an administrator of the realm; or, where a second address is given, the two in turns.
-- Arguments: token, body, second address.
local token, body, second
local turn = 0

function init(arguments)
  token, body, second = arguments[1], arguments[2], arguments[3]
  local file = io.open(body)
  if file then
    body = file:read('*a')
    file:close()
  end
end

function request()
  turn = turn + 1
  local path = second and turn % 2 == 0 and second or wrk.path
  return wrk.format('POST', path, { ['Authorization'] = 'Bearer ' .. token, ['Content-Type'] = 'application/json' }, body)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('counted %d %d %d %d %d\n', summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
