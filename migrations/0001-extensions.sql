-- Exclusion constraints over (principal, privilege, window) need equality operators in a gist index.
create extension if not exists btree_gist;
