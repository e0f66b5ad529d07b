-- name: intend_delivery
-- Write down one public act, once for each kind, subject and account; one that nobody began may still be changed.
insert into deliveries (key, kind, subject, account, reel_id, request, slot_at, due_at, approval, warning)
values (%(key)s, %(kind)s, %(subject)s, %(account)s, %(reel_id)s, %(request)s, %(slot_at)s, %(due_at)s,
    %(approval)s, %(warning)s)
on conflict (key) do update set request = excluded.request,
    approval = excluded.approval, consent = null, warning = excluded.warning, lease_owner = null, lease_until = null
where deliveries.status = 'intended' and (deliveries.lease_until is null or deliveries.lease_until < now())
  and (deliveries.request <> excluded.request or (deliveries.approval = 'none' and excluded.approval = 'needed'))

-- name: list_actionable
-- Acts whose time has come and that nobody works on, oldest first: approved, account at work, reel being posted.
select d.key from deliveries d
left join accounts a on a.service || '/' || a.name = d.account
left join reels r on r.id = d.reel_id
where d.status not in ('done', 'failed', 'held', 'skipped') and d.approval <> 'needed'
  and d.due_at <= now() + make_interval(secs => %(ahead)s)
  and (%(reel_id)s::bigint is null or d.reel_id = %(reel_id)s)
  and (d.lease_until is null or d.lease_until < now() + make_interval(secs => %(ahead)s))
  and (a.id is null or (a.status = 'active' and (a.rests_until is null or a.rests_until <= now()
      or d.status in ('finishing', 'confirming', 'unknown'))))
  and (r.id is null or r.state = 'publishing')
order by d.due_at, d.key limit %(limit)s

-- name: claim_delivery
-- Become the one worker of a delivery whose time has come.
update deliveries set lease_owner = %(owner)s, lease_until = now() + make_interval(secs => %(seconds)s),
    attempts = attempts + 1
where key = (
    select d.key from deliveries d
    left join accounts a on a.service || '/' || a.name = d.account
    left join reels r on r.id = d.reel_id
    where d.key = %(key)s and d.status not in ('done', 'failed', 'held', 'skipped') and d.approval <> 'needed'
      and d.due_at <= now() and (d.lease_until is null or d.lease_until < now() or d.lease_owner = %(owner)s)
      and (a.id is null or (a.status = 'active' and (a.rests_until is null or a.rests_until <= now()
      or d.status in ('finishing', 'confirming', 'unknown'))))
      and (r.id is null or r.state = 'publishing')
    for update of d skip locked)
returning key

-- name: get_delivery
-- Read a delivery.
select d.key, d.kind, d.subject, d.account, d.reel_id, d.status, d.request, d.handle, d.external_id, d.url,
       d.visibility, d.error, d.warning, d.attempts, d.begins, d.looked, d.approval, d.consent, d.slot_at, d.due_at,
       d.updated_at, coalesce(d.lease_until > now(), false) as is_leased
from deliveries d where d.key = %(key)s

-- name: find_delivery_keys
-- Keys that begin with some letters, the key that is quite so first; reel-1 is no beginning of reel-12.
select key from deliveries
where starts_with(key, %(beginning)s)
    and (%(beginning)s::text !~ '/reel-\d+$' or substr(key, length(%(beginning)s) + 1, 1) !~ '\d')
order by key <> %(beginning)s, key limit 3

-- name: renew_delivery
-- Stay the worker of a delivery.
update deliveries set lease_until = now() + make_interval(secs => %(seconds)s)
where key = %(key)s and lease_owner = %(owner)s returning key

-- name: begin_delivery
-- An upload is open: keep its handle at once, and count from now on as posted at this time.
update deliveries set status = 'begun', handle = %(handle)s, begins = begins + 1, looked = 0,
    slot_at = greatest(slot_at, now()), error = null
where key = %(key)s and lease_owner = %(owner)s returning key

-- name: move_delivery
-- Move a delivery on.
update deliveries set status = %(status)s, looked = 0, error = null
where key = %(key)s and lease_owner = %(owner)s returning key

-- name: restart_delivery
-- Surely nothing happened: begin anew.
update deliveries set status = 'intended', handle = null, looked = 0, error = %(note)s
where key = %(key)s and lease_owner = %(owner)s returning key

-- name: finish_delivery
-- The platform shows it.
update deliveries set status = 'done', external_id = %(external_id)s, url = %(url)s, visibility = %(visibility)s,
    warning = %(warning)s, error = null, lease_owner = null, lease_until = null
where key = %(key)s and lease_owner = %(owner)s returning key

-- name: stop_delivery
-- It failed, waits for a person, or its outcome is not known yet.
update deliveries set status = %(status)s, error = %(error)s, looked = 0, lease_owner = null, lease_until = null,
    due_at = now() + make_interval(secs => %(seconds)s)
where key = %(key)s and lease_owner = %(owner)s returning key

-- name: postpone_delivery
-- Let go of an unfinished delivery and say when to go on.
update deliveries set lease_owner = null, lease_until = null, error = %(error)s, looked = looked + 1,
    due_at = now() + make_interval(secs => %(seconds)s)
where key = %(key)s and lease_owner = %(owner)s

-- name: lock_planning
-- Keep others from planning posts of an account until this transaction ends.
select pg_advisory_xact_lock(hashtextextended(%(account)s, 5))

-- name: list_slots
-- When an account posted lately or will post, without some deliveries.
select slot_at from deliveries
where account = %(account)s and status not in ('failed', 'skipped') and slot_at > %(since)s
  and key <> all(%(but)s::text[])
order by slot_at

-- name: list_waiting
-- Posts of an account that nobody began, in the order of their times.
select key, slot_at, approval = 'needed' as is_asked from deliveries
where account = %(account)s and status = 'intended' and handle is null and begins = 0
  and (lease_until is null or lease_until < now())
order by slot_at, key

-- name: set_slot
-- Give a post that nobody began another time.
update deliveries set slot_at = %(slot_at)s, due_at = %(due_at)s, lease_owner = null, lease_until = null
where key = %(key)s and status = 'intended' and begins = 0 and (lease_until is null or lease_until < now())

-- name: skip_delivery
-- Decide that a post is not made; only one that nobody began.
update deliveries set status = 'skipped', error = %(reason)s, lease_owner = null, lease_until = null
where key = %(key)s and status = 'intended' and (lease_until is null or lease_until < now()) returning key

-- name: refuse_delivery
-- Write down why a post cannot be made as it is; only one that nobody began.
update deliveries set status = 'failed', error = %(reason)s, lease_owner = null, lease_until = null
where key = %(key)s and status = 'intended' and (lease_until is null or lease_until < now()) returning key

-- name: reopen_delivery
-- Try again what failed or was skipped, from the beginning; what a person had agreed to is asked anew.
update deliveries set status = 'intended', handle = null, begins = 0, looked = 0, error = null, due_at = now(),
    approval = case when approval = 'none' then 'none' else 'needed' end, consent = null
where key = %(key)s and status in ('failed', 'skipped') returning key

-- name: approve_delivery
-- Write down what a person agreed to.
update deliveries set approval = 'given', consent = %(consent)s, lease_owner = null, lease_until = null
where key = %(key)s and status = 'intended' and (lease_until is null or lease_until < now()) returning key

-- name: look_again
-- Have a held delivery looked up once more, at once.
update deliveries set status = 'unknown', looked = 0, due_at = now() where key = %(key)s and status = 'held' returning key

-- name: close_as_posted
-- A person saw it at the platform.
update deliveries set status = 'done', external_id = %(external_id)s, url = %(url)s, visibility = 'public', error = null,
    lease_owner = null, lease_until = null
where key = %(key)s and status in ('held', 'unknown') and (lease_until is null or lease_until < now()) returning key

-- name: close_as_not_posted
-- A person saw that it is not at the platform: begin anew.
update deliveries set status = 'intended', handle = null, begins = 0, looked = 0, due_at = now(), error = null,
    lease_owner = null, lease_until = null
where key = %(key)s and status in ('held', 'unknown') and (lease_until is null or lease_until < now()) returning key

-- name: newest_post
-- The platform's id of an account's newest post since it was connected: before, the name may have stood for another.
select d.external_id from deliveries d
left join accounts a on a.service || '/' || a.name = d.account
where d.account = %(account)s and d.status = 'done' and d.external_id is not null
  and (a.id is null or d.slot_at >= a.secret_set_at)
order by d.slot_at desc limit 1

-- name: known_ids
-- The platform's ids of an account's posts of the last days.
select external_id from deliveries
where account = %(account)s and status = 'done' and slot_at > now() - interval '3 days'

-- name: list_earlier_posts
-- What an account posted or is about to post, newest first, without one reel.
select d.key, d.reel_id, d.request ->> 'title' as title, d.request ->> 'caption' as caption, d.request ->> 'spoken' as spoken
from deliveries d
where d.account = %(account)s and d.kind = 'post' and d.status not in ('failed', 'skipped')
  and d.reel_id is distinct from %(reel_id)s
order by d.slot_at desc limit %(limit)s

-- name: list_deliveries_of_reel
-- Where a reel went, newest first.
select d.key, d.kind, d.subject, d.account, d.reel_id, d.status, d.request, d.handle, d.external_id, d.url,
       d.visibility, d.error, d.warning, d.attempts, d.begins, d.looked, d.approval, d.consent, d.slot_at, d.due_at,
       d.updated_at, coalesce(d.lease_until > now(), false) as is_leased
from deliveries d where d.reel_id = %(reel_id)s order by d.created_at desc, d.key

-- name: list_open_deliveries
-- Everything that is not over, and what needs a person, by time.
select d.key, d.kind, d.subject, d.account, d.reel_id, d.status, d.request, d.handle, d.external_id, d.url,
       d.visibility, d.error, d.warning, d.attempts, d.begins, d.looked, d.approval, d.consent, d.slot_at, d.due_at,
       d.updated_at, coalesce(d.lease_until > now(), false) as is_leased
from deliveries d where d.status not in ('done', 'skipped') order by d.slot_at, d.key limit %(limit)s

-- name: count_deliveries
-- How many deliveries of each account are in each status.
select account, status, count(*) as count from deliveries group by account, status order by account, status
