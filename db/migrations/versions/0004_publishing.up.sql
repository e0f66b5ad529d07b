-- Publishing: deliveries that wait for a time, a person or a platform; accounts with tokens that end; copies of files.

alter table accounts add column owner_id text not null default '', add column owner_name text not null default '',
    add column expires_at timestamptz, add column refresh_expires_at timestamptz, add column renewing_since timestamptz;

alter table generations drop constraint generations_capability_check;
alter table generations add constraint generations_capability_check check (capability in
    ('write', 'speak', 'draw', 'animate', 'talk', 'clone', 'music', 'render', 'check', 'sign', 'package'));

alter table reel_parts drop constraint reel_parts_part_check;
alter table reel_parts add constraint reel_parts_part_check check (part in
    ('script', 'music', 'render', 'check', 'provenance', 'package'));

alter table deliveries drop constraint deliveries_status_check, drop constraint deliveries_handle_when_begun,
    drop constraint deliveries_proof_when_done;
alter table deliveries
    add column slot_at timestamptz not null default now(),
    add column approval text not null default 'none' check (approval in ('none', 'needed', 'given')),
    add column consent jsonb check (jsonb_typeof(consent) = 'object'),
    add column visibility text check (visibility in ('public', 'unlisted', 'private', 'draft')),
    add column begins integer not null default 0 check (begins >= 0),
    add column looked integer not null default 0 check (looked >= 0),
    add column warning text not null default '',
    add constraint deliveries_status_check check (status in ('intended', 'begun', 'uploading', 'processing', 'finishing',
        'confirming', 'unknown', 'held', 'done', 'failed', 'skipped')),
    add constraint deliveries_handle_when_begun
        check (status in ('intended', 'failed', 'skipped') or handle is not null),
    add constraint deliveries_proof_when_done check (status <> 'done' or external_id is not null),
    add constraint deliveries_consent_when_given check ((approval = 'given') = (consent is not null));
update deliveries set slot_at = due_at;
drop index deliveries_due;
create index deliveries_due on deliveries (due_at) where status not in ('done', 'failed', 'held', 'skipped');
create index deliveries_of_account on deliveries (account, slot_at);
create index deliveries_of_reel on deliveries (reel_id);

insert into transitions (machine, from_state, to_state) values
    ('reels', 'publishing', 'planned'),       -- made again while its posts only wait for their time
    ('deliveries', 'intended', 'skipped'),    -- its time passed, or a person said no
    ('deliveries', 'skipped', 'intended'),
    ('deliveries', 'uploading', 'processing'),
    ('deliveries', 'processing', 'uploading'), -- a part did not arrive
    ('deliveries', 'processing', 'finishing'),
    ('deliveries', 'processing', 'intended'), -- the platform gave up on it: a new beginning
    ('deliveries', 'processing', 'failed'),
    ('deliveries', 'finishing', 'confirming'),
    ('deliveries', 'finishing', 'processing'), -- refused for now, so surely not out
    ('deliveries', 'confirming', 'unknown'),  -- the platform does not know it any more
    ('deliveries', 'confirming', 'done'),
    ('deliveries', 'confirming', 'intended'),
    ('deliveries', 'confirming', 'failed'),
    ('deliveries', 'confirming', 'held'),
    ('deliveries', 'unknown', 'confirming'),
    ('deliveries', 'unknown', 'processing'),  -- surely not out, and complete
    ('deliveries', 'unknown', 'uploading'),   -- surely not out: the upload goes on
    ('deliveries', 'unknown', 'held'),        -- nobody can tell but a person
    ('deliveries', 'held', 'unknown'),        -- look again
    ('deliveries', 'held', 'done'),
    ('deliveries', 'held', 'intended'),
    ('deliveries', 'held', 'failed');

-- What an app used of the calls that its platform counts by the day; the days are the platform's own.
create table platform_calls (
    app    text not null,
    day    date not null,
    bucket text not null,
    calls  integer not null check (calls >= 0),
    primary key (app, day, bucket)
);

-- Where a stored file lies besides the working folder, and since when its bytes were seen there whole.
create table asset_copies (
    sha256    text not null references assets,
    store     text not null check (store ~ '^[a-z][a-z0-9_:.-]*$'),
    stored_at timestamptz not null default now(),
    primary key (sha256, store)
);
