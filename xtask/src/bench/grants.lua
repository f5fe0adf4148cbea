-- May one customer act for another? Of many customers, each about somebody who let it.
-- Arguments: how many customers there are; `look`, to look at each answer, or `count`; how many questions went before.
local customers

-- Of the thread, so that the end of the run can read it.
turn = 0
denied = 0

local threads = {}

local body = '{"subject":{"type":"customer","id":"%07d"},"action":{"name":"case:view"},"resource":{"type":"customer","id":"%07d"}}'
local head = 'POST /access/v1/evaluation HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n' ..
  'Content-Length: ' .. #string.format(body, 1, 1) .. '\r\nAuthorization: Bearer bench-0000001\r\n\r\n'
local question = head .. body

function setup(thread)
  table.insert(threads, thread)
end

function init(arguments)
  customers = tonumber(arguments[1])
  turn = tonumber(arguments[3])
  if arguments[2] == 'look' then
    response = function(_, _, answer)
      if answer ~= '{"decision":true}' then
        denied = denied + 1
      end
    end
  end
end

function request()
  turn = turn + 1
  -- A prime step, so that neighbours in time are not neighbours in the database.
  local granter = turn * 7919 % customers
  local holder = (granter + turn % 10 + 1) % customers
  return string.format(question, 1000000 + holder, 1000000 + granter)
end

function done(summary, latency)
  local errors, wrong = summary.errors, 0
  for _, thread in ipairs(threads) do
    wrong = wrong + thread:get('denied')
  end
  io.write(string.format('counted %d %d %d %d %d\n', summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    wrong + errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
