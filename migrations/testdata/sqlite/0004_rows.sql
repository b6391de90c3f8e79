-- Rows of a database at version 4.

INSERT INTO invitations (id, organization_id, user_id, email, role, state, token_hash, inviter_id, created_at, expires_at)
VALUES ('invitation_00000000000000000000000001', 'organization_00000000000000000000000001', NULL, 'jules@example.org', 'SIGNATORY', 'OPEN', x'000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 'user_00000000000000000000000001', '2026-03-10 09:00:00.123456+00:00', '2026-03-24 09:00:00.123456+00:00');

INSERT INTO invitations (id, organization_id, user_id, email, role, state, token_hash, inviter_id, created_at, expires_at)
VALUES ('invitation_00000000000000000000000002', 'organization_00000000000000000000000001', 'user_00000000000000000000000001', NULL, 'MEMBER', 'DECLINED', x'ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 'user_00000000000000000000000001', '2026-03-10 09:00:00.123456+00:00', '2026-03-24 09:00:00.123456+00:00');
