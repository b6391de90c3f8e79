-- Texts are found by what their pages show: character references are the characters that they stand for. The index is
-- made anew, by the job that brings it in order (search/backfill.go), which runs as soon as the program does.

DELETE FROM search_words;
DELETE FROM search_entries;
