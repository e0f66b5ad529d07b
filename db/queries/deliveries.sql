-- name: intend_delivery
-- Write down one public act, once for each kind, subject and account.
insert into deliveries (key, kind, subject, account, reel_id, request, due_at)
values (%(key)s, %(kind)s, %(subject)s, %(account)s, %(reel_id)s, %(request)s, %(due_at)s)
on conflict do nothing

-- name: claim_delivery
-- Become the one worker of a delivery that is not finished.
update deliveries set lease_owner = %(owner)s, lease_until = now() + make_interval(secs => %(seconds)s),
    attempts = attempts + 1
where key = (
    select key from deliveries
    where key = %(key)s and status <> 'done' and due_at <= now()
      and (lease_until is null or lease_until < now() or lease_owner = %(owner)s)
    for update skip locked)
returning key, kind, subject, account, reel_id, status, request, handle, attempts

-- name: get_delivery
-- Read a delivery.
select key, kind, subject, account, reel_id, status, request, handle, external_id, url, error, attempts,
       coalesce(lease_until > now(), false) as is_leased
from deliveries where key = %(key)s

-- name: renew_delivery
-- Stay the worker of a delivery.
update deliveries set lease_until = now() + make_interval(secs => %(seconds)s)
where key = %(key)s and lease_owner = %(owner)s returning key

-- name: move_delivery
-- Move a delivery on; a handle is kept the moment it exists.
update deliveries set status = %(status)s, handle = coalesce(%(handle)s, handle), error = null
where key = %(key)s and lease_owner = %(owner)s returning key

-- name: restart_delivery
-- Surely nothing happened: begin anew.
update deliveries set status = 'intended', handle = null, error = %(note)s
where key = %(key)s and lease_owner = %(owner)s returning key

-- name: finish_delivery
-- The platform shows it.
update deliveries set status = 'done', external_id = %(external_id)s, url = %(url)s, error = null,
    lease_owner = null, lease_until = null
where key = %(key)s and lease_owner = %(owner)s returning key

-- name: stop_delivery
-- It failed, or its outcome is not known.
update deliveries set status = %(status)s, error = %(error)s, lease_owner = null, lease_until = null
where key = %(key)s and lease_owner = %(owner)s returning key

-- name: release_delivery
-- Let go of an unfinished delivery, so that the next run may take it at once.
update deliveries set lease_owner = null, lease_until = null, error = %(error)s
where key = %(key)s and lease_owner = %(owner)s

-- name: list_deliveries_of_reel
-- Where a reel went, newest first.
select key, kind, subject, account, reel_id, status, request, handle, external_id, url, error, attempts,
       coalesce(lease_until > now(), false) as is_leased
from deliveries where reel_id = %(reel_id)s order by created_at desc

-- name: count_deliveries
-- How many deliveries of each account are in each status.
select account, status, count(*) as count from deliveries group by account, status order by account, status
