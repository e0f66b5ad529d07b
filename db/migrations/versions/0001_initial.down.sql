drop table delivery_events, deliveries, credit_entries, reel_parts, scenes, generation_files,
    generation_attempts, generations, reels, assets, content_ideas, characters, transitions;
drop function note_delivery_event();
drop function touch_updated_at();
drop function refuse_change();
drop function refuse_illegal_transition();
