-- name: take_budget
-- Reserve credits for an attempt under a cap, unless that would pass it; the cap is always the one of now.
with taken as (
    update budgets set cap = %(cap)s, reserved = reserved + %(credits)s
    where scope = %(scope)s and name = %(name)s and starts = %(starts)s and reserved + spent + %(credits)s <= %(cap)s
    returning scope, name, starts, reserved + spent as used),
held as (
    insert into budget_holds (generation, attempt, scope, name, starts)
    select %(key)s, %(n)s, scope, name, starts from taken)
select used from taken

-- name: open_budget
-- Begin to count a window; what was taken in it before there was a cap counts as spent.
-- An attempt belongs to the window in which it was reserved: given back in a later one it frees nothing there.
insert into budgets (scope, name, starts, cap, spent)
select %(scope)s, %(name)s, %(starts)s, %(cap)s, coalesce(sum(e.credits), 0)
from transfers t join ledger_entries e on e.transfer = t.id and e.purse in ('reserved', 'spent')
where t.at >= %(starts)s::date::timestamp at time zone 'UTC'
  and not exists (select from transfers r
                  where (r.generation, r.attempt, r.kind) = (t.generation, t.attempt, 'reserve')
                    and r.at < %(starts)s::date::timestamp at time zone 'UTC')
  and (%(scope)s <> 'workflow' or t.workflow = %(name)s)
  and (%(scope)s <> 'reel' or t.reel_id::text = %(name)s)
on conflict (scope, name, starts) do nothing

-- name: get_budget
-- How full a window is.
select cap, reserved, spent from budgets where scope = %(scope)s and name = %(name)s and starts = %(starts)s

-- name: release_budgets
-- Turn what an attempt holds into what it spent, in the one order in which budgets are locked.
update budgets b set reserved = b.reserved - %(reserved)s, spent = b.spent + %(spent)s
from (select b.scope, b.name, b.starts from budgets b
      join budget_holds h on (h.scope, h.name, h.starts) = (b.scope, b.name, b.starts)
      where h.generation = %(key)s and h.attempt = %(n)s
      order by array_position(array['day', 'month', 'workflow', 'reel'], b.scope), b.name, b.starts
      for update of b) held
where (b.scope, b.name, b.starts) = (held.scope, held.name, held.starts)

-- name: add_transfer
-- Move credits of an attempt from purse to purse.
with moved as (
    insert into transfers (kind, generation, attempt, service, account, reel_id, workflow, note)
    select %(kind)s, a.generation, a.n, a.service, a.account, g.reel_id, a.workflow, %(note)s
    from generation_attempts a join generations g on g.key = a.generation
    where a.generation = %(key)s and a.n = %(n)s
    returning id)
insert into ledger_entries (transfer, purse, credits, units)
select moved.id, e.purse, e.credits, case e.purse when 'spent' then %(units)s::numeric else 0 end
from moved, unnest(%(purses)s::text[], %(credits)s::numeric[]) e (purse, credits)

-- name: sum_purses
-- What lies in the purses of all accounts: the three add up to nothing.
select purse, coalesce(sum(credits), 0) as credits from ledger_entries group by purse order by purse

-- name: list_budgets
-- The windows that count on a day, and those of the newest reels.
select scope, name, starts, cap, reserved, spent from budgets
where (scope in ('day', 'workflow') and starts = %(today)s) or (scope = 'month' and starts = date_trunc('month', %(today)s::date))
   or (scope = 'reel' and (reserved > 0 or spent > 0)
       and name in (select id::text from reels order by id desc limit 10))
order by array_position(array['day', 'month', 'workflow', 'reel'], scope), name

-- name: list_spending
-- What each account has spent since a day, and what it holds reserved now.
with moved as (
    select t.service, t.account, count(distinct (t.generation, t.attempt)) as calls,
           coalesce(sum(e.credits) filter (where e.purse = 'spent'), 0) as spent,
           coalesce(sum(e.units) filter (where e.purse = 'spent'), 0) as units
    from transfers t join ledger_entries e on e.transfer = t.id
    where t.at >= %(since)s::date::timestamp at time zone 'UTC'
    group by t.service, t.account),
held as (
    select service, account, sum(reserved) as reserved from generation_attempts
    where status in ('intended', 'submitted', 'unknown', 'overdue') and reserved > 0
    group by service, account)
select service, account, coalesce(calls, 0) as calls, coalesce(spent, 0) as spent, coalesce(reserved, 0) as reserved,
       coalesce(units, 0) as units
from moved full join held using (service, account) order by service, account

-- name: sum_units
-- What an account has spent so far, in its service's own units.
select coalesce(sum(e.units), 0) as units
from transfers t join ledger_entries e on e.transfer = t.id and e.purse = 'spent'
join accounts a on a.service = t.service and a.name = t.account
where a.id = %(account_id)s

-- name: last_balance
-- What a service said last about an account.
select balance, spent, drift, at from balance_checks where account_id = %(account_id)s order by at desc, id desc limit 1

-- name: add_balance
-- Write down what a service says about an account.
insert into balance_checks (account_id, balance, spent, drift)
values (%(account_id)s, %(balance)s, %(spent)s, %(drift)s)
