-- name: begin_reel
-- Begin the one reel of an idea, or find the one that was begun; numbers are used only for new reels.
with begun as (select id from reels where idea_id = %(idea_id)s),
inserted as (
    insert into reels (idea_id) select %(idea_id)s where not exists (select from begun)
    on conflict (idea_id) do update set idea_id = excluded.idea_id
    returning id)
select id from begun union all select id from inserted

-- name: get_reel
-- One reel with its title, character and cost so far.
select r.id, r.state, r.reason, r.takes, r.due_at, r.created_at, r.updated_at, i.title, c.slug as character,
       c.name as character_name, c.language, coalesce(i.brief ->> 'quality', 'standard') as quality,
       coalesce((select sum(g.credits) from generations g where g.reel_id = r.id), 0) as credits
from reels r join content_ideas i on i.id = r.idea_id join characters c on c.id = i.character_id
where r.id = %(reel_id)s

-- name: list_reels
-- The newest reels with title, character and cost.
select r.id, r.state, r.reason, r.takes, r.due_at, r.created_at, r.updated_at, i.title, c.slug as character,
       c.name as character_name, c.language, coalesce(i.brief ->> 'quality', 'standard') as quality,
       coalesce((select sum(g.credits) from generations g where g.reel_id = r.id), 0) as credits
from reels r join content_ideas i on i.id = r.idea_id join characters c on c.id = i.character_id
order by r.id desc limit %(limit)s

-- name: find_unfinished
-- The oldest reel whose run ended before it was ready and that nobody holds, quiet for a while.
select r.id from reels r
where r.state in ('planned', 'scripted', 'voiced', 'illustrated', 'rendered', 'checked')
  and r.updated_at < now() - make_interval(secs => %(quiet_seconds)s)
  and not exists (select from generations g where g.reel_id = r.id and g.lease_until > now())
order by r.id limit 1

-- name: reopen_reel
-- Put a reel back to its beginning for a rerun; one with a post under way stays as it is.
update reels set state = 'planned', reason = null
where id = %(reel_id)s and not (state = 'publishing' and exists (
    select from deliveries d where d.reel_id = %(reel_id)s and (d.lease_until > now()
        or d.status in ('begun', 'uploading', 'processing', 'finishing', 'confirming', 'unknown'))))
returning id

-- name: raise_take
-- Ask for a new take of one step, once for each run that asks.
update reels set takes = jsonb_set(takes, array[%(step)s::text], jsonb_build_object(
    'n', coalesce((takes -> %(step)s::text ->> 'n')::integer, 0) + 1, 'by', %(run)s::text))
where id = %(reel_id)s and (takes -> %(step)s::text ->> 'by') is distinct from %(run)s::text

-- name: lock_state
-- Read a reel's state and keep others from moving it meanwhile.
select state from reels where id = %(reel_id)s for update

-- name: is_being_made
-- Whether some worker is making something for this reel right now.
select exists (select from generations where reel_id = %(reel_id)s and lease_until > now()) as yes

-- name: move_reel
-- Move a reel on along its states.
update reels set state = %(state)s, reason = null where id = %(reel_id)s returning id

-- name: stop_reel
-- Hold a reel for a person, or mark it failed, with the reason.
update reels set state = %(state)s, reason = %(reason)s where id = %(reel_id)s returning id

-- name: set_part
-- Say which generation a step of the reel now is.
insert into reel_parts (reel_id, part, generation) values (%(reel_id)s, %(part)s, %(generation)s)
on conflict (reel_id, part) do update set generation = excluded.generation

-- name: get_parts
-- The generations a reel is made of, by part.
select part, generation from reel_parts where reel_id = %(reel_id)s

-- name: drop_scenes
-- Forget the scenes of an older script.
delete from scenes where reel_id = %(reel_id)s

-- name: add_scene
-- Add one scene of the script.
insert into scenes (reel_id, position, role, text, place, time, mood, picture_prompt, motion_prompt)
values (%(reel_id)s, %(position)s, %(role)s, %(text)s, %(place)s, %(time)s, %(mood)s, %(picture)s, %(motion)s)

-- name: get_scenes
-- The scenes of a reel in order.
select position, role, text, place, time, mood, picture_prompt, motion_prompt, speech, picture, clip from scenes
where reel_id = %(reel_id)s order by position

-- name: set_speech
-- Say which generation speaks a scene.
update scenes set speech = %(generation)s where reel_id = %(reel_id)s and position = %(position)s

-- name: set_picture
-- Say which generation shows a scene.
update scenes set picture = %(generation)s where reel_id = %(reel_id)s and position = %(position)s

-- name: set_clip
-- Say which generation moves a scene; none makes it a still again.
update scenes set clip = %(generation)s where reel_id = %(reel_id)s and position = %(position)s

-- name: count_by_state
-- How many reels are in each state.
select state, count(*) as count from reels group by state order by state

-- name: list_in_state
-- Reels in one state, oldest first.
select id from reels
where state = %(state)s and (%(reel_id)s::bigint is null or id = %(reel_id)s)
order by id limit %(limit)s

-- name: list_fingerprints
-- How the newest reels before this one look, as their checks measured it.
select p.reel_id, i.title, g.result -> 'fingerprint' as fingerprint
from reel_parts p
join generations g on g.key = p.generation and g.result ? 'fingerprint'
join reels r on r.id = p.reel_id
join content_ideas i on i.id = r.idea_id
where p.part = 'check' and p.reel_id < %(reel_id)s
order by p.reel_id desc
limit %(limit)s

-- name: get_fingerprints
-- How some reels look, as their checks measured it.
select p.reel_id, g.result -> 'fingerprint' as fingerprint
from reel_parts p
join generations g on g.key = p.generation and g.result ? 'fingerprint'
where p.part = 'check' and p.reel_id = any(%(reel_ids)s::bigint[])
