-- The county's tables for what gates tell (docs/county.md). Everything may come twice, and out of order.
create table if not exists record (
  site text not null,
  gate text not null,
  id text not null,
  stream text not null,
  seq bigint not null,
  previous_seq bigint not null,
  kind text not null,
  time timestamptz not null,
  clock_trust text not null,
  hash text not null,
  message jsonb not null,
  stored_at timestamptz not null default now(),
  primary key (site, gate, id)
);
create index if not exists record_links on record (site, gate, stream, seq);
create index if not exists record_time on record (time);

-- A higher revision replaces a lower one; the two are never added.
create table if not exists traffic (
  site text not null,
  gate text not null,
  lane text not null,
  quarter timestamptz not null,
  revision bigint not null,
  message jsonb not null,
  primary key (site, gate, lane, quarter)
);

-- The newest word of each gate about itself.
create table if not exists gate (
  site text not null,
  gate text not null,
  kind text not null,
  epoch_ms bigint not null,
  online boolean,
  message jsonb not null,
  heard_at timestamptz not null default now(),
  primary key (site, gate, kind)
);

-- Records that a later one names and that are not here: nothing is missing when this is empty.
create or replace view missing as
select r.site, r.gate, r.stream, r.previous_seq as missing_seq, r.seq as named_by, r.time
from record r
left join record p on (p.site, p.gate, p.stream, p.seq) = (r.site, r.gate, r.stream, r.previous_seq)
where r.previous_seq <> 0 and p.seq is null;

-- How complete each gate's day is.
create or replace view completeness as
select r.site, r.gate, (r.time at time zone 'Asia/Shanghai')::date as day, count(*) as records, count(m.named_by) as missing
from record r
left join missing m on (m.site, m.gate, m.stream, m.named_by) = (r.site, r.gate, r.stream, r.seq)
group by 1, 2, 3;
