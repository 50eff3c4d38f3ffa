-- A column that is a name alone has no type, not even one that its default gives it.
table feed (a, b DEFAULT 1, c EPHEMERAL, d EPHEMERAL now(), e CODEC(ZSTD), f Int8, g Int8 DEFAULT) engine = Null;
external table there (a);
