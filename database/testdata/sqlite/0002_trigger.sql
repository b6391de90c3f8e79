-- Statements inside a statement.
CREATE TABLE counts (notes integer NOT NULL, words integer NOT NULL);
INSERT INTO counts VALUES (1, 3);
CREATE TRIGGER count_notes AFTER INSERT ON notes BEGIN
	UPDATE counts SET notes = notes + 1;
	UPDATE counts SET words = words + 1 WHERE NEW.body <> '';
END;
INSERT INTO notes (id, author, body) VALUES (2, 1, 'counted');
