-- When custom roles were made and changed, and by whom; what the tree of resources shows of its places is in their attributes.
alter table roles
  add column created_at timestamptz,
  add column created_by uuid,
  add column modified_at timestamptz,
  add column modified_by uuid;
