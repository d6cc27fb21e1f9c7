CREATE TABLE IF NOT EXISTS "pd_oauth_installations" (
  id TEXT NOT NULL PRIMARY KEY,
  company_id INTEGER NOT NULL,
  version TEXT NOT NULL,
  value TEXT NOT NULL,
  due_at REAL,
  attention INTEGER NOT NULL
) STRICT;

CREATE INDEX IF NOT EXISTS "pd_oauth_installations_by_company" ON "pd_oauth_installations" (company_id, id);

CREATE INDEX IF NOT EXISTS "pd_oauth_installations_by_due" ON "pd_oauth_installations" (due_at, id) WHERE due_at IS NOT NULL;

CREATE INDEX IF NOT EXISTS "pd_oauth_installations_by_attention" ON "pd_oauth_installations" (company_id, id) WHERE attention = 1;
