-- Invitations to organizations, and lists of what is signed in their name.

CREATE TABLE invitations (
    id text COLLATE "C" PRIMARY KEY,
    email text COLLATE "C",
    role text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL DEFAULT 'OPEN',
    token_hash bytea NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    organization_id text COLLATE "C" NOT NULL,
    user_id text COLLATE "C",
    inviter_id text COLLATE "C" NOT NULL,
    FOREIGN KEY (organization_id) REFERENCES organizations (id),
    FOREIGN KEY (user_id) REFERENCES users (id),
    FOREIGN KEY (inviter_id) REFERENCES users (id)
);
CREATE UNIQUE INDEX invitations_token_hash_key ON invitations (token_hash);
CREATE INDEX invitation_organization_id_created_at_id ON invitations (organization_id, created_at, id);
CREATE INDEX invitation_user_id ON invitations (user_id);
CREATE INDEX invitation_email ON invitations (email);
CREATE INDEX invitation_expires_at ON invitations (expires_at);

CREATE INDEX comment_organization_id_created_at_id ON comments (organization_id, created_at, id) WHERE organization_id IS NOT NULL;
CREATE INDEX amendment_organization_id_submitted_at_id ON amendments (organization_id, submitted_at, id) WHERE organization_id IS NOT NULL;
CREATE INDEX support_organization_id_created_at_id ON supports (organization_id, created_at, id);
DROP INDEX support_organization_id;
