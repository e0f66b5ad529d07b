-- Outside services: accounts, a double-entry ledger, budgets, and what generations need to know about them.

alter table characters add column look jsonb not null default '{}' check (jsonb_typeof(look) = 'object'),
    add column makers jsonb not null default '{}' check (jsonb_typeof(makers) = 'object');

alter table scenes add column picture_prompt text not null default '', add column motion_prompt text not null default '',
    add column clip text references generations (key);

alter table generations drop constraint generations_capability_check;
alter table generations
    add constraint generations_capability_check check (capability in
        ('write', 'speak', 'draw', 'animate', 'talk', 'clone', 'music', 'render', 'check', 'package')),
    add column service text, add column model text, add column seed bigint,
    add column latency_ms integer check (latency_ms >= 0);

insert into transitions (machine, from_state, to_state) values
    ('generations', 'intended', 'done'),      -- the answer came at once
    ('generations', 'unknown', 'submitted'),  -- the service's records show the lost call
    ('generations', 'unknown', 'intended');   -- they surely do not: the next may be asked

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
    constraint accounts_name_unique unique (service, name),
    constraint accounts_banned_is_retired check (health <> 'banned' or status = 'retired')
);
create trigger accounts_touch before update on accounts for each row execute function touch_updated_at();

alter table generation_attempts drop constraint generation_attempts_status_check;
alter table generation_attempts
    add constraint generation_attempts_status_check check (status in
        ('intended', 'submitted', 'done', 'failed', 'lost', 'unknown', 'overdue')),
    add column account_id bigint references accounts, add column label text, add column workflow text not null default '',
    add column units numeric(14, 4) not null default 0 check (units >= 0),
    add column evidence text not null default '', add column looked integer not null default 0 check (looked >= 0),
    add column asked_at timestamptz, add column hinted_at timestamptz;
create unique index generation_attempts_label on generation_attempts (label);
create index generation_attempts_of_account on generation_attempts (account_id, started_at);
create index generation_attempts_unsettled on generation_attempts (status) where status in ('unknown', 'overdue');
create index generation_attempts_external on generation_attempts (external_id) where status = 'submitted';

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

insert into transfers (kind, generation, attempt, service, account, reel_id, at)
select kind, generation, attempt, service, account, reel_id, at from credit_entries order by id;
insert into ledger_entries (transfer, purse, credits)
select t.id, p.purse, p.sign * c.credits
from transfers t join credit_entries c using (generation, attempt, kind)
join (values ('reserve', 'available', -1), ('reserve', 'reserved', 1), ('settle', 'reserved', -1), ('settle', 'spent', 1),
             ('refund', 'reserved', -1), ('refund', 'available', 1)) p (kind, purse, sign) using (kind);
drop table credit_entries;

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
