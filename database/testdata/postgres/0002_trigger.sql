-- Statements inside a statement.
CREATE TABLE counts (notes integer NOT NULL, words integer NOT NULL);
INSERT INTO counts VALUES (1, 3);
CREATE FUNCTION count_notes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE counts SET notes = notes + 1;
	UPDATE counts SET words = words + 1 WHERE NEW.body <> '';
	RETURN NEW;
END;
$$;
CREATE TRIGGER count_notes AFTER INSERT ON notes FOR EACH ROW EXECUTE FUNCTION count_notes();
INSERT INTO notes (id, author, body) VALUES (2, 1, 'counted');
