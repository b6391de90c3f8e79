-- Rows of a database at version 1, each nullable column once with a value and once without. Released: never
-- changes, as 0001_init.sql.

INSERT INTO users (id, name, nickname, email, password_hash, language, site_admin, email_confirmed_at, erased_at, created_at)
VALUES ('user_00000000000000000000000001', 'Jeanne Dupont', 'jeanne', 'jeanne@example.org', '$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'fr', true, '2026-03-10 09:00:00.123456+00:00', NULL, '2026-03-10 09:00:00.123456+00:00');

INSERT INTO users (id, name, nickname, email, password_hash, language, site_admin, email_confirmed_at, erased_at, created_at)
VALUES ('user_00000000000000000000000002', '', NULL, NULL, NULL, 'en', false, NULL, '2026-03-10 09:00:00.123456+00:00', '2026-03-10 09:00:00.123456+00:00');

INSERT INTO sessions (id, token_hash, created_at, expires_at, user_id)
VALUES ('session_00000000000000000000000001', '\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', '2026-03-10 09:00:00.123456+00:00', '2026-03-10 09:00:00.123456+00:00', 'user_00000000000000000000000001');

INSERT INTO territories (id, kind, code, name, search_name, path, parent_id)
VALUES ('territory_00000000000000000000000001', 'COUNTRY', 'FR', 'France', 'france', 'territory_00000000000000000000000001/', NULL);

INSERT INTO territories (id, kind, code, name, search_name, path, parent_id)
VALUES ('territory_00000000000000000000000002', 'REGION', '76', 'Occitanie', 'occitanie', 'territory_00000000000000000000000001/territory_00000000000000000000000002/', 'territory_00000000000000000000000001');

INSERT INTO organizations (id, name, search_name, kind, verified_at, created_at, territory_id)
VALUES ('organization_00000000000000000000000001', 'Hub du Sud', 'hub du sud', 'HUB', '2026-03-10 09:00:00.123456+00:00', '2026-03-10 09:00:00.123456+00:00', 'territory_00000000000000000000000002');

INSERT INTO organizations (id, name, search_name, kind, verified_at, created_at, territory_id)
VALUES ('organization_00000000000000000000000002', 'Nouvelle', 'nouvelle', 'OTHER', NULL, '2026-03-10 09:00:00.123456+00:00', NULL);

INSERT INTO memberships (id, role, created_at, organization_id, user_id)
VALUES ('membership_00000000000000000000000001', 'SIGNATORY', '2026-03-10 09:00:00.123456+00:00', 'organization_00000000000000000000000001', 'user_00000000000000000000000001');

INSERT INTO processes (id, slug, title, description, languages, reference_prefix, comment_max_length, evaluating_limit, published_at, last_number, commitment_count, created_at, updated_at)
VALUES ('process_00000000000000000000000001', 'roadmap', '{"fr": "Feuille de route", "en": "Roadmap"}', '{"fr": "Écrire ensemble."}', '["fr", "en"]', 'roadmap', 1000, 3, '2026-03-10 09:00:00.123456+00:00', 2, 2, '2026-03-10 09:00:00.123456+00:00', '2026-03-10 09:00:00.123456+00:00');

INSERT INTO phases (id, position, name, description, opens_at, closes_at, comments, supports, amendment_submission, amendment_decision, amendment_promotion, announced, process_id)
VALUES ('phase_00000000000000000000000001', 1, '{"fr": "Contributions"}', '{}', '2026-03-10 09:00:00.123456+00:00', '2026-04-10 09:00:00+00:00', true, true, true, true, true, 'OPENED', 'process_00000000000000000000000001');

INSERT INTO axes (id, position, title, description, process_id)
VALUES ('axis_00000000000000000000000001', 1, '{"fr": "Gouvernance"}', '{}', 'process_00000000000000000000000001');

INSERT INTO roles (id, name, created_at, process_id, user_id)
VALUES ('role_00000000000000000000000001', 'STEERING', '2026-03-10 09:00:00.123456+00:00', 'process_00000000000000000000000001', 'user_00000000000000000000000001');

INSERT INTO commitments (id, number, reference, status, version_id, version_number, search_text, published_at, active_at, created_at, amendment_count, comment_count, for_count, against_count, neutral_count, support_count, earlier_support_count, axis_id, promoted_from_id, process_id)
VALUES ('commitment_00000000000000000000000001', 1, 'roadmap-COMM-2026-03-1', 'OPEN', 'version_00000000000000000000000003', 2, 'un comite', '2026-03-10 09:00:00.123456+00:00', '2026-03-10 09:00:00.123456+00:00', '2026-03-10 09:00:00.123456+00:00', 2, 1, 1, 0, 0, 1, 1, 'axis_00000000000000000000000001', NULL, 'process_00000000000000000000000001');

INSERT INTO versions (id, number, title, body, behind, source, created_at, commitment_id, author_id, organization_id, amendment_id)
VALUES ('version_00000000000000000000000001', 1, '{"fr": "Un comité", "en": "A committee"}', '{"fr": "Texte.", "en": "Text."}', NULL, 'EDIT', '2026-03-10 09:00:00.123456+00:00', 'commitment_00000000000000000000000001', 'user_00000000000000000000000001', NULL, NULL);

INSERT INTO amendments (id, language, title, body, rationale, state, merge_state, merge_checked, decision_reason, decided_at, submitted_at, created_at, updated_at, comment_count, for_count, against_count, neutral_count, base_id, author_id, organization_id, decider_id, commitment_id)
VALUES ('amendment_00000000000000000000000001', 'fr', 'Deux comités', 'Texte.', 'Parce que.', 'ACCEPTED', 'CLEAN', 1, 'Merci.', '2026-03-10 09:00:00.123456+00:00', '2026-03-10 09:00:00.123456+00:00', '2026-03-10 09:00:00.123456+00:00', '2026-03-10 09:00:00.123456+00:00', 0, 0, 0, 0, 'version_00000000000000000000000001', 'user_00000000000000000000000001', 'organization_00000000000000000000000001', 'user_00000000000000000000000001', 'commitment_00000000000000000000000001');

INSERT INTO amendments (id, language, title, body, rationale, state, merge_state, merge_checked, decision_reason, decided_at, submitted_at, created_at, updated_at, comment_count, for_count, against_count, neutral_count, base_id, author_id, organization_id, decider_id, commitment_id)
VALUES ('amendment_00000000000000000000000002', 'fr', 'Deux comités', 'Texte.', '', 'REJECTED', 'CONFLICTING', 1, 'Non.', '2026-03-10 09:00:00.123456+00:00', '2026-03-10 09:00:00.123456+00:00', '2026-03-10 09:00:00.123456+00:00', '2026-03-10 09:00:00.123456+00:00', 0, 0, 0, 0, 'version_00000000000000000000000001', 'user_00000000000000000000000001', NULL, 'user_00000000000000000000000001', 'commitment_00000000000000000000000001');

INSERT INTO amendments (id, language, title, body, rationale, state, merge_state, merge_checked, decision_reason, decided_at, submitted_at, created_at, updated_at, comment_count, for_count, against_count, neutral_count, base_id, author_id, organization_id, decider_id, commitment_id)
VALUES ('amendment_00000000000000000000000003', 'fr', 'Deux comités', 'Texte.', '', 'DRAFT', 'CLEAN', 0, '', NULL, NULL, '2026-03-10 09:00:00.123456+00:00', '2026-03-10 09:00:00.123456+00:00', 0, 0, 0, 0, 'version_00000000000000000000000001', 'user_00000000000000000000000001', NULL, NULL, 'commitment_00000000000000000000000001');

INSERT INTO versions (id, number, title, body, behind, source, created_at, commitment_id, author_id, organization_id, amendment_id)
VALUES ('version_00000000000000000000000003', 2, '{"fr": "Un comité", "en": "A committee"}', '{"fr": "Texte.", "en": "Text."}', '["en"]', 'AMENDMENT', '2026-03-10 09:00:00.123456+00:00', 'commitment_00000000000000000000000001', 'user_00000000000000000000000001', 'organization_00000000000000000000000001', 'amendment_00000000000000000000000001');

INSERT INTO commitments (id, number, reference, status, version_id, version_number, search_text, published_at, active_at, created_at, amendment_count, comment_count, for_count, against_count, neutral_count, support_count, earlier_support_count, axis_id, promoted_from_id, process_id)
VALUES ('commitment_00000000000000000000000002', 2, 'roadmap-COMM-2026-03-2', 'OPEN', 'version_00000000000000000000000002', 1, 'un comite', '2026-03-10 09:00:00.123456+00:00', '2026-03-10 09:00:00.123456+00:00', '2026-03-10 09:00:00.123456+00:00', 0, 0, 0, 0, 0, 0, 0, 'axis_00000000000000000000000001', 'amendment_00000000000000000000000002', 'process_00000000000000000000000001');

INSERT INTO versions (id, number, title, body, behind, source, created_at, commitment_id, author_id, organization_id, amendment_id)
VALUES ('version_00000000000000000000000002', 1, '{"fr": "Un comité", "en": "A committee"}', '{"fr": "Texte.", "en": "Text."}', NULL, 'AMENDMENT', '2026-03-10 09:00:00.123456+00:00', 'commitment_00000000000000000000000002', 'user_00000000000000000000000001', NULL, 'amendment_00000000000000000000000002');

INSERT INTO commitment_territories (commitment_id, territory_id)
VALUES ('commitment_00000000000000000000000001', 'territory_00000000000000000000000002');

INSERT INTO comments (id, subject_id, topic, depth, path, body, language, alignment, up_count, down_count, score, reply_count, descendant_count, edited_at, deleted_at, hidden_at, created_at, parent_id, author_id, organization_id)
VALUES ('comment_00000000000000000000000001', 'commitment_00000000000000000000000001', 'commitment_00000000000000000000000001', 0, 'comment_00000000000000000000000001/', 'Très bien.', 'fr', 'FOR', 1, 0, 1, 0, 0, '2026-03-10 09:00:00.123456+00:00', NULL, NULL, '2026-03-10 09:00:00.123456+00:00', NULL, 'user_00000000000000000000000001', 'organization_00000000000000000000000001');

INSERT INTO comments (id, subject_id, topic, depth, path, body, language, alignment, up_count, down_count, score, reply_count, descendant_count, edited_at, deleted_at, hidden_at, created_at, parent_id, author_id, organization_id)
VALUES ('comment_00000000000000000000000002', 'commitment_00000000000000000000000001', 'commitment_00000000000000000000000001', 1, 'comment_00000000000000000000000001/comment_00000000000000000000000002/', 'Très bien.', 'fr', NULL, 0, 0, 0, 0, 0, NULL, '2026-03-10 09:00:00.123456+00:00', '2026-03-10 09:00:00.123456+00:00', '2026-03-10 09:00:00.123456+00:00', 'comment_00000000000000000000000001', 'user_00000000000000000000000001', NULL);

INSERT INTO comment_edits (id, body, created_at, comment_id)
VALUES ('edit_00000000000000000000000001', 'Bien.', '2026-03-10 09:00:00.123456+00:00', 'comment_00000000000000000000000001');

INSERT INTO comment_votes (id, value, created_at, comment_id, user_id)
VALUES ('vote_00000000000000000000000001', 1, '2026-03-10 09:00:00.123456+00:00', 'comment_00000000000000000000000001', 'user_00000000000000000000000002');

INSERT INTO supports (id, version_number, created_at, confirmed_at, commitment_id, version_id, user_id, organization_id, signatory_id)
VALUES ('support_00000000000000000000000001', 1, '2026-03-10 09:00:00.123456+00:00', NULL, 'commitment_00000000000000000000000001', 'version_00000000000000000000000001', 'user_00000000000000000000000001', NULL, NULL);

INSERT INTO supports (id, version_number, created_at, confirmed_at, commitment_id, version_id, user_id, organization_id, signatory_id)
VALUES ('support_00000000000000000000000002', 2, '2026-03-10 09:00:00.123456+00:00', '2026-03-10 09:00:00.123456+00:00', 'commitment_00000000000000000000000001', 'version_00000000000000000000000003', NULL, 'organization_00000000000000000000000001', 'user_00000000000000000000000001');

INSERT INTO topics (id, seq, nonce, previous_nonce)
VALUES ('commitment_00000000000000000000000001', 2, -7, 9);

INSERT INTO events (id, topic, seq, nonce, previous_nonce, type, subject_id, actor_id, data, at)
VALUES ('event_00000000000000000000000001', 'commitment_00000000000000000000000001', 1, 9, 0, 'CommitmentPublished', 'commitment_00000000000000000000000001', NULL, NULL, '2026-03-10 09:00:00.123456+00:00');

INSERT INTO events (id, topic, seq, nonce, previous_nonce, type, subject_id, actor_id, data, at)
VALUES ('event_00000000000000000000000002', 'commitment_00000000000000000000000001', 2, -7, 9, 'SupportAdded', 'support_00000000000000000000000001', 'user_00000000000000000000000001', '{"supportCount": 1, "earlierSupportCount": 0}', '2026-03-10 09:00:00.123456+00:00');

INSERT INTO idempotency_keys (id, user_id, mutation, key, input_hash, answer_id, created_at)
VALUES ('retry_00000000000000000000000001', 'user_00000000000000000000000001', 'addSupport', 'k1', '\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 'support_00000000000000000000000001', '2026-03-10 09:00:00.123456+00:00');
