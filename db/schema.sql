-- The whole schema as it is now, to be read. A test compares it with the migrations.

-- Which state may follow which, for every state machine of the house. The rows are data so that a
-- reader, a test and the trigger below share one truth.
create table transitions (
    machine    text not null,
    from_state text not null,
    to_state   text not null,
    primary key (machine, from_state, to_state)
);

insert into transitions (machine, from_state, to_state) values
    ('reels', 'planned', 'scripted'),
    ('reels', 'scripted', 'voiced'),
    ('reels', 'voiced', 'illustrated'),
    ('reels', 'illustrated', 'rendered'),
    ('reels', 'rendered', 'checked'),
    ('reels', 'checked', 'ready_to_publish'),
    ('reels', 'ready_to_publish', 'publishing'),
    ('reels', 'publishing', 'published'),
    ('reels', 'publishing', 'ready_to_publish'),
    ('reels', 'publishing', 'planned'),       -- made again while its posts only wait for their time
    -- a step that cannot go on
    ('reels', 'planned', 'held'), ('reels', 'planned', 'failed'),
    ('reels', 'scripted', 'held'), ('reels', 'scripted', 'failed'),
    ('reels', 'voiced', 'held'), ('reels', 'voiced', 'failed'),
    ('reels', 'illustrated', 'held'), ('reels', 'illustrated', 'failed'),
    ('reels', 'rendered', 'held'), ('reels', 'rendered', 'failed'),
    ('reels', 'checked', 'held'), ('reels', 'checked', 'failed'),
    ('reels', 'ready_to_publish', 'held'),
    ('reels', 'publishing', 'held'),
    ('reels', 'held', 'failed'), ('reels', 'failed', 'held'),
    -- a rerun begins at the front and replays what is done; not while a post is under way
    ('reels', 'scripted', 'planned'), ('reels', 'voiced', 'planned'), ('reels', 'illustrated', 'planned'),
    ('reels', 'rendered', 'planned'), ('reels', 'checked', 'planned'), ('reels', 'ready_to_publish', 'planned'),
    ('reels', 'published', 'planned'), ('reels', 'held', 'planned'), ('reels', 'failed', 'planned'),

    ('generations', 'intended', 'submitted'),
    ('generations', 'intended', 'failed'),
    ('generations', 'intended', 'unknown'),   -- the process ended between the intent and the answer
    ('generations', 'intended', 'done'),      -- the answer came at once
    ('generations', 'submitted', 'done'),
    ('generations', 'submitted', 'failed'),
    ('generations', 'submitted', 'unknown'),
    ('generations', 'submitted', 'intended'), -- a repeatable maker lost its work, or the next in the chain is asked
    ('generations', 'failed', 'intended'),
    ('generations', 'unknown', 'done'),
    ('generations', 'unknown', 'failed'),
    ('generations', 'unknown', 'submitted'),  -- the service's records show the lost call
    ('generations', 'unknown', 'intended'),   -- they surely do not: the next may be asked
    ('generations', 'done', 'intended'),      -- the stored file was lost

    ('deliveries', 'intended', 'begun'),
    ('deliveries', 'begun', 'uploading'),
    ('deliveries', 'uploading', 'finishing'),
    ('deliveries', 'finishing', 'done'),
    ('deliveries', 'finishing', 'unknown'),
    ('deliveries', 'unknown', 'done'),
    ('deliveries', 'unknown', 'intended'),    -- surely not there: a new beginning
    ('deliveries', 'unknown', 'failed'),
    ('deliveries', 'begun', 'intended'),
    ('deliveries', 'uploading', 'intended'),
    ('deliveries', 'intended', 'failed'), ('deliveries', 'begun', 'failed'), ('deliveries', 'uploading', 'failed'),
    ('deliveries', 'failed', 'intended'),
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

create function refuse_illegal_transition() returns trigger language plpgsql as $$
declare
    old_state text := to_jsonb(old) ->> tg_argv[0];
    new_state text := to_jsonb(new) ->> tg_argv[0];
begin
    if old_state = new_state or exists (
        select from transitions
        where machine = tg_table_name and from_state = old_state and to_state = new_state
    ) then
        return new;
    end if;
    raise exception '% cannot go from % to %', tg_table_name, old_state, new_state
        using errcode = 'check_violation', constraint = tg_table_name || '_legal_transition';
end $$;

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name
        using errcode = 'check_violation', constraint = tg_table_name || '_append_only';
end $$;

create function touch_updated_at() returns trigger language plpgsql as $$
begin
    new.updated_at := now();
    return new;
end $$;

create table characters (
    id         bigint generated always as identity primary key,
    slug       text not null constraint characters_slug_unique unique
               check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 64),
    name       text not null check (length(name) between 1 and 60),
    age        integer not null constraint characters_adult check (age between 18 and 120),
    language   text not null check (language in ('en', 'es', 'de', 'fr', 'it')),
    persona    text not null,
    tone       text not null check (tone in ('curious', 'warm', 'playful', 'calm', 'dramatic')),
    palette    jsonb not null check (palette ?& array['deep', 'main', 'soft', 'glow', 'accent']),
    voice      jsonb not null check (voice ? 'name'),
    elite      boolean not null default false,
    is_active  boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    brand      jsonb not null default '{}' check (jsonb_typeof(brand) = 'object'),
    look       jsonb not null default '{}' check (jsonb_typeof(look) = 'object'),
    makers     jsonb not null default '{}' check (jsonb_typeof(makers) = 'object')
);

create table content_ideas (
    id           bigint generated always as identity primary key,
    key          text not null constraint content_ideas_key_unique unique check (key ~ '^[0-9a-f]{64}$'),
    character_id bigint not null references characters,
    title        text not null check (length(title) between 3 and 90),
    brief        jsonb not null check (jsonb_array_length(brief -> 'facts') >= 1),
    state        text not null default 'waiting' check (state in ('waiting', 'taken', 'dropped')),
    created_at   timestamptz not null default now()
);
create index content_ideas_waiting on content_ideas (character_id, id) where state = 'waiting';

create table assets (
    sha256     text primary key check (sha256 ~ '^[0-9a-f]{64}$'),
    suffix     text not null check (suffix ~ '^\.[a-z0-9]{1,8}$'),
    bytes      bigint not null check (bytes > 0),
    created_at timestamptz not null default now()
);

create table reels (
    id         bigint generated always as identity primary key,
    idea_id    bigint not null constraint reels_idea_unique unique references content_ideas,
    state      text not null default 'planned' check (state in (
                   'planned', 'scripted', 'voiced', 'illustrated', 'rendered', 'checked',
                   'ready_to_publish', 'publishing', 'published', 'held', 'failed')),
    reason     text,
    takes      jsonb not null default '{}' check (jsonb_typeof(takes) = 'object'),
    due_at     timestamptz not null default now(),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint reels_reason_when_stopped check ((state in ('held', 'failed')) = (reason is not null))
);
create index reels_due on reels (due_at) where state in ('ready_to_publish', 'publishing');
create trigger reels_legal_transition before update of state on reels
    for each row execute function refuse_illegal_transition('state');
create trigger reels_touch before update on reels for each row execute function touch_updated_at();

create table generations (
    key         text primary key check (key ~ '^[0-9a-f]{64}$'),
    capability  text not null check (capability in
                ('write', 'speak', 'draw', 'animate', 'talk', 'clone', 'music', 'render', 'check', 'sign', 'package')),
    request     jsonb not null,
    recipe      text not null,
    variant     text not null default '',
    reel_id     bigint references reels,
    scene       integer check (scene >= 0),
    status      text not null default 'intended' check (status in ('intended', 'submitted', 'done', 'failed', 'unknown')),
    result      jsonb,
    stand_in    boolean not null default false,
    credits     numeric(14, 4) not null default 0 check (credits >= 0),
    progress    real not null default 0 check (progress between 0 and 1),
    error       text,
    lease_owner text,
    lease_until timestamptz,
    created_at  timestamptz not null default now(),
    finished_at timestamptz,
    service     text,
    model       text,
    seed        bigint,
    latency_ms  integer check (latency_ms >= 0),
    constraint generations_result_when_done check ((status = 'done') = (result is not null)),
    constraint generations_finished_when_done check ((status = 'done') = (finished_at is not null)),
    constraint generations_reason_when_failed check ((status in ('failed', 'unknown')) = (error is not null)),
    constraint generations_lease_whole check ((lease_owner is null) = (lease_until is null)),
    constraint generations_lease_only_at_work check (lease_owner is null or status in ('intended', 'submitted'))
);
create index generations_of_reel on generations (reel_id, created_at);
create trigger generations_legal_transition before update of status on generations
    for each row execute function refuse_illegal_transition('status');

-- Keys for outside services. The secret is encrypted; what is written here without a key of its own is a
-- service that needs none.
create table accounts (
    id            bigint generated always as identity primary key,
    service       text not null check (service ~ '^[a-z][a-z0-9_]*$'),
    name          text not null check (name ~ '^[a-z0-9]+([-_.][a-z0-9]+)*$' and length(name) <= 64),
    secret        text,
    secret_set_at timestamptz not null default now(),
    status        text not null default 'active' check (status in ('active', 'paused', 'retired')),
    health        text not null default 'healthy' check (health in ('healthy', 'degraded', 'banned')),
    reason        text not null default '',
    requests      bigint not null default 0 check (requests >= 0),
    since_rest    integer not null default 0 check (since_rest >= 0),
    failures      integer not null default 0 check (failures >= 0),
    rests_until   timestamptz,
    last_used_at  timestamptz,
    created_at    timestamptz not null default now(),
    updated_at    timestamptz not null default now(),
    owner_id      text not null default '',
    owner_name    text not null default '',
    expires_at    timestamptz,
    refresh_expires_at timestamptz,
    renewing_since timestamptz,
    constraint accounts_name_unique unique (service, name),
    constraint accounts_banned_is_retired check (health <> 'banned' or status = 'retired')
);
create trigger accounts_touch before update on accounts for each row execute function touch_updated_at();

create table generation_attempts (
    generation  text not null references generations (key),
    n           integer not null check (n >= 1),
    service     text not null,
    account     text not null default '',
    status      text not null default 'intended'
                check (status in ('intended', 'submitted', 'done', 'failed', 'lost', 'unknown', 'overdue')),
    external_id text,
    reserved    numeric(14, 4) not null default 0 check (reserved >= 0),
    settled     numeric(14, 4) check (settled >= 0),
    error       text,
    started_at  timestamptz not null default now(),
    ended_at    timestamptz,
    account_id  bigint references accounts,
    label       text,
    workflow    text not null default '',
    units       numeric(14, 4) not null default 0 check (units >= 0),
    evidence    text not null default '',
    looked      integer not null default 0 check (looked >= 0),
    asked_at    timestamptz,
    hinted_at   timestamptz,
    primary key (generation, n),
    constraint generation_attempts_handle_when_submitted check (status not in ('submitted', 'done') or external_id is not null)
);
create unique index generation_attempts_one_open on generation_attempts (generation)
    where status in ('intended', 'submitted', 'unknown');
create unique index generation_attempts_label on generation_attempts (label);
create index generation_attempts_of_account on generation_attempts (account_id, started_at);
create index generation_attempts_unsettled on generation_attempts (status) where status in ('unknown', 'overdue');
create index generation_attempts_external on generation_attempts (external_id) where status = 'submitted';

create table generation_files (
    generation text not null references generations (key),
    role       text not null check (role ~ '^[a-z][a-z0-9_]*$'),
    sha256     text not null references assets,
    primary key (generation, role)
);

create table scenes (
    reel_id    bigint not null references reels,
    position   integer not null check (position >= 0),
    role       text not null check (role in ('hook', 'beat', 'closing')),
    text       text not null check (length(text) between 1 and 320),
    place      text not null,
    time       text not null,
    mood       text not null,
    speech     text references generations (key),
    picture    text references generations (key),
    picture_prompt text not null default '',
    motion_prompt  text not null default '',
    clip       text references generations (key),
    primary key (reel_id, position)
);

-- What a reel is made of now: one generation per step.
create table reel_parts (
    reel_id    bigint not null references reels,
    part       text not null check (part in ('script', 'music', 'render', 'check', 'provenance', 'package')),
    generation text not null references generations (key),
    primary key (reel_id, part)
);

-- The ledger. A transfer moves credits between the purses of one account; its entries add up to nothing.
create table transfers (
    id         bigint generated always as identity primary key,
    kind       text not null check (kind in ('reserve', 'settle', 'refund')),
    generation text not null,
    attempt    integer not null,
    service    text not null,
    account    text not null default '',
    reel_id    bigint references reels,
    workflow   text not null default '',
    note       text not null default '',
    at         timestamptz not null default now(),
    foreign key (generation, attempt) references generation_attempts (generation, n)
);
create unique index transfers_reserve_once on transfers (generation, attempt) where kind = 'reserve';
create unique index transfers_close_once on transfers (generation, attempt) where kind in ('settle', 'refund');
create index transfers_at on transfers (at);

create table ledger_entries (
    transfer bigint not null references transfers,
    purse    text not null check (purse in ('available', 'reserved', 'spent')),
    credits  numeric(14, 4) not null check (credits <> 0),
    units    numeric(14, 4) not null default 0,
    primary key (transfer, purse)
);

create function refuse_unbalanced_transfer() returns trigger language plpgsql as $$
begin
    if (select sum(credits) from ledger_entries where transfer = new.transfer) <> 0 then
        raise exception 'transfer % does not balance', new.transfer
            using errcode = 'check_violation', constraint = 'ledger_entries_balance';
    end if;
    return null;
end $$;
create constraint trigger ledger_entries_balance after insert on ledger_entries deferrable initially deferred
    for each row execute function refuse_unbalanced_transfer();
create trigger transfers_append_only before update or delete on transfers
    for each row execute function refuse_change();
create trigger ledger_entries_append_only before update or delete on ledger_entries
    for each row execute function refuse_change();

-- A cap on spending in one window. It is moved by one conditional update, so that no number of runs passes it.
create table budgets (
    scope    text not null check (scope in ('day', 'month', 'workflow', 'reel')),
    name     text not null default '',
    starts   date not null,
    cap      numeric(14, 4) not null check (cap > 0),
    reserved numeric(14, 4) not null default 0 check (reserved >= 0),
    spent    numeric(14, 4) not null default 0 check (spent >= 0),
    primary key (scope, name, starts)
);

-- Which budgets an attempt holds credits in, so that they are given back where they were taken.
create table budget_holds (
    generation text not null,
    attempt    integer not null,
    scope      text not null,
    name       text not null,
    starts     date not null,
    primary key (generation, attempt, scope, name, starts),
    foreign key (generation, attempt) references generation_attempts (generation, n),
    foreign key (scope, name, starts) references budgets
);

-- What a service said an account had left, beside what our ledger expected.
create table balance_checks (
    id         bigint generated always as identity primary key,
    account_id bigint not null references accounts,
    balance    numeric(16, 4) not null,
    spent      numeric(16, 4) not null,
    drift      numeric(16, 4),
    at         timestamptz not null default now()
);
create index balance_checks_of on balance_checks (account_id, at);

create table deliveries (
    key         text primary key check (length(key) between 3 and 200),
    kind        text not null check (kind in ('post')),
    subject     text not null,
    account     text not null,
    reel_id     bigint references reels,
    status      text not null default 'intended' check (status in ('intended', 'begun', 'uploading', 'processing', 'finishing',
                    'confirming', 'unknown', 'held', 'done', 'failed', 'skipped')),
    request     jsonb not null,
    handle      text,
    external_id text,
    url         text,
    error       text,
    attempts    integer not null default 0 check (attempts >= 0),
    due_at      timestamptz not null default now(),
    lease_owner text,
    lease_until timestamptz,
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now(),
    slot_at     timestamptz not null default now(),
    approval    text not null default 'none' check (approval in ('none', 'needed', 'given')),
    consent     jsonb check (jsonb_typeof(consent) = 'object'),
    visibility  text check (visibility in ('public', 'unlisted', 'private', 'draft')),
    begins      integer not null default 0 check (begins >= 0),
    looked      integer not null default 0 check (looked >= 0),
    warning     text not null default '',
    constraint deliveries_once unique (kind, subject, account),
    constraint deliveries_handle_when_begun
        check (status in ('intended', 'failed', 'skipped') or handle is not null),
    constraint deliveries_proof_when_done check (status <> 'done' or external_id is not null),
    constraint deliveries_lease_whole check ((lease_owner is null) = (lease_until is null)),
    constraint deliveries_consent_when_given check ((approval = 'given') = (consent is not null))
);
create index deliveries_due on deliveries (due_at) where status not in ('done', 'failed', 'held', 'skipped');
create index deliveries_of_account on deliveries (account, slot_at);
create index deliveries_of_reel on deliveries (reel_id);
create trigger deliveries_legal_transition before update of status on deliveries
    for each row execute function refuse_illegal_transition('status');
create trigger deliveries_touch before update on deliveries for each row execute function touch_updated_at();

create table delivery_events (
    id       bigint generated always as identity primary key,
    delivery text not null references deliveries (key),
    status   text not null,
    note     text not null default '',
    at       timestamptz not null default now()
);
create index delivery_events_of on delivery_events (delivery, id);
create trigger delivery_events_append_only before update or delete on delivery_events
    for each row execute function refuse_change();

create function note_delivery_event() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' or old.status is distinct from new.status then
        insert into delivery_events (delivery, status, note) values (new.key, new.status, coalesce(new.error, ''));
    end if;
    return null;
end $$;
create trigger deliveries_events after insert or update on deliveries
    for each row execute function note_delivery_event();

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
