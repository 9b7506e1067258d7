-- Schema version 4: money is taken once for an institution's order.
CREATE INDEX swipe_order ON swipe (order_no);
