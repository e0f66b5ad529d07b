-- name: add_idea
-- Add an idea once; an equal brief is the same idea.
insert into content_ideas (key, character_id, title, brief)
select %(key)s, id, %(title)s, %(brief)s from characters
where slug = %(character)s and is_active and not exists (select from content_ideas where key = %(key)s)
on conflict (key) do nothing
returning id

-- name: find_idea
-- The idea of a brief by its key.
select id from content_ideas where key = %(key)s

-- name: list_ideas
-- Ideas with their character and reel, oldest first.
select i.id, i.title, c.slug as character, c.language, i.state, r.id as reel_id, r.state as reel_state
from content_ideas i
join characters c on c.id = i.character_id
left join reels r on r.idea_id = i.id
order by i.id

-- name: take_oldest
-- Take a character's oldest waiting idea; two runs never take the same one.
update content_ideas set state = 'taken'
where id = (
    select i.id from content_ideas i join characters c on c.id = i.character_id
    where c.slug = %(character)s and i.state = 'waiting'
    order by i.id limit 1 for update of i skip locked)
returning id

-- name: take_idea
-- Mark one idea as taken.
update content_ideas set state = 'taken' where id = %(id)s and state <> 'dropped' returning id

-- name: get_brief_of_reel
-- The brief a reel is made from.
select i.brief from reels r join content_ideas i on i.id = r.idea_id where r.id = %(reel_id)s
