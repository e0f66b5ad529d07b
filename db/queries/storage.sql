-- name: note_copy
-- Remember that a file was seen whole in a store.
insert into asset_copies (sha256, store) values (%(sha256)s, %(store)s) on conflict (sha256, store) do nothing

-- name: forget_copy
-- Forget that a file lies in a store.
delete from asset_copies where sha256 = %(sha256)s and store = %(store)s

-- name: copies_of
-- The stores a file lies in, oldest copy first.
select store from asset_copies where sha256 = %(sha256)s order by stored_at, store

-- name: list_missing
-- Files of finished reels that are kept still, and files that lie in another store, of which this store has no copy.
select a.sha256, a.suffix, a.bytes from assets a
where a.sha256 > %(after)s
  and not exists (select from asset_copies c where c.sha256 = a.sha256 and c.store = %(store)s)
  and (exists (select from asset_copies c where c.sha256 = a.sha256)
       or ((%(keep_days)s::integer = 0 or a.created_at >= now() - make_interval(days => %(keep_days)s))
           and exists (
                  select from generation_files f
                  join reel_parts p on p.generation = f.generation and (p.part in ('provenance', 'package') or p.part = 'render'
                      and not exists (select from reel_parts s where s.reel_id = p.reel_id and s.part = 'provenance'))
                  join reels r on r.id = p.reel_id and r.state in ('ready_to_publish', 'publishing', 'published')
                  where f.sha256 = a.sha256)))
order by a.sha256 limit %(limit)s

-- name: list_copies
-- Files that lie in a store, in a stable order.
select a.sha256, a.suffix, a.bytes from asset_copies c join assets a using (sha256)
where c.store = %(store)s and a.sha256 > %(after)s order by a.sha256 limit %(limit)s

-- name: list_aged
-- Files known for longer than some days that lie in a store, in a stable order.
select a.sha256, a.suffix, a.bytes from asset_copies c join assets a using (sha256)
where c.store = %(store)s and a.sha256 > %(after)s and a.created_at < now() - make_interval(days => %(days)s)
order by a.sha256 limit %(limit)s

-- name: is_needed
-- Whether an unfinished reel, or a published one with an open delivery, is made of a file.
select exists (
    select from generation_files f
    join (select reel_id, generation from reel_parts
          union all select reel_id, unnest(array[speech, picture, clip]) from scenes) part using (generation)
    join reels r on r.id = part.reel_id
    where f.sha256 = %(sha256)s
      and (r.state <> 'published'
           or exists (select from deliveries d
                      where d.reel_id = r.id and d.status not in ('done', 'failed', 'skipped')))) as yes

-- name: sum_copies
-- How many files lie in each store, and their bytes together.
select store, count(*) as files, sum(bytes)::bigint as bytes from asset_copies join assets using (sha256)
group by store order by store
