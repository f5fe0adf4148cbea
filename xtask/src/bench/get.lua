-- The same page again and again, by the operator; or by whoever has a cookie.
-- Arguments: the cookie.
local headers = { ['Authorization'] = 'Bearer operator-of-the-bench' }

function init(arguments)
  if arguments[1] then
    headers = { ['Cookie'] = arguments[1] }
  end
end

function request()
  return wrk.format('GET', nil, headers)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('counted %d %d %d %d %d\n', summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
