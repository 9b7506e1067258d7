-- Schema version 1. Plain types only, so that the same statements serve PostgreSQL:
-- money BIGINT in fen, prices BIGINT in millionths of a yuan, quantities and proportions BIGINT in ten-thousandths,
-- moments BIGINT in milliseconds since 1970-01-01 UTC, ids and codes TEXT, sealed values BLOB (BYTEA there).

CREATE TABLE setting (
    name   TEXT NOT NULL PRIMARY KEY,
    value  TEXT NOT NULL
);

CREATE TABLE sequence (
    name        TEXT NOT NULL PRIMARY KEY,
    last_value  BIGINT NOT NULL
);

CREATE TABLE institution (
    fixmedins_code    TEXT NOT NULL PRIMARY KEY,
    fixmedins_name    TEXT NOT NULL,
    region            TEXT NOT NULL,
    fixmedins_type    TEXT NOT NULL,
    active            BIGINT NOT NULL,
    profile           TEXT NOT NULL,
    public_key        TEXT,
    secrets           BLOB,
    mapping_required  BIGINT NOT NULL,
    card_auth         BIGINT NOT NULL
);

CREATE TABLE operator (
    fixmedins_code  TEXT NOT NULL,
    opter_no        TEXT NOT NULL,
    PRIMARY KEY (fixmedins_code, opter_no)
);

CREATE TABLE sign_in (
    sign_no         TEXT NOT NULL PRIMARY KEY,
    fixmedins_code  TEXT NOT NULL,
    opter_no        TEXT NOT NULL,
    started         BIGINT NOT NULL,
    expires         BIGINT NOT NULL,
    ended           BIGINT
);

-- certno_key, card_key, token_key: keyed digests for look-up; the values themselves are sealed.
CREATE TABLE person (
    psn_no      TEXT NOT NULL PRIMARY KEY,
    certno_key  TEXT NOT NULL,
    card_key    TEXT,
    token_key   TEXT,
    sealed      BLOB NOT NULL
);
CREATE INDEX person_certno ON person (certno_key);
CREATE INDEX person_card ON person (card_key);
CREATE INDEX person_token ON person (token_key);

CREATE TABLE insurance (
    psn_no           TEXT NOT NULL,
    insutype         TEXT NOT NULL,
    psn_type         TEXT NOT NULL,
    psn_insu_stas    TEXT NOT NULL,
    cvlserv_flag     TEXT NOT NULL,
    insuplc_admdvs   TEXT NOT NULL,
    PRIMARY KEY (psn_no, insutype)
);

CREATE TABLE catalogue (
    med_list_codg     TEXT NOT NULL PRIMARY KEY,
    name              TEXT NOT NULL,
    pric_uplmt        BIGINT,
    chrgitm_lv        TEXT NOT NULL,
    selfpay_prop      BIGINT NOT NULL,
    med_chrgitm_type  TEXT NOT NULL
);

CREATE TABLE mapping (
    fixmedins_code    TEXT NOT NULL,
    medins_list_codg  TEXT NOT NULL,
    med_list_codg     TEXT NOT NULL,
    PRIMARY KEY (fixmedins_code, medins_list_codg)
);

CREATE TABLE policy (
    insutype           TEXT NOT NULL,
    med_type           TEXT NOT NULL,
    deductible         BIGINT NOT NULL,
    ratio              BIGINT NOT NULL,
    annual_cap         BIGINT,
    fund_pay_type      TEXT NOT NULL,
    clr_type           TEXT NOT NULL,
    account            BIGINT NOT NULL,
    account_ownpay     BIGINT NOT NULL,
    PRIMARY KEY (insutype, med_type)
);

-- One row per id, taken by original and reversal alike.
-- state: answered, reversed (an original that was undone, or never will be done), tombstone (reversed before it came).
CREATE TABLE message (
    fixmedins_code  TEXT NOT NULL,
    msgid           TEXT NOT NULL,
    infno           TEXT NOT NULL,
    state           TEXT NOT NULL,
    digest          TEXT,
    psn_no          TEXT,
    setl_id         TEXT,
    received        BIGINT NOT NULL,
    answer          BLOB,
    PRIMARY KEY (fixmedins_code, msgid)
);

-- Every accepted 2601, kept as evidence.
CREATE TABLE reversal (
    fixmedins_code  TEXT NOT NULL,
    msgid           TEXT NOT NULL,
    omsgid          TEXT NOT NULL,
    oinfno          TEXT NOT NULL,
    psn_no          TEXT NOT NULL,
    outcome         TEXT NOT NULL,
    received        BIGINT NOT NULL,
    PRIMARY KEY (fixmedins_code, msgid)
);
CREATE INDEX reversal_original ON reversal (fixmedins_code, omsgid);

-- kind: settle, void, reversal. Voids and reversals carry negative amounts and the id of the settlement they undo;
-- the unique index is what lets a settlement be undone only once.
CREATE TABLE settlement (
    setl_id            TEXT NOT NULL PRIMARY KEY,
    mdtrt_id           TEXT NOT NULL,
    kind               TEXT NOT NULL,
    undoes             TEXT,
    fixmedins_code     TEXT NOT NULL,
    msgid              TEXT NOT NULL,
    psn_no             TEXT NOT NULL,
    insutype           TEXT NOT NULL,
    psn_type           TEXT NOT NULL,
    cvlserv_flag       TEXT NOT NULL,
    insuplc_admdvs     TEXT NOT NULL,
    mdtrt_cert_type    TEXT NOT NULL,
    med_type           TEXT NOT NULL,
    clr_type           TEXT NOT NULL,
    setl_optins        TEXT NOT NULL,
    fund_pay_type      TEXT NOT NULL,
    setl_time          BIGINT NOT NULL,
    benefit_year       BIGINT NOT NULL,
    medfee_sumamt      BIGINT NOT NULL,
    fulamt_ownpay_amt  BIGINT NOT NULL,
    overlmt_selfpay    BIGINT NOT NULL,
    preselfpay_amt     BIGINT NOT NULL,
    inscp_scp_amt      BIGINT NOT NULL,
    act_pay_dedc       BIGINT NOT NULL,
    pool_prop_selfpay  BIGINT NOT NULL,
    hifp_pay           BIGINT NOT NULL,
    hifp_limit         BIGINT NOT NULL,
    acct_pay           BIGINT NOT NULL,
    acct_limit         BIGINT NOT NULL,
    psn_cash_pay       BIGINT NOT NULL,
    balc               BIGINT NOT NULL
);
CREATE UNIQUE INDEX settlement_undoes ON settlement (undoes);
CREATE INDEX settlement_person ON settlement (psn_no, insutype, benefit_year);
CREATE INDEX settlement_book ON settlement (fixmedins_code, setl_time);

CREATE TABLE fee_line (
    setl_id            TEXT NOT NULL,
    feedetl_sn         TEXT NOT NULL,
    med_list_codg      TEXT NOT NULL,
    medins_list_codg   TEXT NOT NULL,
    cnt                BIGINT NOT NULL,
    pric               BIGINT NOT NULL,
    det_item_fee_sumamt BIGINT NOT NULL,
    fulamt_ownpay_amt  BIGINT NOT NULL,
    overlmt_amt        BIGINT NOT NULL,
    preselfpay_amt     BIGINT NOT NULL,
    inscp_scp_amt      BIGINT NOT NULL,
    PRIMARY KEY (setl_id, feedetl_sn)
);

CREATE TABLE trace_code (
    setl_id         TEXT NOT NULL,
    feedetl_sn      TEXT NOT NULL,
    drug_trac_codg  TEXT NOT NULL,
    trdn_flag       TEXT NOT NULL,
    repeated        BIGINT NOT NULL
);
CREATE INDEX trace_code_seen ON trace_code (drug_trac_codg);

-- Double entry: the rows of one posting add up to zero, and so does the table.
-- account: 'person:<psn_no>:<insutype>', 'fund:<fund_pay_type>', 'institution:<code>', 'opening'.
CREATE TABLE ledger (
    entry_no  BIGINT NOT NULL PRIMARY KEY,
    account   TEXT NOT NULL,
    amount    BIGINT NOT NULL,
    setl_id   TEXT,
    booked    BIGINT NOT NULL
);
CREATE INDEX ledger_account ON ledger (account);

CREATE TABLE card_key (
    region  TEXT NOT NULL PRIMARY KEY,
    sealed  BLOB NOT NULL
);

CREATE TABLE card_auth (
    entry_no        BIGINT NOT NULL PRIMARY KEY,
    fixmedins_code  TEXT NOT NULL,
    msgid           TEXT NOT NULL,
    card_key        TEXT NOT NULL,
    region          TEXT NOT NULL,
    algorithm       TEXT NOT NULL,
    outcome         TEXT NOT NULL,
    received        BIGINT NOT NULL
);
CREATE INDEX card_auth_rate ON card_auth (fixmedins_code, received);
