-- Makes a filled database one whose copies can be brought back: see template.go.

CREATE SCHEMA ensemble_testenv;

-- Every change to the schema leaves a row here.
CREATE TABLE ensemble_testenv.changes (command text);

CREATE FUNCTION ensemble_testenv.note() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ensemble_testenv.changes VALUES (tg_tag);
END $$;

-- Keeps the rows of each table that has some, and writes the function that brings them back. It runs where constraints
-- and triggers are set aside, once for each loan, so its statements are planned once.
DO $do$
DECLARE
    t record;
    filled bool;
    body text := '';
BEGIN
    FOR t IN
        SELECT c.oid, c.oid::regclass AS name, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS columns
        FROM pg_class c
            JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
        WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\_%' AND n.nspname NOT IN ('information_schema', 'ensemble_testenv')
        GROUP BY c.oid
    LOOP
        body := body || format('DELETE FROM %s;', t.name);
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', t.name) INTO filled;
        IF filled THEN
            EXECUTE format('CREATE TABLE ensemble_testenv.rows_%s AS SELECT %s FROM %s', t.oid, t.columns, t.name);
            body := body || format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT * FROM ensemble_testenv.rows_%s;',
                t.name, t.columns, t.oid);
        END IF;
    END LOOP;
    FOR t IN
        SELECT format('%I.%I', schemaname, sequencename) AS name, COALESCE(last_value, start_value) AS value, last_value IS NOT NULL AS called
        FROM pg_sequences
    LOOP
        body := body || format('PERFORM setval(%L, %s, %L);', t.name, t.value, t.called);
    END LOOP;

    -- A copy that has grown by a lot is slow to read: 2 MiB is some dozens of loans.
    EXECUTE format($create$
        CREATE FUNCTION ensemble_testenv.reset() RETURNS bool LANGUAGE plpgsql AS $reset$
        BEGIN
            PERFORM pg_terminate_backend(pid, 10000) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
                    AND state IS DISTINCT FROM 'idle';
            IF EXISTS (SELECT FROM ensemble_testenv.changes) THEN
                RETURN false;
            END IF;
            %s
            RETURN pg_database_size(current_database()) < %s;
        END $reset$ $create$, body, pg_database_size(current_database()) + 2 * 1024 * 1024);
END $do$;

CREATE EVENT TRIGGER ensemble_testenv ON ddl_command_end EXECUTE FUNCTION ensemble_testenv.note();
