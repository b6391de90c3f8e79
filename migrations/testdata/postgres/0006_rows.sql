-- Rows of a database at version 6.

INSERT INTO identities (id, user_id, issuer, subject, created_at)
VALUES ('identity_00000000000000000000000001', 'user_00000000000000000000000001', 'https://id.example.org', 'a5f0', '2026-03-10 09:00:00.123456+00:00');

INSERT INTO sign_in_attempts (id, state, provider, nonce, verifier, return_to, user_id, created_at)
VALUES ('attempt_00000000000000000000000001', 'aa', 'keycloak', 'bb', 'cc', '/fr', 'user_00000000000000000000000001', '2026-03-10 09:00:00.123456+00:00');

INSERT INTO sign_in_attempts (id, state, provider, nonce, verifier, return_to, user_id, created_at)
VALUES ('attempt_00000000000000000000000002', 'dd', 'keycloak', 'ee', '', '/', NULL, '2026-03-10 09:00:00.123456+00:00');

INSERT INTO provider_sessions (id, session_id, provider, id_token)
VALUES ('proof_00000000000000000000000001', 'session_00000000000000000000000001', 'keycloak', '\x000102');
