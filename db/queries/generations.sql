-- name: intend
-- Write down what is about to be made, once for each key, and become its one worker.
insert into generations (key, capability, request, recipe, variant, reel_id, scene, lease_owner, lease_until)
values (%(key)s, %(capability)s, %(request)s, %(recipe)s, %(variant)s, %(reel_id)s, %(scene)s, %(owner)s,
        now() + make_interval(secs => %(seconds)s))
on conflict (key) do nothing
returning key

-- name: lock_generation
-- Read a generation and keep others from deciding about it meanwhile.
select key, capability, status, result, stand_in, credits, error, progress, lease_owner,
       coalesce(lease_until > now(), false) as is_leased,
       exists (select from generation_attempts a
               where a.generation = key and a.status in ('intended', 'submitted', 'unknown')) as has_open_attempt
from generations where key = %(key)s for update

-- name: get_generation
-- Read a generation.
select key, capability, status, result, stand_in, credits, error, progress, lease_owner,
       coalesce(lease_until > now(), false) as is_leased
from generations where key = %(key)s

-- name: take_lease
-- Become the one worker of a generation that is not finished, and set it back to its beginning.
update generations set status = 'intended', result = null, finished_at = null, error = null, progress = 0,
    lease_owner = %(owner)s, lease_until = now() + make_interval(secs => %(seconds)s)
where key = %(key)s

-- name: renew_lease
-- Stay the worker and tell how far the work is.
update generations set lease_until = now() + make_interval(secs => %(seconds)s), progress = %(progress)s
where key = %(key)s and lease_owner = %(owner)s
returning key

-- name: release_lease
-- Let go of unfinished work, so that the next may take it at once.
update generations set lease_owner = null, lease_until = null where key = %(key)s and lease_owner = %(owner)s

-- name: lose_attempt
-- Close an attempt that may simply be made again.
update generation_attempts set status = 'lost', ended_at = now(), settled = 0,
    error = 'the process ended before the result was written down'
where generation = %(key)s and n = %(n)s

-- name: find_open_attempt
-- The attempt whose outcome is not known yet.
select n, service, account, account_id, label, status, external_id, reserved, units, asked_at
from generation_attempts where generation = %(key)s and status in ('intended', 'submitted', 'unknown')

-- name: begin_attempt
-- Write down who is about to be asked; the label is ours and unique.
insert into generation_attempts (generation, n, service, account, account_id, workflow, started_at, label)
select %(key)s, coalesce(max(n), 0) + 1, %(service)s, %(account)s, %(account_id)s, %(workflow)s, clock_timestamp(),
       'rw-' || left(%(key)s, 20) || '-' || (coalesce(max(n), 0) + 1)
from generation_attempts where generation = %(key)s
returning n, label

-- name: ask_attempt
-- From here on the service may have been asked, for this much.
update generation_attempts set asked_at = now(), reserved = %(reserved)s, units = %(units)s
where generation = %(key)s and n = %(n)s
returning asked_at

-- name: submit_attempt
-- Keep the service's own number for the work, the moment it is known.
update generation_attempts set status = 'submitted', external_id = %(external_id)s, ended_at = null
where generation = %(key)s and n = %(n)s

-- name: note_look
-- Remember that the service was asked whether a lost call happened, and what it said.
update generation_attempts set looked = looked + 1, evidence = %(evidence)s where generation = %(key)s and n = %(n)s

-- name: note_hint
-- A service says that a job has moved; whoever waits for it looks at once.
update generation_attempts set hinted_at = now() where external_id = %(external_id)s and status = 'submitted'
returning n

-- name: is_hinted
-- Whether a hint came after a moment.
select coalesce(hinted_at > %(since)s, false) as yes from generation_attempts where generation = %(key)s and n = %(n)s

-- name: list_unsettled
-- Attempts whose credits wait for an answer: lost calls and jobs that never came to an end.
select a.generation as key, a.n, a.service, a.account, a.account_id, a.label, a.status, a.external_id, a.reserved, a.units,
       a.asked_at, a.started_at, a.error, a.evidence, a.looked, g.capability, g.reel_id, g.scene, g.status as generation_status
from generation_attempts a join generations g on g.key = a.generation
where a.status in ('unknown', 'overdue')
  and (%(prefix)s::text is null or a.generation like %(prefix)s::text || '%%')
order by a.started_at

-- name: lock_attempt
-- Read where an attempt stands and keep others from deciding about it meanwhile.
select status from generation_attempts where generation = %(key)s and n = %(n)s for update

-- name: end_attempt
-- Close an attempt.
update generation_attempts set status = %(status)s, settled = %(settled)s, error = %(error)s, ended_at = now(),
    external_id = coalesce(%(external_id)s, external_id)
where generation = %(key)s and n = %(n)s

-- name: mark_submitted
-- The generation is now in somebody's hands.
update generations set status = 'submitted' where key = %(key)s and lease_owner = %(owner)s returning key

-- name: mark_intended
-- The maker that was asked could not do it; the next one is.
update generations set status = 'intended', progress = 0 where key = %(key)s and lease_owner = %(owner)s returning key

-- name: mark_done
-- The result is stored and checked.
update generations set status = 'done', result = %(result)s, stand_in = %(stand_in)s, credits = credits + %(credits)s,
    service = %(service)s, model = %(model)s, seed = %(seed)s, latency_ms = %(latency_ms)s,
    progress = 1, error = null, finished_at = now(), lease_owner = null, lease_until = null
where key = %(key)s and lease_owner = %(owner)s returning key

-- name: mark_failed
-- Nobody could make it.
update generations set status = 'failed', error = %(error)s, lease_owner = null, lease_until = null
where key = %(key)s and lease_owner = %(owner)s returning key

-- name: mark_unknown
-- A call may have been sent, and its answer was lost.
update generations set status = 'unknown', error = %(error)s, lease_owner = null, lease_until = null
where key = %(key)s and status in ('intended', 'submitted')

-- name: recall_attempt
-- A lost call was found in the service's records.
update generation_attempts set status = 'submitted', external_id = %(external_id)s, ended_at = null
where generation = %(key)s and n = %(n)s

-- name: recall_generation
-- A lost call was found; the next run takes up its job.
update generations set status = 'submitted', error = null where key = %(key)s and status = 'unknown'

-- name: close_unknown
-- A person, or the service's own records, have told what became of a lost call.
update generations set status = 'failed', error = %(error)s where key = %(key)s and status = 'unknown'
  and not exists (select from generation_attempts where generation = %(key)s and status = 'unknown')

-- name: add_asset
-- Know a stored file.
insert into assets (sha256, suffix, bytes) values (%(sha256)s, %(suffix)s, %(bytes)s) on conflict (sha256) do nothing

-- name: set_file
-- Say which stored file plays which role in a result.
insert into generation_files (generation, role, sha256) values (%(key)s, %(role)s, %(sha256)s)
on conflict (generation, role) do update set sha256 = excluded.sha256

-- name: get_files
-- The stored files of a result, by role.
select f.role, a.sha256, a.suffix, a.bytes from generation_files f join assets a using (sha256)
where f.generation = %(key)s order by f.role

-- name: list_of_reel
-- Everything made for a reel, with who made it.
select g.key, g.capability, g.scene, g.status, g.stand_in, g.credits, g.progress, g.error, g.created_at, g.finished_at,
       coalesce(g.lease_until > now(), false) as is_leased,
       (select a.service from generation_attempts a where a.generation = g.key order by a.n desc limit 1) as service,
       (select count(*) from generation_attempts a where a.generation = g.key) as attempts
from generations g where g.reel_id = %(reel_id)s order by g.created_at, g.key

-- name: list_makers
-- Who made the given results.
select g.key, g.capability, g.stand_in, g.credits, g.model, a.service as maker
from generations g
left join generation_attempts a on a.generation = g.key and a.status = 'done'
where g.key = any(%(keys)s)
order by g.capability, g.key

-- name: count_by_status
-- How many generations of each capability are in each status.
select capability, status, count(*) as count from generations group by capability, status order by capability, status

-- name: sum_credits
-- Credits settled so far.
select coalesce(sum(credits), 0) as settled from ledger_entries where purse = 'spent'

-- name: get_request
-- What was asked for.
select request from generations where key = %(key)s

-- name: list_spoken
-- What a voice has spoken before a moment, newest first, and how long it took.
select request ->> 'text' as text, (result ->> 'seconds')::float as seconds from generations
where capability = 'speak' and status = 'done' and request -> 'voice' = %(voice)s and request ->> 'language' = %(language)s
  and finished_at < %(before)s and service = %(service)s
order by finished_at desc limit 60
