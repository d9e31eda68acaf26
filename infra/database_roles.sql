-- Once for each database, by its master: who owns the tables, and who works with them.
-- psql "host=… dbname=gatehouse user=gatehouse_master sslmode=require" -f infra/database_roles.sql

CREATE ROLE gatehouse_owner LOGIN;
CREATE ROLE gatehouse_portal LOGIN;

-- Both sign in by a token of AWS and have no password.
GRANT rds_iam TO gatehouse_owner, gatehouse_portal;

-- The master may give away what belongs to a role only as a member of it.
GRANT gatehouse_owner TO CURRENT_USER;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO gatehouse_owner;
GRANT USAGE ON SCHEMA public TO gatehouse_portal;

-- Every table that a migration makes: its rows, and neither its triggers nor all of it at once.
ALTER DEFAULT PRIVILEGES FOR ROLE gatehouse_owner IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO gatehouse_portal;
ALTER DEFAULT PRIVILEGES FOR ROLE gatehouse_owner IN SCHEMA public
  GRANT USAGE, SELECT ON SEQUENCES TO gatehouse_portal;
