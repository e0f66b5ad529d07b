-- name: add_account
-- Know a key for a service; the secret is encrypted already.
insert into accounts (service, name, secret) values (%(service)s, %(name)s, %(secret)s)
on conflict (service, name) do nothing
returning id

-- name: ensure_keyless
-- Give a service that needs no key the account its calls are counted on.
insert into accounts (service, name)
select %(service)s::text, 'default' where not exists (select from accounts where service = %(service)s)
on conflict (service, name) do nothing

-- name: list_accounts
-- Accounts with what they are doing now: open attempts by the index of open ones, recent ones by the index of the account.
select a.id, a.service, a.name, a.status, a.health, a.reason, a.requests, a.since_rest, a.failures, a.rests_until,
       a.last_used_at, a.secret is not null as has_secret, a.secret_set_at, a.owner_id, a.owner_name, a.expires_at,
       a.refresh_expires_at, a.renewing_since, statement_timestamp() as seen_at,
       (select count(*) from generation_attempts t
        where t.account_id = a.id and t.status in ('intended', 'submitted')) as in_flight,
       recent.in_window, recent.window_frees_at
from accounts a
cross join lateral (
    select count(*) as in_window, min(t.started_at) + make_interval(secs => %(window)s) as window_frees_at
    from generation_attempts t
    where t.account_id = a.id and t.started_at > statement_timestamp() - make_interval(secs => %(window)s)
) recent
where %(service)s::text is null or a.service = %(service)s
order by a.service, a.name

-- name: get_account_id
-- The number of an account.
select id from accounts where service = %(service)s and name = %(name)s

-- name: lock_accounts
-- Keep others from lending accounts of a service meanwhile; always in the same order, so that nobody waits in a circle.
select id from accounts where service = %(service)s order by id for no key update

-- name: lock_account
-- Read an account and keep others from deciding about it meanwhile.
select service, name, status, failures, statement_timestamp() as seen_at from accounts
where id = %(id)s for no key update

-- name: note_use
-- Count a request, begin the rest that is due, and read the encrypted key.
update accounts set requests = requests + 1, since_rest = %(since_rest)s, last_used_at = clock_timestamp(),
    rests_until = coalesce(%(rests_until)s, rests_until)
where id = %(id)s
returning id, service, name, secret as text

-- name: get_secret
-- The encrypted key of an account, and whose it is.
select id, service, name, secret as text from accounts where id = %(id)s

-- name: note_outcome
-- Write down how a request ended; a rest is never shortened and a retired account stays as it is.
update accounts set health = %(health)s, failures = %(failures)s, reason = %(reason)s,
    rests_until = greatest(rests_until, %(rests_until)s), status = case when %(retire)s then 'retired' else status end
where id = %(id)s and status <> 'retired'

-- name: pause_account
-- Stop using an account.
update accounts set status = 'paused' where id = %(id)s and status <> 'retired'

-- name: resume_account
-- Use an account again, with nothing held against it.
update accounts set status = 'active', health = 'healthy', failures = 0, since_rest = 0, rests_until = null, reason = ''
where id = %(id)s

-- name: replace_secret
-- Give an account a new key. What was held against the old one is forgotten; a paused account stays paused.
update accounts set secret = %(secret)s, secret_set_at = now(), health = 'healthy', failures = 0, rests_until = null,
    reason = '', status = case when status = 'retired' then 'active' else status end
where id = %(id)s

-- name: connect_account
-- Keep a platform's token. What was held against the old one is forgotten; a paused account stays paused, a rest goes on.
insert into accounts (service, name, secret, owner_id, owner_name, expires_at, refresh_expires_at)
values (%(service)s, %(name)s, %(secret)s, %(owner_id)s, %(owner_name)s, %(expires_at)s, %(refresh_expires_at)s)
on conflict (service, name) do update set secret = excluded.secret, secret_set_at = now(), owner_id = excluded.owner_id,
    owner_name = excluded.owner_name, expires_at = excluded.expires_at,
    refresh_expires_at = excluded.refresh_expires_at, renewing_since = null, health = 'healthy', failures = 0,
    reason = '', status = case when accounts.status = 'retired' then 'active' else accounts.status end
returning id

-- name: get_token
-- The encrypted token of a platform's account.
select id, status, reason, secret as text, renewing_since, statement_timestamp() as seen_at from accounts
where id = %(id)s

-- name: lock_token
-- The encrypted token of a platform's account, kept from being renewed by others meanwhile.
select id, status, reason, secret as text, renewing_since, statement_timestamp() as seen_at from accounts
where id = %(id)s for no key update

-- name: note_renewing
-- Since when a token is being renewed: a mark that outlives a crash.
update accounts set renewing_since = %(since)s where id = %(id)s

-- name: set_token
-- Put a renewed token in the place of the old one; it was connected as long ago as before.
update accounts set secret = %(secret)s, owner_id = %(owner_id)s, owner_name = %(owner_name)s,
    expires_at = %(expires_at)s, refresh_expires_at = %(refresh_expires_at)s, renewing_since = null
where id = %(id)s

-- name: lock_secrets
-- Every encrypted secret, kept from changing meanwhile.
select id, service, name, secret as text from accounts where secret is not null order by id for no key update

-- name: set_secret
-- Keep the same secret under a newer master key.
update accounts set secret = %(secret)s where id = %(id)s

-- name: note_calls
-- Count calls that an app is about to make.
insert into platform_calls (app, day, bucket, calls) values (%(app)s, %(day)s, %(bucket)s, %(calls)s)
on conflict (app, day, bucket) do update set calls = platform_calls.calls + excluded.calls

-- name: list_calls
-- What an app used on its newest day.
select bucket, day, calls from platform_calls
where app = %(app)s and day = (select max(day) from platform_calls where app = %(app)s) order by bucket

-- name: note_success
-- Hold nothing against an account that works, unless it rests or is retired.
update accounts set health = 'healthy', failures = 0, reason = ''
where id = %(id)s and status <> 'retired' and (rests_until is null or rests_until <= now())

-- name: lock_handles
-- The encrypted handles of posts that are not over, kept from changing meanwhile.
select key, handle from deliveries where handle is not null and status not in ('done', 'failed', 'skipped')
order by key for no key update

-- name: set_handle
-- Keep the same handle under a newer master key.
update deliveries set handle = %(handle)s where key = %(key)s
