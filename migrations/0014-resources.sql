-- When custom roles were made and changed, and by whom; what the tree of resources shows of its places is in their attributes.
alter table roles
  add column created_at timestamptz,
  add column created_by uuid,
  add column modified_at timestamptz,
  add column modified_by uuid;

-- The tree is read far more often than written: what waits to be put into this index is looked through by every read. Tried with 40,000
-- places just loaded: 800 ms a list so, 10 ms without.
alter index scopes_by_ancestor set (fastupdate = off);
