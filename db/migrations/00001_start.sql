-- +goose Up

CREATE TABLE accounts (
    id            {id} PRIMARY KEY,
    name          TEXT NOT NULL,
    folded        TEXT NOT NULL,
    status        SMALLINT NOT NULL,
    is_admin      SMALLINT NOT NULL DEFAULT 0,
    version       BIGINT NOT NULL DEFAULT 1,
    merged_into   BIGINT NOT NULL DEFAULT 0,
    created_at    BIGINT NOT NULL,
    last_seen_at  BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX accounts_admins ON accounts (is_admin) WHERE is_admin <> 0;

-- The unique key is the linking lock: two people cannot own one identity.
CREATE TABLE identities (
    id           {id} PRIMARY KEY,
    account_id   BIGINT NOT NULL REFERENCES accounts (id),
    provider     TEXT NOT NULL,
    namespace    TEXT NOT NULL,
    subject      TEXT NOT NULL,
    email        TEXT NOT NULL,
    email_state  SMALLINT NOT NULL,
    email_key    TEXT NOT NULL,
    name         TEXT NOT NULL,
    handle       TEXT NOT NULL,
    avatar_url   TEXT NOT NULL,
    nickname     TEXT NOT NULL DEFAULT '',
    folded       TEXT NOT NULL,
    linked_at    BIGINT NOT NULL,
    used_at      BIGINT NOT NULL,
    UNIQUE (provider, namespace, subject)
);
CREATE INDEX identities_account ON identities (account_id);
CREATE INDEX identities_email ON identities (email_key) WHERE email_key <> '';

CREATE TABLE sessions (
    id            {id} PRIMARY KEY,
    token_hash    TEXT NOT NULL UNIQUE,
    account_id    BIGINT NOT NULL REFERENCES accounts (id),
    identity_id   BIGINT NOT NULL,
    data          {bytes} NOT NULL,
    ip            {bytes} NOT NULL,
    user_agent    TEXT NOT NULL,
    created_at    BIGINT NOT NULL,
    last_seen_at  BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    ended_at      BIGINT NOT NULL DEFAULT 0,
    end_reason    SMALLINT NOT NULL DEFAULT 0
);
CREATE INDEX sessions_account ON sessions (account_id) WHERE ended_at = 0;
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE attempts (
    id              {id} PRIMARY KEY,
    state_hash      {bytes} NOT NULL UNIQUE,
    browser_hash    {bytes} NOT NULL,
    provider        TEXT NOT NULL,
    intent          TEXT NOT NULL,
    account_id      BIGINT NOT NULL,
    session_family  BIGINT NOT NULL,
    claim_hash      {bytes} NOT NULL,
    return_path     TEXT NOT NULL,
    fresh           SMALLINT NOT NULL,
    goth_session    TEXT NOT NULL,
    verifier        TEXT NOT NULL,
    nonce           TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    used_at         BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX attempts_browser ON attempts (browser_hash, id);
CREATE INDEX attempts_expiry ON attempts (expires_at);

CREATE TABLE claims (
    code_hash   {bytes} PRIMARY KEY,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL
);

-- The audit log. Its texts are dictionary ids; ip, person and agent are the
-- personal columns, which the hash covers only through the commitment.
CREATE TABLE event_providers (
    id        {id} PRIMARY KEY,
    provider  TEXT NOT NULL UNIQUE
);
CREATE TABLE event_people (
    id      {id} PRIMARY KEY,
    name    TEXT NOT NULL,
    email   TEXT NOT NULL,
    handle  TEXT NOT NULL,
    folded  TEXT NOT NULL,
    UNIQUE (name, email, handle)
);
CREATE TABLE event_agents (
    id     {id} PRIMARY KEY,
    agent  TEXT NOT NULL UNIQUE
);

CREATE TABLE events (
    id           {id} PRIMARY KEY,
    seq          BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    kind         SMALLINT NOT NULL,
    outcome      SMALLINT NOT NULL,
    reason       SMALLINT NOT NULL,
    actor_kind   SMALLINT NOT NULL,
    actor_id     BIGINT NOT NULL,
    session_id   BIGINT NOT NULL,
    target_kind  SMALLINT NOT NULL,
    target_id    BIGINT NOT NULL,
    account_id   BIGINT NOT NULL,
    identity_id  BIGINT NOT NULL,
    provider_id  BIGINT NOT NULL,
    attempt_id   BIGINT NOT NULL,
    request_id   TEXT NOT NULL,
    count        BIGINT NOT NULL,
    data         TEXT NOT NULL,
    ip           {bytes} NOT NULL,
    person_id    BIGINT NOT NULL,
    agent_id     BIGINT NOT NULL,
    salt         {bytes} NOT NULL,
    commitment   {bytes} NOT NULL,
    hash         {bytes} NOT NULL
);
-- One row a place in the chain: a fork cannot be stored.
CREATE UNIQUE INDEX events_seq ON events (seq);
-- SQLite appends the rowid to each index, so a page filtered by one of these
-- columns is read newest first without a sort.
CREATE INDEX events_account ON events (account_id) WHERE account_id <> 0;
CREATE INDEX events_identity ON events (identity_id) WHERE identity_id <> 0;
CREATE INDEX events_attempt ON events (attempt_id) WHERE attempt_id <> 0;
CREATE INDEX events_person ON events (person_id) WHERE person_id <> 0;
CREATE INDEX events_provider ON events (provider_id) WHERE provider_id <> 0;
CREATE INDEX events_ip ON events (ip);
-- Rare values only: a query repeats the condition to be served by them.
CREATE INDEX events_failure ON events (outcome) WHERE outcome <> 0;
CREATE INDEX events_reason ON events (reason) WHERE outcome <> 0;
CREATE INDEX events_kind ON events (kind) WHERE kind <> 1;
CREATE INDEX events_provider_failure ON events (provider_id) WHERE outcome <> 0;
CREATE INDEX events_provider_kind ON events (provider_id, kind) WHERE kind <> 1;

CREATE TABLE event_days (
    day          BIGINT NOT NULL,
    provider_id  BIGINT NOT NULL,
    kind         SMALLINT NOT NULL,
    outcome      SMALLINT NOT NULL,
    n            BIGINT NOT NULL,
    PRIMARY KEY (day, provider_id, kind, outcome)
);

-- Where the chain begins: its first link hashes this text.
CREATE TABLE chain_origins (
    id          BIGINT PRIMARY KEY,
    origin      TEXT NOT NULL,
    created_at  BIGINT NOT NULL
);

-- +goose Down
DROP TABLE chain_origins;
DROP TABLE event_days;
DROP TABLE events;
DROP TABLE event_agents;
DROP TABLE event_people;
DROP TABLE event_providers;
DROP TABLE claims;
DROP TABLE attempts;
DROP TABLE sessions;
DROP TABLE identities;
DROP TABLE accounts;
