-- Schema version 2: e-vouchers.

-- code_key and token_key are keyed digests; neither codes nor tokens are kept in clear. purchase is a keyed digest of
-- what the code was decoded for; spent names the one message that the token paid for.
CREATE TABLE voucher (
    code_key        TEXT NOT NULL PRIMARY KEY,
    psn_no          TEXT NOT NULL,
    expires         BIGINT NOT NULL,
    fixmedins_code  TEXT,
    purchase        TEXT,
    token_key       TEXT,
    token_sealed    BLOB,
    token_expires   BIGINT,
    spent           TEXT
);
CREATE UNIQUE INDEX voucher_token ON voucher (token_key);

-- The application by which an institution is known at the e-voucher interface; the secret is sealed.
CREATE TABLE ec_app (
    app_id          TEXT NOT NULL PRIMARY KEY,
    fixmedins_code  TEXT NOT NULL,
    secret          BLOB NOT NULL
);
