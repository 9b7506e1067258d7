-- Schema version 3: swipe terminals.

-- What an institution's terminals may do. Written into certificates; nothing here changes one that was issued.
CREATE TABLE terminal_rule (
    fixmedins_code  TEXT NOT NULL PRIMARY KEY,
    most            BIGINT NOT NULL,
    valid_days      BIGINT NOT NULL,
    per_swipe       BIGINT NOT NULL,
    no_challenge    BIGINT NOT NULL,
    per_day         BIGINT NOT NULL,
    pin_above       BIGINT
);

-- state: pending, active, replaced (by a later enrolment of the same device), revoked.
-- sealed: the enrolment secret. day_amount: at least what was settled on
-- business_day, voids and reversals deducted. challenges: those that the terminal may still use, newest last.
CREATE TABLE terminal (
    terminal        TEXT NOT NULL PRIMARY KEY,
    fixmedins_code  TEXT NOT NULL,
    serial          TEXT NOT NULL,
    model           TEXT NOT NULL,
    state           TEXT NOT NULL,
    device_key      TEXT NOT NULL,
    request         BLOB NOT NULL,
    certificate     BLOB NOT NULL,
    sealed          BLOB NOT NULL,
    attempts        BIGINT NOT NULL,
    per_swipe       BIGINT NOT NULL,
    no_challenge    BIGINT NOT NULL,
    per_day         BIGINT NOT NULL,
    not_before      BIGINT NOT NULL,
    not_after       BIGINT NOT NULL,
    enrolled        BIGINT NOT NULL,
    confirmed       BIGINT,
    ended           BIGINT,
    reason          TEXT NOT NULL,
    counter         BIGINT NOT NULL,
    challenges      TEXT NOT NULL,
    business_day    BIGINT NOT NULL,
    day_amount      BIGINT NOT NULL
);
CREATE INDEX terminal_institution ON terminal (fixmedins_code, serial);
CREATE INDEX terminal_key ON terminal (device_key);

-- One row per swipe id, taken by swipe, void and reversal alike.
-- state: answered, reversed (it was undone, or never will be done), tombstone (reversed before it came).
-- answer: the datagram as it left; reversal: the answer to the reversal. Both are sealed for the terminal.
CREATE TABLE swipe (
    terminal       TEXT NOT NULL,
    counter        BIGINT NOT NULL,
    kind           TEXT NOT NULL,
    state          TEXT NOT NULL,
    digest         TEXT,
    order_no       TEXT,
    pin_verified   BIGINT NOT NULL,
    reader         TEXT,
    refused        BIGINT,
    setl_id        TEXT,
    business_day   BIGINT NOT NULL,
    received       BIGINT NOT NULL,
    answer         BLOB,
    reversal       BLOB,
    PRIMARY KEY (terminal, counter)
);
CREATE INDEX swipe_day ON swipe (terminal, business_day);
CREATE INDEX swipe_settlement ON swipe (setl_id);
