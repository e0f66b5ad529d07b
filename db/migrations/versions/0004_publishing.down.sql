drop table asset_copies;
drop table platform_calls;

update deliveries set status = 'failed', error = coalesce(error, 'taken back to an older schema'), lease_owner = null,
    lease_until = null, external_id = null where status in ('processing', 'confirming', 'held', 'skipped');
delete from transitions where (machine, from_state, to_state) = ('reels', 'publishing', 'planned');
delete from transitions where machine = 'deliveries' and (from_state, to_state) in (
    ('intended', 'skipped'), ('skipped', 'intended'), ('uploading', 'processing'), ('processing', 'uploading'),
    ('processing', 'finishing'), ('processing', 'intended'), ('processing', 'failed'), ('finishing', 'confirming'),
    ('finishing', 'processing'), ('confirming', 'unknown'), ('confirming', 'done'), ('confirming', 'intended'), ('confirming', 'failed'), ('confirming', 'held'),
    ('unknown', 'confirming'), ('unknown', 'processing'), ('unknown', 'uploading'), ('unknown', 'held'),
    ('held', 'unknown'), ('held', 'done'), ('held', 'intended'), ('held', 'failed'));
drop index deliveries_of_account, deliveries_of_reel, deliveries_due;
alter table deliveries drop constraint deliveries_consent_when_given, drop constraint deliveries_proof_when_done,
    drop constraint deliveries_handle_when_begun, drop constraint deliveries_status_check;
alter table deliveries drop column slot_at, drop column approval, drop column consent,
    drop column visibility, drop column begins, drop column looked, drop column warning;
alter table deliveries
    add constraint deliveries_status_check check (status in
        ('intended', 'begun', 'uploading', 'finishing', 'done', 'unknown', 'failed')),
    add constraint deliveries_handle_when_begun check (status in ('intended', 'failed') or handle is not null),
    add constraint deliveries_proof_when_done check ((status = 'done') = (external_id is not null));
create index deliveries_due on deliveries (due_at) where status not in ('done', 'failed');

delete from reel_parts where part = 'provenance';
alter table reel_parts drop constraint reel_parts_part_check;
alter table reel_parts add constraint reel_parts_part_check check (part in
    ('script', 'music', 'render', 'check', 'package'));

delete from generation_files where generation in (select key from generations where capability = 'sign');
delete from generation_attempts where generation in (select key from generations where capability = 'sign');
delete from generations where capability = 'sign';
alter table generations drop constraint generations_capability_check;
alter table generations add constraint generations_capability_check check (capability in
    ('write', 'speak', 'draw', 'animate', 'talk', 'clone', 'music', 'render', 'check', 'package'));

alter table accounts drop column owner_id, drop column owner_name, drop column expires_at,
    drop column refresh_expires_at, drop column renewing_since;
