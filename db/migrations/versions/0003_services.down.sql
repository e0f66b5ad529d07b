drop table balance_checks;
drop table budget_holds;
drop table budgets;

create table credit_entries (
    id         bigint generated always as identity primary key,
    generation text not null,
    attempt    integer not null,
    kind       text not null check (kind in ('reserve', 'settle', 'refund')),
    credits    numeric(14, 4) not null check (credits > 0),
    service    text not null,
    account    text not null default '',
    reel_id    bigint references reels,
    at         timestamptz not null default now(),
    foreign key (generation, attempt) references generation_attempts (generation, n),
    constraint credit_entries_once unique (generation, attempt, kind)
);
create trigger credit_entries_append_only before update or delete on credit_entries
    for each row execute function refuse_change();
insert into credit_entries (generation, attempt, kind, credits, service, account, reel_id, at)
select t.generation, t.attempt, t.kind, e.credits, t.service, t.account, t.reel_id, t.at
from transfers t join ledger_entries e on e.transfer = t.id and e.credits > 0
where (t.kind, e.purse) in (('reserve', 'reserved'), ('settle', 'spent'), ('refund', 'available')) order by t.id;
drop table ledger_entries;
drop table transfers;
drop function refuse_unbalanced_transfer();

update generation_attempts set status = 'unknown' where status = 'overdue';
drop index generation_attempts_label, generation_attempts_of_account, generation_attempts_unsettled,
    generation_attempts_external;
alter table generation_attempts drop constraint generation_attempts_status_check;
alter table generation_attempts
    add constraint generation_attempts_status_check check (status in
        ('intended', 'submitted', 'done', 'failed', 'lost', 'unknown')),
    drop column account_id, drop column label, drop column workflow, drop column units, drop column evidence,
    drop column looked,
    drop column asked_at, drop column hinted_at;
drop table accounts;

delete from transitions where machine = 'generations'
    and (from_state, to_state) in (('intended', 'done'), ('unknown', 'submitted'), ('unknown', 'intended'));
alter table generations drop constraint generations_capability_check;
alter table generations
    add constraint generations_capability_check check (capability in
        ('write', 'speak', 'draw', 'music', 'render', 'check', 'package')),
    drop column service, drop column model, drop column seed, drop column latency_ms;
alter table scenes drop column picture_prompt, drop column motion_prompt, drop column clip;
alter table characters drop column look, drop column makers;
