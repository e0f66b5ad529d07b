-- name: upsert_character
-- Write a character as the roster has it now; the slug is its identity.
insert into characters (slug, name, age, language, persona, tone, palette, voice, elite, brand, look, makers)
values (%(slug)s, %(name)s, %(age)s, %(language)s, %(persona)s, %(tone)s, %(palette)s, %(voice)s, %(elite)s, %(brand)s,
    %(look)s, %(makers)s)
on conflict (slug) do update set
    name = excluded.name, age = excluded.age, language = excluded.language, persona = excluded.persona,
    tone = excluded.tone, palette = excluded.palette, voice = excluded.voice, elite = excluded.elite,
    brand = excluded.brand, look = excluded.look, makers = excluded.makers, is_active = true, updated_at = now()
where (characters.name, characters.age, characters.language, characters.persona, characters.tone,
       characters.palette, characters.voice, characters.elite, characters.brand, characters.look, characters.makers,
       characters.is_active)
    is distinct from
      (excluded.name, excluded.age, excluded.language, excluded.persona, excluded.tone,
       excluded.palette, excluded.voice, excluded.elite, excluded.brand, excluded.look, excluded.makers, true)

-- name: get_character
-- One character by slug.
select id, slug, name, age, language, persona, tone, palette, voice, elite, brand, look, makers
from characters where slug = %(slug)s

-- name: get_character_of_reel
-- The character who tells a reel.
select c.id, c.slug, c.name, c.age, c.language, c.persona, c.tone, c.palette, c.voice, c.elite, c.brand, c.look,
    c.makers
from reels r join content_ideas i on i.id = r.idea_id join characters c on c.id = i.character_id
where r.id = %(reel_id)s

-- name: list_slugs
-- All active characters' slugs, in order.
select slug from characters where is_active order by slug

-- name: list_turns
-- Each active character that has ideas waiting, how many, and when its last reel was begun.
select c.slug, count(distinct w.id) as waiting, max(r.created_at) as last_reel_at
from characters c
join content_ideas w on w.character_id = c.id and w.state = 'waiting'
left join content_ideas i on i.character_id = c.id and i.state = 'taken'
left join reels r on r.idea_id = i.id
where c.is_active
group by c.slug
order by c.slug
