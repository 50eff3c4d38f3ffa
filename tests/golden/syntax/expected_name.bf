database;
table (a Int64) engine = Null;
param;
migration 'text';
