-- Whom the keeper looks at again: accounts that were erased lately.

CREATE INDEX user_erased_at ON users (erased_at) WHERE erased_at IS NOT NULL;
