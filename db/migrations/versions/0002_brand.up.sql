-- How a character's reels are marked and lettered: watermark, outro, caption style, sound effects.
alter table characters add column brand jsonb not null default '{}' check (jsonb_typeof(brand) = 'object');
